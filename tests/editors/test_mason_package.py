"""The package file for Mason's registry has the form that its schema asks for, and says what the project's own manifest says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from eventlens.workspace.discovery import SOURCE_SUFFIXES

from .page import DOCS, PAGE

FILE = DOCS / "editors" / "mason" / "eventlens" / "package.yaml"
PACKAGE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
MANIFEST = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")

_TEXT = {"type": "string", "minLength": 1}
_LINKS = {"type": "object", "additionalProperties": {"type": "string"}}
SCHEMA = {
    "type": "object",
    "required": ["name", "description", "homepage", "licenses", "languages", "categories", "source"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "description": _TEXT,
        "homepage": {"type": "string", "pattern": "^https?://[^/ ]+"},
        "licenses": {"type": "array", "minItems": 1, "items": _TEXT},
        "languages": {"type": "array", "items": _TEXT},
        "categories": {
            "type": "array",
            "items": {"enum": ["Compiler", "DAP", "Formatter", "LSP", "Linter", "Runtime"]},
        },
        "source": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string", "pattern": "^pkg:pypi/.+@.+"}},
        },
        "bin": {**_LINKS, "propertyNames": {"pattern": r"^[a-zA-Z0-9_.-]+$"}},
        "share": _LINKS,
        "opt": _LINKS,
        "schemas": {"type": "object", "additionalProperties": False, "properties": {"lsp": _TEXT}},
        "neovim": {"type": "object", "properties": {"lspconfig": _TEXT}},
    },
}
"""What the registry's documentation says of a package that is installed with pip."""


def manifest(field: str) -> str:
    (project,) = re.findall(r"^\[project\]\n(.*?)^\[", MANIFEST, re.DOTALL | re.MULTILINE)
    (value,) = re.findall(rf'^{field} = "(.*)"$', project, re.MULTILINE)
    return str(value)


def test_it_has_the_form_of_the_registrys_packages() -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(PACKAGE)
    lines = FILE.read_text("utf-8").splitlines()
    assert lines[0] == "---" and max(map(len, lines)) <= 120 and FILE.parent.name == PACKAGE["name"]


@pytest.mark.parametrize("field", SCHEMA["required"])
def test_the_form_would_miss_a_field(field: str) -> None:
    without = {name: value for name, value in PACKAGE.items() if name != field}
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(without)


def test_name_version_and_licence_are_the_projects() -> None:
    assert PACKAGE["name"] == manifest("name")
    assert PACKAGE["source"] == {"id": f"pkg:pypi/{manifest('name')}@{manifest('version')}"}
    assert PACKAGE["licenses"] == [manifest("license")]


def test_the_program_is_one_that_the_package_installs() -> None:
    (scripts,) = re.findall(r"^\[project\.scripts\]\n((?:.+\n)+)", MANIFEST, re.MULTILINE)
    assert PACKAGE["bin"]
    for name, source in PACKAGE["bin"].items():
        assert source == f"pypi:{name}" and re.search(rf"^{name} = ", scripts, re.MULTILINE)


def test_the_languages_are_those_that_are_read() -> None:
    named = {{"C#": "csharp"}.get(name, name.lower()) for name in PACKAGE["languages"]}
    assert named == set(SOURCE_SUFFIXES.values())


def test_neovims_entry_of_that_name_stands_beside_it_and_the_page_leads_to_both() -> None:
    entry = DOCS / "editors" / "lspconfig" / f"{PACKAGE['neovim']['lspconfig']}.lua"
    assert entry.is_file()
    assert all(f"({file.relative_to(DOCS).as_posix()})" in PAGE for file in (entry, FILE))


def test_what_only_the_owner_knows_is_not_made_up() -> None:
    """The project names no page of its own; the address that holds the place cannot exist, and the page says what to put there."""
    owners = re.search(r'^(?:homepage|repository) = "(.*)"$', MANIFEST, re.MULTILINE | re.IGNORECASE)
    if owners is None:
        assert PACKAGE["homepage"] == "https://eventlens.invalid/"
        assert "**Before they are submitted**" in PAGE and "`.invalid`" in PAGE
    else:
        assert PACKAGE["homepage"] == owners[1]
