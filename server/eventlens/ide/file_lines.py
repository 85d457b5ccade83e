"""What stands on the lines of one file: sites, handlers, and where names of channels are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from eventlens.flow.model import Site, Step
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.places import Target, of_site

_CONFIGURATION = (".yml", ".yaml", ".json", ".toml", ".ini", ".cfg", ".properties", ".tf", ".xml", ".conf")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
_WORD = re.compile(r"[\w$]+")
_DEFINES = re.compile(r"[\"']?\s*(?::|=(?![=>]))")
"""What stands behind the name of something that is defined."""


class FileLines:
    """Lines are 1-based. ``handled`` are the subscriptions whose handler stands in the file, ``steps`` the evidence that points into it."""

    def __init__(
        self,
        file: str,
        sites: Iterable[Site],
        handled: Iterable[Site],
        steps: Iterable[tuple[Site, Step]],
        code: CodePlaces,
    ) -> None:
        self._file = file
        self._sites = sites
        self._code = code
        self.handled = list(handled)
        self._steps = steps

    @cached_property
    def shown(self) -> dict[int, list[Site]]:
        """Line → the sites whose shown range touches it."""
        found: dict[int, list[Site]] = {}
        for site in self._sites:
            for line in range(site.line, site.end_line + 1):
                found.setdefault(line, []).append(site)
        return found

    @cached_property
    def written(self) -> dict[int, list[tuple[Site, Target]]]:
        """Line → the sites whose channel argument touches it, with the argument's range."""
        found: dict[int, list[tuple[Site, Target]]] = {}
        for site in self._sites:
            code = self._code.site(site)
            if code is not None and code.channel is not None:
                for line in range(code.channel.line, code.channel.end_line + 1):
                    found.setdefault(line, []).append((site, code.channel))
        return found

    @cached_property
    def _handled_at(self) -> dict[int, list[Site]]:
        found: dict[int, list[Site]] = {}
        for site in self.handled:
            if site.handler is not None:
                found.setdefault(site.handler.line, []).append(site)
        return found

    @cached_property
    def _naming(self) -> dict[int, dict[str, tuple[Site, str]]]:
        """Line → the names that are made there, each with a site that uses it and what is said of the line."""
        found: dict[int, dict[str, tuple[Site, str]]] = {}
        for site, step in self._steps:
            if site.channel is not None and is_naming(site, step):
                key = f"{site.broker} {site.channel_kind} {site.channel}"
                found.setdefault(step.line, {}).setdefault(key, (site, step.message))
        return found

    @cached_property
    def receiving(self) -> list[tuple[str, Target]]:
        """The handlers and poll loops, each with the id of its subscription."""
        bodies = [(site.id, code.body) for site in self.handled if (code := self._code.handler(site)) is not None]
        return [*bodies, *self._code.loops_in(self._file)]

    # -------------------------------------------------------------------------------------------------------- places

    def sites_around(self, line: int, column: int) -> list[Site]:
        """The sites whose callee or channel argument contains a place, innermost first."""
        around = [site for site in self.shown.get(line, ()) if of_site(site).contains(self._file, line, column)]
        if not around:
            written = self.written.get(line, ())
            around = [site for site, target in written if target.contains(self._file, line, column)]
        return sorted(around, key=lambda site: (site.end_line - site.line, site.end_column - site.column))

    def sites_handled_at(self, line: int, column: int) -> list[Site]:
        """The subscriptions whose handler is declared at a place."""
        return [
            site
            for site in self._handled_at.get(line, ())
            if (code := self._code.handler(site)) is None or code.head.contains(self._file, line, column)
        ]

    def naming_at(self, line: int, column: int, text: str | None) -> Iterator[Site]:
        """Sites whose channel's name is made at a place. ``text`` is the line's text: in code only the name, its value and the
        variable that it is read from count; without the text, and in configuration, the whole line does."""
        for site, message in self._naming.get(line, {}).values():
            if text is None or self.is_configuration or _is_about(message, site.channel or "", text, column):
                yield site

    def naming(self) -> Iterator[tuple[int, Site]]:
        """Lines on which a name is made, each with a site that uses it."""
        return ((line, site) for line, names in self._naming.items() for site, _ in names.values())

    def is_of_site(self, line: int) -> bool:
        """Whether a site or its channel argument stands on a line: then it is no other place where the channel is named."""
        return line in self.shown or line in self.written

    @property
    def is_configuration(self) -> bool:
        """Whether the file is read for what it sets, and not as code."""
        name = self._file.rpartition("/")[2]
        return name.endswith(_CONFIGURATION) or name.startswith(".env")


def is_naming(site: Site, step: Step) -> bool:
    """Whether a step of a site's evidence says where its channel's name comes from (`flow.records` begins such steps so)."""
    return step.message.startswith("channel ") and step.message.startswith(f"channel {site.channel}: ")


def _is_about(message: str, name: str, text: str, column: int) -> bool:
    """Whether the word at a column of a line of code is the name's literal, what the evidence speaks of, or what is defined there."""
    told = _WORD.findall(message.partition(": ")[2])
    quoted = next((found[0] for found in _QUOTED.finditer(text) if found.start() < column <= found.end() + 1), None)
    if quoted is not None:
        return name in quoted or quoted[1:-1] in told
    word = next((found for found in _WORD.finditer(text) if found.start() < column <= found.end() + 1), None)
    return word is not None and (word[0] in told or bool(_DEFINES.match(text, word.end())))
