"""Which code has to be looked at anew when a few files were edited, so that their own sites and findings are right at once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from eventlens.flow.model import Site
from eventlens.workspace.snapshot import Workspace

if TYPE_CHECKING:
    from eventlens.flow.graph import FlowGraph

_MAX_BELOW = 80
_MAX_ABOVE = 40
_LEVELS_BELOW = 5
"""As far as a wrapper may lie behind wrappers (`sites.MAX_CHAIN`)."""
_LEVELS_ABOVE = 2
"""As far as rules look for the operation that a function is part of."""


def stands_in(site: Site, paths: frozenset[str]) -> bool:
    """Whether a site, or the handler that it runs, stands in one of the files."""
    return site.file in paths or (site.handler is not None and site.handler.file in paths)


def files_of(site: Site) -> set[str]:
    """The files that a site and the handler that it runs stand in."""
    return {site.file} if site.handler is None else {site.file, site.handler.file}


class Neighbourhood:
    """Around edited files: what they import, who registers their handlers, and who imports them."""

    def __init__(self, workspace: Workspace, before: FlowGraph, edited: frozenset[str]) -> None:
        self._workspace = workspace
        self._before = before
        self._edited = edited

    @cached_property
    def below(self) -> list[str]:
        """The edited files, the files of sites whose handlers stand in them, and what all these import, as far as it was part of the graph."""
        known = self._before.program.modules
        sites = [site.file for _, site in self._before.standing_in(self._edited)]
        found = dict.fromkeys([*sorted(self._edited), *sites])
        wave: Iterable[str] = list(found)
        for _ in range(_LEVELS_BELOW):
            wave = [path for path in dict.fromkeys(self._imported(wave)) if known.get(path) and path not in found]
            found.update(dict.fromkeys(wave))
            if len(found) > _MAX_BELOW:
                break
        return list(found)[:_MAX_BELOW]

    @cached_property
    def around(self) -> frozenset[str]:
        """The files in `below`, and those that import an edited one, directly or through another."""
        found = dict.fromkeys(self._edited)
        wave: Iterable[str] = self._edited
        for _ in range(_LEVELS_ABOVE):
            wave = [one for path in wave for one in self._workspace.importers_of(path) if one not in found]
            found.update(dict.fromkeys(list(wave)[:_MAX_ABOVE]))
        return frozenset([*self.below, *found])

    def _imported(self, paths: Iterable[str]) -> Iterable[str]:
        for path in paths:
            for specifier in self._workspace.survey(path).imports:
                yield from self._workspace.resolve(path, specifier).paths
