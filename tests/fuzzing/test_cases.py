"""Thousands of damaged files: none raises, hangs or takes longer than its size allows. ``make fuzz`` runs many more."""

from __future__ import annotations

import importlib
import os
import pkgutil
import random
import re
from pathlib import Path

import pytest

import eventlens.config
from eventlens.syntax.grammars import SUFFIXES

from . import formats
from .campaign import campaign
from .cases import Case, case, failure_of, shrunk
from .targets import targets

CASES = int(os.environ.get("EVENTLENS_FUZZ_CASES", "2000"))
SEED = int(os.environ.get("EVENTLENS_FUZZ_SEED", "0"))
_READ_BY_OTHERS = frozenset(("read_yaml", "read_json", "read_toml", "read_ini", "read_properties"))
"""Readers that `read_document` chooses from by a file's name."""


def test_no_damaged_file_raises_hangs_or_takes_too_long() -> None:
    report = campaign(CASES, SEED, processes=os.cpu_count() or 1)
    assert not report.failures, str(report)
    assert sum(report.cases.values()) == CASES
    if CASES >= 2_000:
        assert set(report.cases) == {target.name for target in targets()}


def test_every_reader_of_configuration_is_fuzzed() -> None:
    modules = (one.name for one in pkgutil.iter_modules(eventlens.config.__path__, "eventlens.config."))
    readers = {name for module in modules for name in vars(importlib.import_module(module)) if name.startswith("read_")}
    assert readers - _READ_BY_OTHERS <= _named_in(formats.__file__)


def _named_in(file: str) -> set[str]:
    return set(re.findall(r"\w+", Path(file).read_text("utf-8")))


def test_every_suffix_of_a_front_end_is_fuzzed() -> None:
    assert SUFFIXES.keys() <= {target.name for target in targets()}


def test_a_case_is_made_of_its_seed_and_number_alone() -> None:
    assert case(3, 17)[1:] == case(3, 17)[1:]
    assert len({case(3, number).text for number in range(20)}) == 20


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_files_that_nobody_damaged_are_read(target: object) -> None:
    chosen = next(one for one in targets() if one is target)
    drawn = chosen.draw(random.Random(1))
    failure, _ = failure_of(Case(chosen, drawn.path, drawn.text))
    assert failure is None, failure.what


def test_a_failure_is_shrunk_to_what_makes_it() -> None:
    assert shrunk(b"a" * 300 + b"(" + b"b" * 500, lambda text: b"(" in text) == b"("
