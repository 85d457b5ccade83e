"""The user's own settings, as the rest of the program sees them; `toml_settings` reads them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from eventlens.config.written_types import Checked, Shortened, Written

Severity = Literal["error", "warning", "info", "hint", "off"]

SETTINGS_FILE = "eventlens.toml"


def _filled(text: str) -> None:
    if not text:
        raise ValueError("this must not be empty")


class ServiceSetting(Written, frozen=True, kw_only=True):
    """A service that the user names: ``path`` is its folder, relative to the settings file."""

    name: Annotated[str, Checked(_filled)]
    path: str


class ExternalSetting(Written, frozen=True, kw_only=True):
    """Channels whose other end lies elsewhere. ``channel`` is a name, in which ``*`` stands for anything."""

    channel: Annotated[str, Checked(_filled)]
    owner: str = ""
    reason: str = ""


class RuleSetting(Written, frozen=True, kw_only=True):
    """How a rule is run: its severity, where the user wants another, the names that it leaves alone, where it speaks of names, and from how
    many consumers on it speaks, where it counts them."""

    severity: Severity | None = None
    allow: tuple[Annotated[str, Checked(_filled)], ...] = ()
    """Names, in which ``*`` stands for anything."""
    consumers: int | None = None


def _inside(path: str) -> None:
    """A path that stays in the workspace: settings come with the workspace, and may be anybody's."""
    if path.startswith(("/", "\\")) or ":" in path[:2] or ".." in path.replace("\\", "/").split("/"):
        raise ValueError("this must be a path inside the workspace")


class LibrarySetting(Written, frozen=True, kw_only=True):
    """Where the workspace's own library models lie, besides ``.eventlens/libraries``."""

    paths: tuple[Annotated[str, Checked(_inside)], ...] = ()


def _as_table(value: object) -> object:
    return {"severity": value} if isinstance(value, str) else value


def _as_text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, (int, float)) else value


class Settings(Written, frozen=True, kw_only=True):
    """What the user tells Eventlens."""

    values: dict[str, Annotated[str, Shortened(_as_text)]] = msgspec.field(default_factory=dict)
    """Environment variable, configuration key or expression → its value."""
    services: tuple[ServiceSetting, ...] = ()
    external: tuple[ExternalSetting, ...] = ()
    rules: dict[str, Annotated[RuleSetting, Shortened(_as_table)]] = msgspec.field(default_factory=dict)
    libraries: LibrarySetting = LibrarySetting()
    profiles: tuple[str, ...] = ()
    """Which profiles or stages count where configuration differs by them."""
    maps: tuple[Annotated[str, Checked(_inside)], ...] = ()
    """Maps of other repositories (``eventlens map --format json``), which are joined with this one's."""
    closed: bool = False
    """Whether this workspace, with the maps that are joined, holds both ends of every channel that is not declared external."""
    exclude: tuple[str, ...] = ()
    """Gitignore-style globs of files that are not looked at."""
