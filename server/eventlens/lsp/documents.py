"""The texts that the editor holds, kept in step with its edits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lsprotocol import types

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

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(self._open.values())

    def get(self, uri: str) -> OpenDocument | None:
        """The document, or None when it is not open."""
        return self._open.get(uri)

    def open(self, uri: str, version: int, text: str) -> None:
        """Take in a document."""
        self._open[uri] = OpenDocument(uri, version, SourceText(text))

    def close(self, uri: str) -> None:
        """Forget a document: from now on its file counts."""
        self._open.pop(uri, None)

    def change(
        self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent], encoding: Encoding
    ) -> None:
        """Apply the changes in order. Changes of a document that is not open are dropped, unless one holds the whole text."""
        document = self._open.get(uri)
        source = document.source if document is not None else None
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                source = _edited(source, change, encoding) if source is not None else None
            else:
                source = SourceText(change.text)
        if source is not None:
            self._open[uri] = OpenDocument(uri, version, source)


def _edited(source: SourceText, change: types.TextDocumentContentChangePartial, encoding: Encoding) -> SourceText:
    start, end = change.range.start, change.range.end
    return source.replaced(
        ClientPosition(start.line, start.character), ClientPosition(end.line, end.character), change.text, encoding
    )
