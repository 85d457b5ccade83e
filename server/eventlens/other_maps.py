"""The flow maps of other repositories, which the command line or the settings name.

May import `config`, `flow.model` and `workspace.reading`. Invariant: a map that cannot be read is reported, and nothing of its text is shown.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from eventlens.config.settings import SETTINGS_FILE, Settings
from eventlens.flow.model import FlowMap
from eventlens.workspace.reading import read_within
from eventlens.workspace_settings import SettingsProblem

_LARGEST = 200_000_000
"""Bytes of a map."""
_REMEDY = "write it with `eventlens map --format json`"


class NoMap(Exception):
    """A file that is no map; the text says why and how to mend it."""


def decode_map(content: bytes) -> FlowMap:
    """The map in a document of ``eventlens map --format json``. Raises NoMap."""
    try:
        return msgspec.json.decode(content, type=FlowMap)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoMap(f"not a flow map ({error}); {_REMEDY}") from error


def origin_of(flow_map: FlowMap) -> str:
    """What a repository is called: the name of the folder that its map was made of."""
    return flow_map.root.replace("\\", "/").rstrip("/").rpartition("/")[2]


def maps_of(root: Path, settings: Settings) -> tuple[tuple[FlowMap, ...], tuple[SettingsProblem, ...]]:
    """The maps that the settings name, and what is wrong with those that cannot be used."""
    found: list[FlowMap] = []
    problems: list[SettingsProblem] = []
    for name in settings.maps:
        try:
            found.append(decode_map(read_within(root, name, _LARGEST)))
        except OSError as error:
            problems.append(_problem(root, name, f"cannot be read ({error.strerror or error}); {_REMEDY}"))
        except NoMap as error:
            problems.append(_problem(root, name, str(error)))
    return tuple(found), tuple(problems)


def _problem(root: Path, name: str, message: str) -> SettingsProblem:
    for file in (SETTINGS_FILE, "pyproject.toml"):
        try:
            lines = read_within(root, file, _LARGEST).decode("utf-8", "replace").split("\n")
        except OSError:
            continue
        line = next((number for number, text in enumerate(lines, 1) if name in text), 1)
        return SettingsProblem(file, line, f"maps: {name}: {message}")
    return SettingsProblem(SETTINGS_FILE, 1, f"maps: {name}: {message}")
