"""The settings of a workspace, read from its root: ``eventlens.toml``, or ``[tool.eventlens]`` of ``pyproject.toml``.

May import `config`, `knowledge` and `workspace.reading`. Invariant: settings that cannot be used are reported and leave the defaults.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from eventlens.config.settings import SETTINGS_FILE, Settings
from eventlens.knowledge.model_files import rules_root
from eventlens.workspace.reading import read_within

_LARGEST = 1_500_000
"""Bytes of a settings file."""


class SettingsProblem(NamedTuple):
    """A mistake in a file that the user wrote for Eventlens: ``eventlens.toml``, a library model.

    ``file`` is relative to the root, ``line`` 1-based; ``message`` names the field and says how to mend it.
    """

    file: str
    line: int
    message: str


def read_workspace_settings(root: Path) -> tuple[Settings, tuple[SettingsProblem, ...]]:
    """The settings that hold at ``root``; the defaults, with what is wrong, where they cannot be used."""
    for name in (SETTINGS_FILE, "pyproject.toml"):
        try:
            text = read_within(root, name, _LARGEST).decode("utf-8")
        except OSError:
            continue
        except UnicodeDecodeError as error:
            return Settings(), (SettingsProblem(name, 1, f"not UTF-8 (byte {error.start}); save the file as UTF-8"),)
        if name == SETTINGS_FILE or "[tool.eventlens" in text:
            return _read(text, name)
    return Settings(), ()


def _read(text: str, name: str) -> tuple[Settings, tuple[SettingsProblem, ...]]:
    """What reads settings is loaded where there are some: most workspaces have none."""
    from eventlens.config.toml_settings import SettingsError, read_settings

    try:
        return read_settings(text, name, _rules()), ()
    except SettingsError as error:
        return Settings(), tuple(
            SettingsProblem(p.file, p.line, f"{p.field}: {p.message}" if p.field else p.message) for p in error.problems
        )


def _rules() -> list[str]:
    """The ids of all rules, from the names of their pages: the rules themselves need not be loaded to read settings."""
    return [page.stem for page in (rules_root() / "checks").glob("*.md")]
