"""Answers as lines that a person reads: files, line numbers and the text of the line with the selected part in «»."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from lsprotocol import types


class Rendering:
    """For one workspace. Positions are read in UTF-16 units."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def place(self, uri: str, place: types.Range) -> str:
        """``path:line text with «selection»``; a selection of several lines ends with ``…»``."""
        path = self.path(uri)
        line = self._lines(path)[place.start.line]
        start = _offset(line, place.start.character)
        end = _offset(line, place.end.character) if place.end.line == place.start.line else len(line)
        more = "…" if place.end.line > place.start.line else ""
        shown = f"{line[:start]}«{line[start:end]}{more}»{line[end:]}".strip()
        return f"{path}:{place.start.line + 1} {shown}"

    def path(self, uri: str) -> str:
        """The path below the root."""
        return Path(unquote(urlparse(uri).path)).relative_to(self.root).as_posix()

    def jump(self, found: Sequence[types.LocationLink] | None, asked_at: str) -> list[str]:
        """The origin once, then each target; a target that shows more than it selects says how far it goes."""
        lines: list[str] = []
        for link in found or ():
            origin = link.origin_selection_range
            if origin is not None and not lines:
                lines.append(f"from {self.place(self.uri(asked_at), origin)}")
            last = link.target_range.end.line
            more = f" … to {last + 1}" if last > link.target_selection_range.end.line else ""
            lines.append(self.place(link.target_uri, link.target_selection_range) + more)
        return lines

    def uri(self, path: str) -> str:
        """The URI of a path below the root."""
        return (self.root / path).as_uri()

    def locations(self, found: Iterable[types.Location] | None) -> list[str]:
        """One a line."""
        return [self.place(one.uri, one.range) for one in found or ()]

    def highlights(self, found: Iterable[types.DocumentHighlight] | None, path: str) -> list[str]:
        """Kind and place."""
        return [f"{_kind(one.kind)} {self.place(self.uri(path), one.range)}" for one in found or ()]

    def hover(self, found: types.Hover | None) -> list[str]:
        """The text, with the root taken out of links."""
        if found is None or not isinstance(found.contents, types.MarkupContent):
            return []
        return found.contents.value.replace(self.root.as_uri(), "file:///w").split("\n")

    def lenses(self, found: Iterable[types.CodeLens] | None, path: str) -> list[str]:
        """Place and title."""
        return [f"{self.place(self.uri(path), one.range)} [{one.command.title}]" for one in found or () if one.command]

    def hints(self, found: Iterable[types.InlayHint] | None, path: str) -> list[str]:
        """The line with the hints of it put in ⟨⟩."""
        by_line: dict[int, list[types.InlayHint]] = {}
        for one in found or ():
            by_line.setdefault(one.position.line, []).append(one)
        lines = []
        for number, hints in by_line.items():
            line = self._lines(path)[number]
            for hint in sorted(hints, key=lambda each: -each.position.character):
                at = _offset(line, hint.position.character)
                line = f"{line[:at]}⟨{hint.label}⟩{line[at:]}"
            lines.append(f"{path}:{number + 1} {line.strip()}")
        return lines

    def outline(self, found: Iterable[Any] | None, path: str) -> list[str]:
        """The symbols of a document."""
        return [
            f"{_kind(one.kind)} {one.name} ({one.detail}) {self.place(self.uri(path), one.selection_range)}"
            for one in found or ()
        ]

    def search(self, found: Iterable[Any] | None) -> list[str]:
        """The symbols of a workspace."""
        return [
            f"{_kind(one.kind)} {one.name} ({one.container_name}) {self.place(one.location.uri, one.location.range)}"
            for one in found or ()
        ]

    def item(self, item: types.CallHierarchyItem) -> str:
        """One step of a call hierarchy."""
        return f"{_kind(item.kind)} {item.name} ({item.detail}) {self.place(item.uri, item.selection_range)}"

    def completion(self, found: types.CompletionList | None, path: str) -> list[str]:
        """The items in order, with the text that each replaces."""
        lines = []
        for one in found.items if found is not None else ():
            assert isinstance(one.text_edit, types.TextEdit)
            span = one.text_edit.range
            lines.append(
                f"{types.CompletionItemKind(one.kind or 1).name} {one.label} ({one.detail}) for {span.start.character}..{span.end.character}"
            )
        return lines

    def _lines(self, path: str) -> list[str]:
        return (self.root / path).read_text(encoding="utf-8").split("\n")


def _offset(line: str, character: int) -> int:
    return len(line.encode("utf-16-le")[: character * 2].decode("utf-16-le"))


def _kind(kind: Any) -> str:
    return str(kind.name) if kind is not None else "?"
