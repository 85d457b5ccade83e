"""Every rule has a page with all its parts; its examples parse, and the rule reports the failing ones and no others."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.registry import RULES, UNUSED, findings_of
from eventlens.config.settings import Settings
from eventlens.knowledge.model_files import rules_root
from eventlens.reports.rule_index import rule_index
from eventlens.syntax.lowering import lower
from fixtures.before import earlier_of
from fixtures.engine import graph_of
from fixtures.expectations import FIXTURES

ALL = (*RULES, UNUSED)
PARTS = ("What", "Why it hurts", "Failing", "Passing", "What clears it", "How to fix", "Options", "Sources")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BEFORE = {
    language: re.compile(rf"^```{language} before\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    for language in ("typescript", "python")
}
SUFFIXES = {"typescript": "ts", "javascript": "js", "python": "py"}
MANIFESTS = {"typescript": ("package.json", '{"name": "NAME"}'), "python": ("requirements.txt", "asyncpg==0.30.0\n")}
"""What makes a folder a service."""
SERVICE = re.compile(r"^(?://|#) (\w+/\w+\.\w+)\n", re.MULTILINE)
EXAMPLES = [
    (rule, part, language) for rule in ALL for part in ("Failing", "Passing") for language in ("typescript", "python")
]


@cache
def page(rule: str) -> str:
    return (rules_root() / "checks" / f"{rule}.md").read_text(encoding="utf-8")


def part(rule: str, name: str) -> str:
    found = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", page(rule), re.MULTILINE | re.DOTALL)
    assert found, f"rules/checks/{rule}.md has no part `## {name}`"
    return found[1].strip()


def examples(rule: str, name: str, language: str) -> list[str]:
    return [text for written, text in FENCE.findall(part(rule, name)) if written == language]


def write_example(root: Path, text: str, language: str) -> None:
    """An example as a workspace: one file, or one a service where comments name them (``// orders/orders.ts``)."""
    before, *parts = SERVICE.split(text)
    if not parts:
        (root / f"example.{SUFFIXES[language]}").write_text(before, encoding="utf-8")
    for path, source in zip(parts[::2], parts[1::2]):
        file = root / path
        file.parent.mkdir()
        manifest, said = MANIFESTS[language]
        (file.parent / manifest).write_text(said.replace("NAME", file.parent.name), encoding="utf-8")
        file.write_text(source, encoding="utf-8")


def name_of(value: object) -> str:
    return value.id if isinstance(value, Rule) else str(value)


@pytest.mark.parametrize("rule", ALL, ids=name_of)
def test_a_page_has_all_parts(rule: Rule) -> None:
    assert page(rule.id).startswith(f"# {rule.id}\n")
    headings = re.findall(r"^## (.+)$", page(rule.id), re.MULTILINE)
    assert [heading for heading in headings if heading in PARTS] == list(PARTS)
    assert all(part(rule.id, name) for name in PARTS)


@pytest.mark.parametrize("rule", ALL, ids=name_of)
def test_the_severity_is_the_rules(rule: Rule) -> None:
    assert re.findall(r"^Severity: (\w+)$", page(rule.id), re.MULTILINE) == [rule.severity]


@pytest.mark.parametrize("rule", ALL, ids=name_of)
def test_sources_are_links(rule: Rule) -> None:
    assert re.findall(r"\]\(https://\S+\)", part(rule.id, "Sources"))


@pytest.mark.parametrize(("rule", "name", "language"), EXAMPLES, ids=name_of)
def test_an_example_is_code(rule: Rule, name: str, language: str) -> None:
    written = examples(rule.id, name, language)
    assert written, f"`## {name}` has no {language} example"
    for text in written:
        module = lower(f"example.{SUFFIXES[language]}", text.encode())
        assert module is not None and not module.errors, text


@pytest.mark.parametrize(("rule", "name", "language"), EXAMPLES, ids=name_of)
def test_the_rule_reports_failing_examples_only(rule: Rule, name: str, language: str, tmp_path: Path) -> None:
    for number, text in enumerate(examples(rule.id, name, language)):
        root = tmp_path / str(number)
        root.mkdir()
        write_example(root, text, language)
        for document in examples(rule.id, name, "yaml"):
            (root / "asyncapi.yaml").write_text(document, encoding="utf-8")
        for before in BEFORE[language].findall(part(rule.id, name)):
            (root / f"example.{SUFFIXES[language]}.before").write_text(before, encoding="utf-8")
        context = CheckContext(graph_of(root), Settings(), earlier=earlier_of(root))
        found = [one.rule for one in findings_of(context) if not one.suppressed]
        assert (rule.id in found) == (name == "Failing"), found


def test_no_page_is_left_over() -> None:
    assert {path.stem for path in (rules_root() / "checks").glob("*.md")} <= {rule.id for rule in ALL}


def test_the_index_is_current() -> None:
    written = (FIXTURES.parent / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == rule_index(), "docs/rules.md is not current; run `make docs`"
