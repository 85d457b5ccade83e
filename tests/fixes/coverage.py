"""What the fixes reach: ``python -m fixes.coverage`` in ``tests/`` writes ``offered.yaml`` and ``docs/fixes.md`` (``make docs``).

Each fix is asked for an offer for every finding of the rules' positive cases and of the fixes' own cases. The tests that apply the offers
compare them with ``offered.yaml``; the page is made from that record.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import yaml

from eventlens.checks.registry import RULES, UNUSED
from eventlens.fixes.registry import FIXES, SILENCING, Fix
from eventlens.flow.model import Finding
from eventlens.syntax.grammars import language_of
from fixtures.expectations import FIXTURES

from .proving import Analysed

RECORD = Path(__file__).with_name("offered.yaml")
PAGE = FIXTURES.parent / "docs" / "fixes.md"
_NOTE = "# For each finding of a case: its rule, language, library, and what is offered. Made by `make docs`.\n"
_LANGUAGES = {
    "typescript": "TypeScript",
    "javascript": "JavaScript",
    "python": "Python",
    "java": "Java",
    "kotlin": "Kotlin",
    "go": "Go",
    "csharp": "C#",
}
"""The languages of `eventlens.ir.Module` and how the page calls them."""
_COLUMNS = (("TypeScript", "JavaScript"), ("Python",), ("Java",), ("Kotlin",), ("Go",), ("C#",))
"""The languages that the page counts, those together that share a column."""
_HEAD = """\
# Fixes

What the editor offers for a finding, made by `make docs`. Each fix is applied to the cases in `fixtures/fixes` and to the rules' own
cases in `fixtures/rules` by the tests: the finding is gone then, no other has come, and the files parse. A fix is offered only where it can be
seen to mend; elsewhere the finding's page says how.

| fix | mends | languages | libraries | what it does |
| --- | --- | --- | --- | --- |
"""
_REACH = """
## How far they reach

For how many of the positive cases of each rule something other than *ignore* is offered.

"""


class Offered(NamedTuple):
    """A finding of a case (``rules/<rule>/<case>``, ``fixes/<fix>/<case>``), and the fixes that are offered for it."""

    case: str
    rule: str
    language: str
    library: str
    fixes: tuple[str, ...]


def offered(found: Analysed, folder: Path, rule: str) -> list[Offered]:
    """What is offered for the findings of one rule in a case."""
    case = folder.relative_to(FIXTURES).as_posix()
    return [
        Offered(
            case,
            rule,
            _language(finding),
            _library(found, finding),
            tuple(dict.fromkeys(one.fix for one in found.proposals(finding))),
        )
        for finding in found.of_rule(rule)
    ]


def _language(finding: Finding) -> str:
    known = language_of(finding.file)
    return _LANGUAGES[known[0]] if known is not None else ""


def _library(found: Analysed, finding: Finding) -> str:
    subject = found.context.subject(finding)
    return subject.at.match.library if subject is not None and subject.at is not None else ""


def recorded() -> list[Offered]:
    """What ``offered.yaml`` says."""
    return [
        Offered(case, *fields[:3], tuple(fields[3:]))
        for case, found in yaml.safe_load(RECORD.read_text("utf-8")).items()
        for fields in found
    ]


def _record(seen: list[Offered]) -> str:
    cases: dict[str, list[list[str]]] = defaultdict(list)
    for one in seen:
        cases[one.case].append([one.rule, one.language, one.library, *one.fixes])
    return _NOTE + yaml.safe_dump(dict(cases), sort_keys=True, width=1000, default_flow_style=None)


def _asked() -> list[Offered]:
    rules = [(path, rule.id) for rule in RULES for path in (FIXTURES / "rules" / rule.id).glob("positive-*")]
    own = [
        (path.parent, yaml.safe_load(path.read_text())["rule"]) for path in (FIXTURES / "fixes").glob("*/*/case.yaml")
    ]
    return [
        one
        for path, rule in sorted([*rules, *own])
        for one in offered(Analysed(path / "before" if (path / "before").is_dir() else path), path, rule)
    ]


def document(seen: list[Offered]) -> str:
    """The Markdown text."""
    rows = "".join(_row(fix, seen) for fix in FIXES)
    return _HEAD + rows + _REACH + _columns() + "".join(_reach(rule.id, seen) for rule in RULES)


def _columns() -> str:
    names = ["rule", *(languages[0] for languages in _COLUMNS)]
    return f"| {' | '.join(names)} |\n|{' --- |' * len(names)}\n"


def _row(fix: Fix, seen: list[Offered]) -> str:
    mine = [one for one in seen if fix.id in one.fixes]
    rules = [rule.id for rule in (*RULES, UNUSED) if rule.id in fix.rules]
    mends = (
        "every rule"
        if len(rules) > len(RULES) - 2
        else ", ".join(f"[{one}](../rules/checks/{one}.md)" for one in rules)
    )
    languages = ", ".join(sorted({one.language for one in mine if one.language}))
    libraries = ", ".join(sorted({one.library for one in mine if one.library}))
    return f"| {fix.id} | {mends} | {languages} | {'all' if fix.id == SILENCING else libraries} | {_summary(fix)} |\n"


def _summary(fix: Fix) -> str:
    module = inspect.getmodule(fix.offers["typescript"])
    text = (inspect.getdoc(module) or "").partition("\n\n")[0]
    return " ".join(text.split()).rstrip(".") + "."


def _reach(rule: str, seen: list[Offered]) -> str:
    cells = [rule]
    for languages in _COLUMNS:
        cases: dict[str, bool] = defaultdict(bool)
        for one in seen:
            if one.case.startswith(f"rules/{rule}/") and one.language in languages:
                cases[one.case] |= any(fix != SILENCING for fix in one.fixes)
        cells.append(f"{sum(cases.values())} of {len(cases)}" if cases else "")
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    RECORD.write_text(_record(_asked()), encoding="utf-8")
    PAGE.write_text(document(recorded()), encoding="utf-8")
