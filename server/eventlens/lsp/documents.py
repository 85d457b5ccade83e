"""The texts that the editor holds, kept in step with its edits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lsprotocol import types

from eventlens.lsp.editing import EditedText
from eventlens.lsp.file_uris import file_path
from eventlens.lsp.positions import ClientPosition, Encoding, SourceText


class OpenDocument(NamedTuple):
    """A document at one version."""

    uri: str
    version: int
    source: SourceText


class Documents:
    """The open documents by URI, as the client spells it."""

    def __init__(self) -> None:
        self._open: dict[str, OpenDocument] = {}
        self._spellings: dict[str, dict[str, None]] = {}
        """File → the URIs under which it is open."""

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(self._open.values())

    def get(self, uri: str) -> OpenDocument | None:
        """The document, or None when it is not open."""
        return self._open.get(uri)

    def spelt_otherwise(self, uri: str) -> OpenDocument | None:
        """The same file's document where it was opened under another URI too; the one opened last."""
        spellings = self._spellings.get(file_path(uri) or uri, {})
        return next((self._open[other] for other in reversed(spellings) if other != uri), None)

    def open(self, uri: str, version: int, text: str) -> None:
        """Take in a document."""
        self._hold(OpenDocument(uri, version, SourceText(text)))

    def close(self, uri: str) -> None:
        """Forget a document: from now on its file counts."""
        if self._open.pop(uri, None) is not None:
            file = file_path(uri) or uri
            del self._spellings[file][uri]
            if not self._spellings[file]:
                del self._spellings[file]

    def change(
        self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent], encoding: Encoding
    ) -> None:
        """Apply the changes in order. Changes of a document that is not open are dropped, unless one holds the whole text."""
        document = self._open.get(uri)
        source = document.source if document is not None else None
        edits: list[types.TextDocumentContentChangePartial] = []
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                edits.append(change)
            else:
                source, edits = SourceText(change.text), []
        if source is not None:
            self._hold(OpenDocument(uri, version, _edited(source, edits, encoding)))

    def _hold(self, document: OpenDocument) -> None:
        if document.uri not in self._open:
            self._spellings.setdefault(file_path(document.uri) or document.uri, {})[document.uri] = None
        self._open[document.uri] = document


def _edited(
    source: SourceText, edits: Sequence[types.TextDocumentContentChangePartial], encoding: Encoding
) -> SourceText:
    """The text after edits, each of which holds for the text that the one before it left."""
    if len(edits) <= 1:
        return source.replaced(*_ends(edits[0]), edits[0].text, encoding) if edits else source
    amid = EditedText(source)
    for edit in edits:
        amid.replace(*_ends(edit), edit.text, encoding)
    return SourceText(amid.text())


def _ends(edit: types.TextDocumentContentChangePartial) -> tuple[ClientPosition, ClientPosition]:
    start, end = edit.range.start, edit.range.end
    return ClientPosition(start.line, start.character), ClientPosition(end.line, end.character)
