"""Positions in every encoding, against Python's own codecs as the oracle."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlens.lsp.positions import ClientPosition, Encoding, SourceText, code_points, units

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}

texts = st.text(st.sampled_from("ab\t\n\r\x0b\x0c\x85\u2028éß漢😀𐐀\u200d\ufeff"), max_size=60)
encodings = st.sampled_from(ENCODINGS)


def length(text: str, encoding: Encoding) -> int:
    codec, size = CODECS[encoding]
    return len(text.encode(codec)) // size


@given(texts, encodings)
def test_units_are_what_the_codec_counts(text: str, encoding: Encoding) -> None:
    assert units(text, encoding) == length(text, encoding)


@given(texts, encodings, st.integers(-2, 200))
def test_code_points_are_the_longest_prefix_that_fits(text: str, encoding: Encoding, count: int) -> None:
    found = code_points(text, count, encoding)
    assert found == 0 or length(text[:found], encoding) <= count
    assert found == len(text) or length(text[: found + 1], encoding) > count


@given(texts)
def test_lines_end_at_lf_crlf_and_cr_only(text: str) -> None:
    lines = re.split("\r\n|\r|\n", text)
    source = SourceText(text)
    assert [source.line(n) for n in range(source.line_count)] == lines


@given(texts, encodings, st.data())
def test_an_offset_survives_the_round_trip(text: str, encoding: Encoding, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    source = SourceText(text)
    if not (0 < offset < len(text) and text[offset - 1] == "\r" and text[offset] == "\n"):
        assert source.offset(source.position(offset, encoding), encoding) == offset


@given(texts, encodings, st.integers(0, 8), st.integers(0, 80))
def test_a_position_never_leaves_its_line(text: str, encoding: Encoding, line: int, character: int) -> None:
    source = SourceText(text)
    position = source.position(source.offset(ClientPosition(line, character), encoding), encoding)
    if line < source.line_count:
        assert position.line == line and position.character <= character
    else:
        assert position == source.position(len(text), encoding)


@given(texts, encodings, st.data())
def test_map_positions_survive_the_round_trip(text: str, encoding: Encoding, data: st.DataObject) -> None:
    source = SourceText(text)
    line = data.draw(st.integers(1, source.line_count))
    column = data.draw(st.integers(1, len(source.line(line - 1)) + 1))
    assert source.to_map(source.of_map(line, column, encoding), encoding) == (line, column)


@given(texts, st.data())
def test_bytes_and_code_points_agree(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    source = SourceText(text)
    assert source.byte_of_offset(offset) == len(text[:offset].encode())
    assert source.offset_of_byte(source.byte_of_offset(offset)) == offset


@given(texts, texts, encodings, st.data())
def test_an_edit_is_what_the_client_did(text: str, new: str, encoding: Encoding, data: st.DataObject) -> None:
    source = SourceText(text)
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    start, end = source.position(first, encoding), source.position(last, encoding)
    before, after = source.offset(start, encoding), source.offset(end, encoding)
    assert source.replaced(start, end, new, encoding).text == text[:before] + new + text[after:]


@pytest.mark.parametrize(
    ("encoding", "character", "column"),
    [("utf-8", 5, 2), ("utf-8", 3, 2), ("utf-16", 3, 3), ("utf-16", 2, 2), ("utf-32", 2, 3), ("utf-32", 99, 4)],
)
def test_a_position_inside_a_character_is_its_start(encoding: Encoding, character: int, column: int) -> None:
    assert SourceText("é😀b").to_map(ClientPosition(0, character), encoding) == (1, column)


def test_column_0_is_the_end_of_the_line() -> None:
    assert SourceText("a😀\nb").of_map(1, 0, "utf-16") == (0, 3)


def test_places_past_the_end_are_clamped() -> None:
    text = SourceText("ab\ncd")
    assert text.of_map(9, 9, "utf-16") == (1, 2)
    assert text.offset(ClientPosition(9, 9), "utf-16") == 5
    assert text.offset(ClientPosition(-1, 3), "utf-16") == 0


def test_an_end_before_its_start_inserts() -> None:
    assert SourceText("abc").replaced(ClientPosition(0, 2), ClientPosition(0, 1), "x", "utf-16").text == "abxc"


def test_a_files_text_has_no_byte_order_mark() -> None:
    assert SourceText.of_bytes(b"\xef\xbb\xbfa\xff").text == "a\ufffd"
