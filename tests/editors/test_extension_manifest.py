"""The VS Code extension's manifest says the same as the server: settings, their values and defaults; no command has two owners."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

import eventlens
from eventlens.flow.model import Severity
from eventlens.lsp.client_settings import SETTINGS, ClientSettings
from eventlens.lsp.features.registry import COMMANDS

CLIENT = Path(__file__).parents[2] / "vscode-client"
MANIFEST: dict[str, Any] = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
CONTRIBUTED: dict[str, dict[str, Any]] = MANIFEST["contributes"]["configuration"]["properties"]
CLIENTS_OWN = {"eventlens.server.path", "eventlens.python", "eventlens.trace.server"}


def test_the_settings_are_the_servers_and_the_clients_own() -> None:
    assert set(CONTRIBUTED) == {f"eventlens.{name}" for name in SETTINGS} | CLIENTS_OWN


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_has_the_servers_default_and_values(name: str) -> None:
    contributed = CONTRIBUTED[f"eventlens.{name}"]
    default = getattr(ClientSettings(), SETTINGS[name])
    assert contributed["default"] == default
    assert contributed["type"] == ("boolean" if isinstance(default, bool) else "string")
    if not isinstance(default, bool):
        assert set(contributed["enum"]) == set(get_args(Severity))


@pytest.mark.parametrize("name", CONTRIBUTED)
def test_a_setting_is_described(name: str) -> None:
    assert CONTRIBUTED[name]["markdownDescription"].endswith(".")


def test_the_extensions_page_lists_each_setting_with_its_description() -> None:
    page = (CLIENT / "README.md").read_text(encoding="utf-8")
    assert [name for name, said in CONTRIBUTED.items() if f"| {said['markdownDescription']} |" not in page] == []
    assert [name for name in CONTRIBUTED if f"| `{name}` |" not in page] == []


def test_settings_that_name_programs_wait_for_trust() -> None:
    trust = MANIFEST["capabilities"]["untrustedWorkspaces"]
    programs = {name for name, said in CONTRIBUTED.items() if said["type"] == "string" and "enum" not in said}
    assert trust["supported"] is True
    assert set(trust["restrictedConfigurations"]) == programs == {"eventlens.server.path", "eventlens.python"}


def test_no_command_has_two_owners() -> None:
    contributed = [command["command"] for command in MANIFEST["contributes"]["commands"]]
    assert len(set(contributed)) == len(contributed)
    assert not set(contributed) & {name for name, _ in COMMANDS}


def test_versions_agree() -> None:
    assert MANIFEST["version"] == eventlens.__version__
