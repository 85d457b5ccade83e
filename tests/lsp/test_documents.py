"""Incremental edits leave the server with the client's text, in every encoding."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from eventlens.lsp.documents import Documents

from .texts import CODECS

URI = "file:///a.ts"
TEXTS = st.text(st.sampled_from("ab \t\r\n\x0b\x0c\x85\u2028éö漢𐐀😀👩\u200d\ufeff"), max_size=40)
"""Characters that are one, two, three and four bytes long, line ends and what others take for line ends."""


def positions(text: str, encoding: str) -> list[tuple[types.Position, int]]:
    """Each place at which a client's caret can stand, with its offset: not within CRLF."""
    codec, width = CODECS[encoding]
    found, start = [], 0
    for number, (content, end) in enumerate(re.findall(r"([^\r\n]*)(\r\n|\n|\r|$)", text)):
        found += [
            (types.Position(number, len(content[:column].encode(codec)) // width), start + column)
            for column in range(len(content) + 1)
        ]
        start += len(content) + len(end)
        if not end:
            break
    return found


@pytest.mark.parametrize("encoding", CODECS)
@settings(max_examples=150, deadline=None)
@given(data=st.data(), text=TEXTS)
def test_edits_in_a_row_give_the_clients_text(encoding: str, data: st.DataObject, text: str) -> None:
    documents = Documents()
    documents.open(URI, 1, text)
    changes: list[types.TextDocumentContentChangeEvent] = []
    for _ in range(data.draw(st.integers(1, 4))):
        places = positions(text, encoding)
        first, last = sorted(data.draw(st.integers(0, len(places) - 1)) for _ in range(2))
        new = data.draw(TEXTS)
        (start, begin), (end, until) = places[first], places[last]
        changes.append(types.TextDocumentContentChangePartial(types.Range(start, end), new))
        text = text[:begin] + new + text[until:]
    documents.change(URI, 2, changes, encoding)  # type: ignore[arg-type]
    document = documents.get(URI)
    assert document is not None and (document.source.text, document.version) == (text, 2)


def test_a_whole_text_takes_the_place_of_what_was() -> None:
    documents = Documents()
    documents.open(URI, 1, "one")
    part = types.TextDocumentContentChangePartial(types.Range(types.Position(0, 3), types.Position(0, 3)), "!")
    documents.change(URI, 2, [types.TextDocumentContentChangeWholeDocument("two"), part], "utf-16")
    document = documents.get(URI)
    assert document is not None and document.source.text == "two!"


def test_an_edit_of_a_document_that_is_not_open_is_dropped() -> None:
    documents = Documents()
    part = types.TextDocumentContentChangePartial(types.Range(types.Position(0, 0), types.Position(0, 0)), "x")
    documents.change(URI, 2, [part], "utf-8")
    assert documents.get(URI) is None
