from __future__ import annotations

import pytest

from eventlens.config.environment import Variable, interpolate, read_env, values


def test_forms_of_a_line() -> None:
    text = '\ufeffA=1\r\nexport B = two words # why\r\n# C=no\n\nD=\'$A # kept\'\nE="x\\ny" # c\nF=\nG="a\nb"\nH=x#y\nI: yaml\nnot a line\nJ.k-l=`v`\nK=#all\n'
    assert read_env(text) == (
        Variable("A", "1", 1),
        Variable("B", "two words", 2),
        Variable("D", "$A # kept", 5, literal=True),
        Variable("E", "x\ny", 6),
        Variable("F", "", 7),
        Variable("G", "a\nb", 8),
        Variable("H", "x#y", 10),
        Variable("I", "yaml", 11),
        Variable("J.k-l", "v", 13, literal=True),
        Variable("K", "", 14),
    )


@pytest.mark.parametrize(
    "word",
    ["<queue url>", "changeme", "CHANGE_ME", "replace-me", "your-queue-url", "TODO", "xxxx", "...", "'fill_me_in'"],
)
def test_a_word_that_stands_for_a_value_is_none(word: str) -> None:
    assert read_env(f"QUEUE_URL={word}")[0].value is None


@pytest.mark.parametrize("word", ["xx", "todo-items", "exchange-me-now", "orders", "yours", "a <b>"])
def test_a_value_that_only_looks_like_a_placeholder_is_one(word: str) -> None:
    assert read_env(f"QUEUE_URL={word}")[0].value == word


def test_a_byte_order_mark_does_not_hide_the_first_name() -> None:
    assert read_env(b"\xef\xbb\xbfTOPIC=orders") == (Variable("TOPIC", "orders", 1),)


def test_values_refer_to_earlier_ones_and_to_the_outside() -> None:
    variables = read_env("A=x\nB=${A}-$A\nC='$A'\nD=${OUTER}/${NONE}\nA=y\nE=$A")
    assert values(variables, {"OUTER": "o", "A": "never"}.get) == {
        "A": "y",
        "B": "x-x",
        "C": "$A",
        "D": "o/${NONE}",
        "E": "y",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$X", "1"),
        ("${X}", "1"),
        ("${X:-y}", "1"),
        ("${EMPTY:-y}", "y"),
        ("${EMPTY-y}", ""),
        ("${NONE:-y}", "y"),
        ("${NONE-y}", "y"),
        ("${NONE:-${X}-${NONE:-z}}.t", "1-z.t"),
        ("${NONE:-}", ""),
        ("${X:+set}", "set"),
        ("${EMPTY:+set}", ""),
        ("${EMPTY+set}", "set"),
        ("${NONE:?must be set}", "${NONE:?must be set}"),
        ("${X:?must be set}", "1"),
        ("$$X", "$X"),
        ("${NONE}", "${NONE}"),
        ("a$b.c", "a$b.c"),
        ("cost: 5$", "cost: 5$"),
        ("${NONE:-open", "open"),
    ],
)
def test_interpolation(text: str, expected: str) -> None:
    assert interpolate(text, {"X": "1", "EMPTY": ""}.get) == expected
