"""The markers of ``fixtures/editor`` against the real server: each request's answer is as its golden file says.

``EVENTLENS_UPDATE_GOLDEN=1`` writes the golden files anew; read the difference.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from lsp.client import REAL, TIMEOUT, Editor

from .markers import Marker, markers_in
from .rendering import Rendering

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "editor"
CASES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
DEPTH = 4
"""Levels of a call hierarchy that are followed."""


@pytest.mark.parametrize("case", CASES)
async def test_every_request_is_answered_as_written(case: str, tmp_path: Path) -> None:
    root = tmp_path / case
    shutil.copytree(FIXTURES / case, root, ignore=shutil.ignore_patterns("*.golden"))
    editor = await Editor.start(root, REAL)
    await editor.mapped()
    asking = Asking(editor)
    sections: list[str] = []
    wrong: list[str] = []
    for marker in markers_in(root):
        answer = await asking.ask(marker)
        name = f"{marker.path}:{marker.line + 1} @{marker.request}"
        if bool(answer) is marker.nothing:
            wrong.append(f"{name} {marker.text}: {'something' if answer else 'nothing'} was found")
        sections.append("\n".join([f"== {_heading(root, marker)}", *(f"    {line}".rstrip() for line in answer)]))
    await editor.stop()
    assert not wrong, "\n".join(wrong)
    _compare(FIXTURES / case / "answers.golden", "\n\n".join(sections) + "\n")


def _heading(root: Path, marker: Marker) -> str:
    """Where and what is asked; a marker at a caret shows the line with ‸ where the cursor stands."""
    if marker.text:
        return f"{marker.path}:{marker.line + 1} @{marker.request} {marker.text}"
    line = (root / marker.path).read_text(encoding="utf-8").split("\n")[marker.line]
    shown = f" {line[: marker.column]}‸{line[marker.column :]}" if not line.lstrip().startswith(("//", "#")) else ""
    return f"{marker.path}:{marker.line + 1} @{marker.request} {shown.strip()}".rstrip()


def _compare(golden: Path, answers: str) -> None:
    if os.environ.get("EVENTLENS_UPDATE_GOLDEN"):
        golden.write_text(answers, encoding="utf-8")
    assert golden.exists(), f"{golden} is missing; EVENTLENS_UPDATE_GOLDEN=1 writes it"
    assert answers == golden.read_text(encoding="utf-8")


class Asking:
    """Makes the requests of markers."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.client = editor.client
        self.show = Rendering(editor.root)
        self._open: set[str] = set()

    async def ask(self, marker: Marker) -> list[str]:
        """The answer to a marker's request as lines; none for no answer."""
        if marker.path not in self._open:
            self._open.add(marker.path)
            self.editor.open(marker.path)
        answer: list[str] = await getattr(self, f"_{marker.request}")(marker)
        return answer

    def _at(self, marker: Marker) -> dict[str, Any]:
        line = (self.editor.root / marker.path).read_text(encoding="utf-8").split("\n")[marker.line]
        character = len(line[: marker.column].encode("utf-16-le")) // 2
        return self.editor.at(marker.path, marker.line, character)

    def _document(self, marker: Marker) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.editor.uri(marker.path))

    # ----------------------------------------------------------------------------------------------------- at a caret

    async def _definition(self, marker: Marker) -> list[str]:
        found = await self.client.text_document_definition_async(types.DefinitionParams(**self._at(marker)))
        return self.show.jump(found, marker.path)  # type: ignore[arg-type]

    async def _implementation(self, marker: Marker) -> list[str]:
        found = await self.client.text_document_implementation_async(types.ImplementationParams(**self._at(marker)))
        return self.show.jump(found, marker.path)  # type: ignore[arg-type]

    async def _type(self, marker: Marker) -> list[str]:
        found = await self.client.text_document_type_definition_async(types.TypeDefinitionParams(**self._at(marker)))
        return self.show.jump(found, marker.path)  # type: ignore[arg-type]

    async def _declaration(self, marker: Marker) -> list[str]:
        found = await self.client.text_document_declaration_async(types.DeclarationParams(**self._at(marker)))
        return self.show.jump(found, marker.path)  # type: ignore[arg-type]

    async def _references(self, marker: Marker) -> list[str]:
        params = types.ReferenceParams(context=types.ReferenceContext(True), **self._at(marker))
        return self.show.locations(await self.client.text_document_references_async(params))

    async def _highlight(self, marker: Marker) -> list[str]:
        params = types.DocumentHighlightParams(**self._at(marker))
        return self.show.highlights(await self.client.text_document_document_highlight_async(params), marker.path)

    async def _hover(self, marker: Marker) -> list[str]:
        return self.show.hover(await self.client.text_document_hover_async(types.HoverParams(**self._at(marker))))

    async def _calls(self, marker: Marker) -> list[str]:
        params = types.CallHierarchyPrepareParams(**self._at(marker))
        lines: list[str] = []
        for item in await self.client.text_document_prepare_call_hierarchy_async(params) or ():
            lines.append(self.show.item(item))
            lines += await self._incoming(item, 1, {str(item.data)})
            lines += await self._outgoing(item, 1, {str(item.data)})
        return lines

    async def _incoming(self, item: types.CallHierarchyItem, level: int, seen: set[str]) -> list[str]:
        found = await self.client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(item))
        lines: list[str] = []
        for call in found or ():
            lines.append(f"{'  ' * level}← {self.show.item(call.from_)}")
            if level < DEPTH and str(call.from_.data) not in seen:
                lines += await self._incoming(call.from_, level + 1, {*seen, str(call.from_.data)})
        return lines

    async def _outgoing(self, item: types.CallHierarchyItem, level: int, seen: set[str]) -> list[str]:
        found = await self.client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(item))
        lines: list[str] = []
        for call in found or ():
            lines.append(f"{'  ' * level}→ {self.show.item(call.to)}")
            if level < DEPTH and str(call.to.data) not in seen:
                lines += await self._outgoing(call.to, level + 1, {*seen, str(call.to.data)})
        return lines

    # ---------------------------------------------------------------------------------------------------- file, words

    async def _lenses(self, marker: Marker) -> list[str]:
        params = types.CodeLensParams(self._document(marker))
        return self.show.lenses(await self.client.text_document_code_lens_async(params), marker.path)

    async def _hints(self, marker: Marker) -> list[str]:
        everything = types.Range(types.Position(0, 0), types.Position(10_000, 0))
        params = types.InlayHintParams(self._document(marker), everything)
        return self.show.hints(await self.client.text_document_inlay_hint_async(params), marker.path)

    async def _symbols(self, marker: Marker) -> list[str]:
        params = types.DocumentSymbolParams(self._document(marker))
        return self.show.outline(await self.client.text_document_document_symbol_async(params), marker.path)

    async def _search(self, marker: Marker) -> list[str]:
        found = await self.client.workspace_symbol_async(types.WorkspaceSymbolParams(marker.text))
        return self.show.search(found)

    async def _typing(self, marker: Marker) -> list[str]:
        """Type a line below the marker, ask at once, take the line away again and wait until it is forgotten."""
        before, _, behind = marker.text.partition("|")
        here = types.Position(marker.line + 1, 0)
        typed = " " * marker.column + before + behind + "\n"
        outline = await self._symbols(marker)
        self.editor.edit(marker.path, typed, types.Range(here, here))
        at = self.editor.at(marker.path, marker.line + 1, marker.column + len(before))
        found = await self.client.text_document_completion_async(types.CompletionParams(**at))
        self.editor.edit(marker.path, "", types.Range(here, types.Position(marker.line + 2, 0)))
        end = asyncio.get_running_loop().time() + TIMEOUT
        while await self._symbols(marker) != outline:
            assert asyncio.get_running_loop().time() < end, f"{marker.path} is not as it was before {typed!r}"
        assert found is None or isinstance(found, types.CompletionList)
        assert found is None or not found.is_incomplete
        return self.show.completion(found, marker.path)
