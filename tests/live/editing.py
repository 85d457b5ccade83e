"""Has a fix made as an editor does it: asked of the real server, resolved, and its workspace edit applied to the files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlparse

from lsprotocol import types

from fixes.proving import Analysed
from lsp.client import REAL, Editor

from .cases import Case
from .grounds import Grounds
from .stage import Stage


async def mend(root: Path, case: Case) -> None:
    """Choose the case's quick fix in the workspace at ``root`` and apply it there; fails when it is not offered."""
    editor = await Editor.start(root, REAL)
    try:
        editor.open(case.file)
        diagnostic = await _finding(editor, case)
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(editor.uri(case.file)), diagnostic.range, types.CodeActionContext([diagnostic])
        )
        offered = await editor.client.text_document_code_action_async(params) or []
        actions = [one for one in offered if isinstance(one, types.CodeAction)]
        chosen = [one for one in actions if one.title == case.title]
        assert len(chosen) == 1, f"{case.title!r} is not offered for {case.line!r}: {[one.title for one in actions]}"
        resolved = await editor.client.code_action_resolve_async(chosen[0])
        assert resolved.edit is not None
        _apply(resolved.edit)
    finally:
        await editor.stop()


async def mended(grounds: Grounds, case: Case, name: str) -> Stage:
    """The stage of a case whose workspace is mended: the finding is gone and everything parses."""
    stage = grounds.stage(case, name)
    await mend(stage.root, case)
    after = Analysed(stage.root)
    assert after.of_rule(case.rule) == [] and not after.syntax_errors()
    return stage


async def _finding(editor: Editor, case: Case) -> types.Diagnostic:
    lines = (editor.root / case.file).read_text("utf-8").splitlines()

    def shown() -> list[types.Diagnostic]:
        found = editor.shown(case.file) or []
        return [one for one in found if one.code == case.rule and case.line in lines[one.range.start.line]]

    await editor.until(lambda: bool(shown()), f"{case.rule} at {case.line!r}, shown: {editor.shown(case.file)}")
    (diagnostic,) = shown()
    return diagnostic


def _apply(edit: types.WorkspaceEdit) -> None:
    for change in edit.document_changes or []:
        if isinstance(change, types.CreateFile):
            path = _path(change.uri)
            assert not path.exists(), f"{path} exists already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        else:
            assert isinstance(change, types.TextDocumentEdit), f"not known here: {change}"
            path = _path(change.text_document.uri)
            path.write_text(_edited(path.read_text("utf-8"), change), "utf-8", newline="")


def _edited(text: str, change: types.TextDocumentEdit) -> str:
    lines = text.splitlines(keepends=True) or [""]
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    # The cases are plain ASCII, where a position's units are all the same.
    def offset(position: types.Position) -> int:
        return min(starts[min(position.line, len(lines))] + position.character, len(text))

    spans = []
    for one in change.edits:
        assert isinstance(one, (types.TextEdit, types.AnnotatedTextEdit))
        spans.append((offset(one.range.start), offset(one.range.end), one.new_text))
    for start, end, new in sorted(spans, key=lambda span: span[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _path(uri: str) -> Path:
    return Path(unquote(urlparse(uri).path))
