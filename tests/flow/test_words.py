"""What a text mentions, whatever its letters."""

from __future__ import annotations

import pytest

from eventlens.flow.words import words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("await veröffentliche('orders')", {"await", "veröffentliche", "orders"}),
        ("new 注文($x, _y1)", {"new", "注文", "$x", "_y1"}),
        ("// „Order“ → naïve—publish", {"Order", "naïve", "publish"}),
        ("a\u00a0b", {"a", "b"}),
        ("Ç.ŠĐ", {"Ç", "ŠĐ"}),
    ],
)
def test_words_are_found_with_all_their_letters(text: str, words: set[str]) -> None:
    assert words_in(text.encode()) == words


def test_bytes_that_are_no_text_part_words() -> None:
    assert words_in(b"one\xff\xfetwo \xc3") == {"one", "two"}
