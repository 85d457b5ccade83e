"""The house as ARCHITECTURE.md describes it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from eventlens.config.toml_settings import read_settings

REPOSITORY = Path(__file__).parent.parent
SERVER = REPOSITORY / "server" / "eventlens"
PACKAGES = sorted(path.parent.name for path in SERVER.glob("*/__init__.py"))
ARCHITECTURE = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_says_what_it_may_import_and_holds(package: str) -> None:
    text = ast.get_docstring(ast.parse((SERVER / package / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert "May import" in text and "Invariant" in text


def test_the_page_names_exactly_the_packages_and_modules_that_there_are() -> None:
    named = re.findall(r"^\| `([\w.]+)/?` \|", ARCHITECTURE, flags=re.MULTILINE)
    modules = {path.name for path in SERVER.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert set(named) == set(PACKAGES) | modules
    assert len(named) == len(set(named))


def test_the_page_lists_the_packages_in_the_order_of_the_contract() -> None:
    contract = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8").partition("layers = [")[2].partition("]")[0]
    layers = [re.findall(r"\w+", line) for line in re.findall(r'"([^"]+)"', contract)]
    lowest_first = [{name.removesuffix(".py") for name in layer} for layer in reversed(layers)]
    named = [name.removesuffix(".py") for name in re.findall(r"^\| `([\w.]+)/?` \|", ARCHITECTURE, flags=re.MULTILINE)]
    position = {name: number for number, layer in enumerate(lowest_first) for name in layer}
    assert [position[name] for name in named] == sorted(position[name] for name in named)


@pytest.mark.parametrize(
    "page",
    ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/editors.md", "docs/features.md", "docs/configuration.md"],
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((REPOSITORY / page).parent / target).exists(), target


def test_the_readme_gives_each_dependency_a_reason() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    dependencies = re.findall(
        r'^    "([A-Za-z0-9_.-]+)', project.partition("\ndependencies = [")[2].partition("]")[0], flags=re.MULTILINE
    )
    table = (REPOSITORY / "README.md").read_text(encoding="utf-8").partition("| dependency |")[2]
    assert dependencies and [name for name in dependencies if name not in table] == []


def test_only_the_command_line_uses_typer_and_rich() -> None:
    users = {
        path.parent.name
        for path in SERVER.rglob("*.py")
        if re.search(r"^\s*(?:from|import) (?:typer|rich)\b", path.read_text(encoding="utf-8"), re.M)
    }
    assert users == {"cli"}


def test_the_protocol_stays_in_the_server() -> None:
    users = {
        path.relative_to(SERVER).parts[0]
        for path in SERVER.rglob("*.py")
        if re.search(r"^\s*(?:from|import) (?:pygls|lsprotocol)\b", path.read_text(encoding="utf-8"), re.M)
    }
    assert users == {"lsp"}


def test_the_example_in_the_configuration_page_is_valid() -> None:
    page = (REPOSITORY / "docs" / "configuration.md").read_text(encoding="utf-8")
    settings = read_settings(page.partition("```toml\n")[2].partition("```")[0])
    assert settings.values["ORDERS_TOPIC"] == "order-events" and settings.rules["orphan-publish"].severity == "off"
    assert [one.channel for one in settings.external] == ["*.dlq"] and [one.name for one in settings.services] == [
        "billing"
    ]
