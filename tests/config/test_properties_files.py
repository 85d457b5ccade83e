from __future__ import annotations

import pytest

from eventlens.config.properties_files import properties

TEXT = """\
# a comment \\
! another
app.topics.orders = shop.orders
  app.topics.paid:shop.paid
spaced   value with spaces \t
list=one,\\
     two,\\
     three
after = 7
empty
path=C:\\\\temp
caf\\u00e9 = \\u00e9t\\u00e9
a\\ key\\:x = v
#---
second = yes
url=jdbc:x://h?a=b#c
"""


def test_keys_values_and_lines_are_read_as_java_reads_them() -> None:
    found = [(one.key, one.value, one.line) for one in properties(TEXT)]
    assert found == [
        ("app.topics.orders", "shop.orders", 3),
        ("app.topics.paid", "shop.paid", 4),
        ("spaced", "value with spaces \t", 5),
        ("list", "one,two,three", 6),
        ("after", "7", 9),
        ("empty", "", 10),
        ("path", "C:\\temp", 11),
        ("café", "été", 12),
        ("a key:x", "v", 13),
        ("second", "yes", 15),
        ("url", "jdbc:x://h?a=b#c", 16),
    ]


@pytest.mark.parametrize("end_of_line", ["\n", "\r\n", "\r"])
def test_places_are_those_of_the_value_as_it_is_written(end_of_line: str) -> None:
    text = TEXT.replace("\n", end_of_line)
    spans = {one.key: (text[one.start : one.end], one.line) for one in properties(text)}
    assert spans["app.topics.paid"] == ("shop.paid", 4)
    assert spans["list"] == (end_of_line.join(["one,\\", "     two,\\", "     three"]), 6)
    assert spans["café"] == ("\\u00e9t\\u00e9", 12)
    assert spans["empty"] == ("", 10)


def test_separators_begin_a_document() -> None:
    assert [(one.key, one.document) for one in properties("a=1\n#---\nb=2\n# ---\nc=3\n!---\nd=4")] == [
        ("a", 0),
        ("b", 1),
        ("c", 1),
        ("d", 2),
    ]


@pytest.mark.parametrize("text", ["a\\", "a=\\", "\\", "=", "a=\\u12", "a\\\n", "a=b\\\n\\\n", "\\\n\\\n=x", "#\\\n"])
def test_broken_texts_end(text: str) -> None:
    assert len(list(properties(text))) <= 2
