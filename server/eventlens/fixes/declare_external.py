"""Declare a channel external: its other end lives elsewhere, and the settings say so."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.config.settings import SETTINGS_FILE
from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile, Offer
from eventlens.fixes.context import FixContext
from eventlens.flow.model import Finding

RULES = frozenset(("orphan-publish", "orphan-subscribe"))
_REASON = "the other end is in another repository"
_PYPROJECT = "pyproject.toml"


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """For every channel whose whole name is known."""
    subject = context.subject(finding)
    names = subject.at.channel.names if subject is not None and subject.at is not None else ()
    if names and "*" not in names[0].text and '"' not in names[0].text:
        name = names[0].text
        yield Offer("external", f"Declare {name} as external", lambda: _changes(context, name), is_wide=True)


def _changes(context: FixContext, name: str) -> tuple[Change, ...]:
    own = _text(context, _PYPROJECT)
    if _text(context, SETTINGS_FILE) is None and own is not None and b"[tool.eventlens" in own:
        return (_appended(_PYPROJECT, own, "tool.eventlens.external", name),)
    settings = _text(context, SETTINGS_FILE)
    if settings is not None:
        return (_appended(SETTINGS_FILE, settings, "external", name),)
    return (NewFile(SETTINGS_FILE, _table("external", name, "\n")),)


def _appended(path: str, text: bytes, table: str, name: str) -> FileEdit:
    newline = "\r\n" if b"\r\n" in text else "\n"
    gap = "" if not text.strip() else newline if text.endswith(b"\n") else newline * 2
    return FileEdit(path, (Edit(len(text), len(text), gap + _table(table, name, newline)),))


def _table(table: str, name: str, newline: str) -> str:
    return newline.join([f"[[{table}]]", f'channel = "{name}"', f'reason = "{_REASON}"', ""])


def _text(context: FixContext, path: str) -> bytes | None:
    try:
        return context.workspace.text(path)
    except (KeyError, OSError):
        return None
