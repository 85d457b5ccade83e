"""The entry: which front end reads a file, and what happens where one fails."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from eventlens import ir
from eventlens.syntax import ecmascript
from eventlens.syntax.grammars import SUFFIXES, language_of
from eventlens.syntax.lowering import lower

from .rendering import render


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_suffix_is_read(suffix: str) -> None:
    module = lower(f"src/a{suffix}", b"f(1);\n")
    assert module.language == SUFFIXES[suffix][0]
    assert module.path == f"src/a{suffix}"
    assert render(module) == "call(f, 1)"


def test_suffixes_are_read_whatever_their_case() -> None:
    assert language_of("A.TS") == ("typescript", "typescript")
    assert lower("A.TSX", b"const a = <b />;").language == "typescript"


def test_a_file_that_no_front_end_reads_is_empty() -> None:
    assert language_of("README") is None
    module = lower("a.rs", b"fn main() {}\n")
    assert (module.language, module.body, module.errors) == ("", (), ())


@pytest.mark.parametrize("source", [b"", b"\n", b"\xef\xbb\xbf", b"\x00", b"\xff\xfe\xfd", b"// only a comment"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_without_code_lower(suffix: str, source: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert lower(f"a{suffix}", source).size == len(source)
    assert not caplog.records


def test_a_failing_front_end_leaves_an_empty_module_and_a_log_entry(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> ir.Module:
        raise RuntimeError("broken")

    monkeypatch.setattr(ecmascript, "lower_tree", fail)
    with caplog.at_level(logging.ERROR):
        module = lower("a.ts", b"f();")
    assert (module.body, module.size) == ((), 4)
    assert [(each.start, each.end) for each in module.errors] == [(0, 4)]
    assert "a.ts" in caplog.text


@pytest.mark.parametrize(
    ("written", "asserted"),
    [
        ("JSON.parse(text) as Order", "Order"),
        ("JSON.parse(text) as unknown as Order", "Order"),
        ("(JSON.parse(text)) satisfies Order", "Order"),
        ("<Order>JSON.parse(text)", "Order"),
        ("JSON.parse(text) as any", None),
        ("list(text) as const", None),
        ("JSON.parse(text)", None),
    ],
)
def test_a_call_keeps_the_type_that_is_said_of_its_result(written: str, asserted: str | None) -> None:
    (statement,) = lower("cast.ts", f"const order = {written};".encode()).body
    assert isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call)
    assert (statement.value.asserted.name if statement.value.asserted else None) == asserted
