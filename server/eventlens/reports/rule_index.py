"""The index of all rules, ``docs/rules.md``: ``python -m eventlens.reports.rule_index`` prints it (``make docs``)."""

from __future__ import annotations

import sys

from eventlens.checks.context import Rule
from eventlens.checks.registry import RULES, UNUSED
from eventlens.knowledge.model_files import rules_root
from eventlens.reports.rule_pages import parse_page

_RANKS = ("error", "warning", "info", "hint")
_HEAD = """\
# Rules

Each rule with its default severity, made by `make docs` from the rules and their pages. `eventlens explain RULE` prints a page.
[configuration.md](configuration.md) tells how to change a severity and how to silence one place.

| rule | severity | what it finds | what mends it |
| --- | --- | --- | --- |
"""


def rule_index() -> str:
    """The Markdown text: the most severe rules first, then by name."""
    return _HEAD + "".join(map(_row, sorted((*RULES, UNUSED), key=lambda rule: (_RANKS.index(rule.severity), rule.id))))


def _row(rule: Rule) -> str:
    path = rules_root() / "checks" / f"{rule.id}.md"
    if not path.is_file():
        return f"| {rule.id} | {rule.severity} | | {_cell(rule.remedy)} |\n"
    summary = parse_page(rule.id, path.read_text(encoding="utf-8"), "").summary
    return (
        f"| [{rule.id}](../rules/checks/{rule.id}.md) | {rule.severity} | {_cell(summary)} | {_cell(rule.remedy)} |\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(rule_index())
