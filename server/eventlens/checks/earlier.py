"""The version of a workspace that rules compare with: what was there before a change, as far as it can be known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from eventlens.flow.graph import FlowGraph


class EarlierTexts(Protocol):
    """The files of an earlier commit."""

    @property
    def name(self) -> str:
        """What a person calls the commit."""

    def text(self, path: str) -> bytes | None:
        """The text that a file had; None where there was none, or it cannot be read."""

    def other_text(self, path: str, now: bytes) -> bytes | None:
        """The same where it is not the text of ``now``."""


class Earlier(EarlierTexts, Protocol):
    """A workspace at an earlier commit."""

    def graph(self, files: frozenset[str], texts: Mapping[str, bytes]) -> FlowGraph:
        """The graph of some files, from them and what they import, as it would be with other texts in place of those that there are now."""
