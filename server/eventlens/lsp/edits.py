"""From the changes of a fix to the protocol's workspace edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lsprotocol import types

from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile
from eventlens.lsp.conversions import Conversions

_BEYOND = "eventlens.beyond"
"""The annotation of what is changed where other files than that of the finding are changed too."""
_ALL = types.Range(types.Position(0, 0), types.Position(1, 0))
"""All of a file that was made just now. Up to the line behind the last: else Neovim writes an empty line at the end of the text."""
_TextEdits = list[types.TextEdit]


class EditAbilities:
    """What a client can do with a workspace edit."""

    def __init__(self, capabilities: types.ClientCapabilities) -> None:
        workspace = capabilities.workspace
        able = workspace.workspace_edit if workspace is not None else None
        operations = (able.resource_operations if able is not None else None) or ()
        # Neovim names its operations and leaves `documentChanges`, without which there are none, unsaid.
        self.versions = bool(able and (able.document_changes or operations))
        self.creates = types.ResourceOperationKind.Create in operations
        self.annotates = self.versions and bool(able and able.change_annotation_support)

    def can_make(self, changes: Iterable[Change]) -> bool:
        """Whether the client can make the changes."""
        return self.creates or not any(isinstance(change, NewFile) for change in changes)


def workspace_edit(
    convert: Conversions, abilities: EditAbilities, home: str, changes: Iterable[Change]
) -> types.WorkspaceEdit:
    """The edit; where it changes more than ``home`` it wants the user's consent, if the client can ask for it.

    That of all of it: editors leave out what was not consented to, and half of a fix mends nothing.
    """
    if not abilities.versions:
        made = {_uri(convert, one): _text_edits(convert, one) for one in changes if isinstance(one, FileEdit)}
        return types.WorkspaceEdit(changes=made)
    document_changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    changes = list(changes)
    annotated = abilities.annotates and any(change.path != home for change in changes)
    for change in changes:
        if isinstance(change, NewFile):
            options = types.CreateFileOptions(overwrite=False, ignore_if_exists=False)
            document_changes.append(
                types.CreateFile(_uri(convert, change), "create", options, _BEYOND if annotated else None)
            )
        document_changes.append(_document_edit(convert, change, annotated))
    annotation = types.ChangeAnnotation(
        "Changes beyond this file", needs_confirmation=True, description="The fix works once all of them are made"
    )
    return types.WorkspaceEdit(
        document_changes=document_changes, change_annotations={_BEYOND: annotation} if annotated else None
    )


def rename_edit(
    convert: Conversions,
    abilities: EditAbilities,
    changes: Iterable[FileEdit],
    reason: Callable[[str], str],
) -> types.WorkspaceEdit:
    """The edit of a renaming. ``reason`` labels the changes of a file for who looks at them first; "" for no label.

    None of them waits for consent: editors leave out what was not consented to, and a name that is changed at half of its places is a
    flow that is broken.
    """
    if not abilities.versions:
        return types.WorkspaceEdit(changes={_uri(convert, one): _text_edits(convert, one) for one in changes})
    made: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    annotations: dict[str, types.ChangeAnnotation] = {}
    for change in changes:
        why = reason(change.path) if abilities.annotates else ""
        document = types.OptionalVersionedTextDocumentIdentifier(
            _uri(convert, change), convert.snapshot.version(change.path)
        )
        edits = _text_edits(convert, change)
        if why:
            annotations[why] = types.ChangeAnnotation(why)
            made.append(
                types.TextDocumentEdit(document, [types.AnnotatedTextEdit(why, e.range, e.new_text) for e in edits])
            )
        else:
            made.append(types.TextDocumentEdit(document, edits))
    return types.WorkspaceEdit(document_changes=made, change_annotations=annotations or None)


def _document_edit(convert: Conversions, change: Change, annotated: bool) -> types.TextDocumentEdit:
    version = convert.snapshot.version(change.path) if isinstance(change, FileEdit) else None
    document = types.OptionalVersionedTextDocumentIdentifier(_uri(convert, change), version)
    edits = _text_edits(convert, change)
    if not annotated:
        return types.TextDocumentEdit(document, edits)
    return types.TextDocumentEdit(
        document, [types.AnnotatedTextEdit(_BEYOND, edit.range, edit.new_text) for edit in edits]
    )


def _uri(convert: Conversions, change: Change) -> str:
    return convert.session.uri_of(change.path)


def _text_edits(convert: Conversions, change: Change) -> _TextEdits:
    if isinstance(change, NewFile):
        return [types.TextEdit(_ALL, change.text)]
    place = _places(convert, change.path)
    return [types.TextEdit(types.Range(place(one.start), place(one.end)), one.text) for one in _merged(change.edits)]


def _merged(edits: Iterable[Edit]) -> list[Edit]:
    """Edits by place, insertions at one place made one: not every client keeps the order of several."""
    found: list[Edit] = []
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if found and found[-1].start == found[-1].end == edit.start:
            found[-1] = Edit(edit.start, edit.end, found[-1].text + edit.text)
        else:
            found.append(edit)
    return found


def _places(convert: Conversions, path: str) -> Callable[[int], types.Position]:
    """From bytes of a file as it was analysed to the client's positions."""
    source, text = convert.snapshot.source(path), convert.snapshot.text(path)

    def place(byte: int) -> types.Position:
        before = source[:byte].removeprefix(b"\xef\xbb\xbf")
        try:
            offset = len(before.decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            offset = len(before.decode("utf-8", "replace"))
        return types.Position(*text.position(offset, convert.encoding))

    return place
