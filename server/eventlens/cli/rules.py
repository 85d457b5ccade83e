"""The rules that there are, their pages, and the choice among them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from eventlens.cli.problems import UserProblem
from eventlens.knowledge.model_files import rules_root
from eventlens.reports.rule_pages import RulePage, parse_page

if TYPE_CHECKING:
    from eventlens.checks.context import Rule
    from eventlens.flow.model import Finding


def rule_pages() -> dict[str, RulePage]:
    """Every rule by id with its page; a rule without one is described by its severity and remedy."""
    from eventlens.checks.registry import RULES, UNUSED

    pages = {rule.id: _short_page(rule) for rule in (*RULES, UNUSED)}
    for path in sorted((rules_root() / "checks").glob("*.md")):
        pages[path.stem] = parse_page(path.stem, path.read_text(encoding="utf-8"), path.as_uri())
    return pages


def _short_page(rule: Rule) -> RulePage:
    text = f"# {rule.id}\n\nSeverity: {rule.severity}.\n\nRemedy: {rule.remedy}\n"
    return parse_page(rule.id, text, "")


def known_rule(rule: str, known: Iterable[str]) -> str:
    """``rule`` when it exists; raises `UserProblem` with the nearest name otherwise."""
    known = sorted(known)
    if rule in known:
        return rule
    close = difflib.get_close_matches(rule, known, n=1, cutoff=0.5)
    raise UserProblem(
        f"no rule `{rule}`; " + (f"did you mean `{close[0]}`?" if close else f"the rules are {', '.join(known)}.")
    )


def rule_set(given: Sequence[str], known: Iterable[str]) -> frozenset[str]:
    """The rules of repeated or comma-separated options; raises `UserProblem` for one that does not exist."""
    known = list(known)
    return frozenset(known_rule(name.strip(), known) for option in given for name in option.split(",") if name.strip())


def chosen(findings: Sequence[Finding], select: frozenset[str], ignore: frozenset[str]) -> list[Finding]:
    """The findings of the selected rules (all when none is selected) without the ignored ones."""
    return [f for f in findings if (not select or f.rule in select) and f.rule not in ignore]
