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
_MORE_A_FILE = 5
"""By how many files both bounds grow with each edited one."""
MOST_DEPENDENTS = 150
"""With more files than that, looking at them alone saves little."""
_LEVELS_BELOW = 5
"""As far as a wrapper may lie behind wrappers (`fixed_senders.MAX_CHAIN`)."""
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

    def __init__(self, workspace: Workspace, before: FlowGraph | None, edited: frozenset[str]) -> None:
        """``before`` is the graph before the edit; None where there is none yet."""
        self._workspace = workspace
        self._before = before
        self._edited = edited
        self._more = _MORE_A_FILE * (len(edited) - 1)

    @cached_property
    def below(self) -> list[str]:
        """The edited files, the files of sites whose handlers stand in them, and what all these import, as far as it was part of the graph."""
        sites = [site.file for _, site in self._before.standing_in(self._edited)] if self._before is not None else ()
        found = dict.fromkeys([*sorted(self._edited), *sites])
        limit = _MAX_BELOW + self._more
        wave: Iterable[str] = list(found)
        for _ in range(_LEVELS_BELOW):
            wave = [path for path in dict.fromkeys(self._imported(wave)) if self._is_known(path) and path not in found]
            found.update(dict.fromkeys(wave))
            if len(found) > limit:
                break
        return list(found)[:limit]

    @cached_property
    def around(self) -> frozenset[str]:
        """The files in `below`, and those that import an edited one, directly or through another."""
        if self._before is None:
            return frozenset(self.below)
        found = dict.fromkeys(self._edited)
        wave: Iterable[str] = self._edited
        for _ in range(_LEVELS_ABOVE):
            wave = [one for path in wave for one in self._workspace.importers_of(path) if one not in found]
            found.update(dict.fromkeys(list(wave)[: _MAX_ABOVE + self._more]))
        return frozenset([*self.below, *found])

    @cached_property
    def dependents(self) -> frozenset[str]:
        """The edited files, and those of the graph whose sites and findings may hang on what is in them: what imports them,
        however far, and where the handlers and the wrappers of their sites stand."""
        assert self._before is not None
        found = set(self._edited)
        wave = set(self._edited)
        while wave and len(found) <= MOST_DEPENDENTS:
            above = (one for path in wave for one in self._workspace.importers_of(path))
            wave = {one for one in above if one not in found and self._is_known(one)}
            found |= wave
        for node, site in self._before.standing_in(self._edited):
            found |= files_of(site)
            if node.inner is not None:
                found.add(node.inner.module.path)
        return frozenset(found)

    def _is_known(self, path: str) -> bool:
        """Whether a file was part of the graph."""
        return self._before is None or self._before.program.modules.get(path) is not None

    def _imported(self, paths: Iterable[str]) -> Iterable[str]:
        for path in paths:
            for specifier in self._workspace.survey(path).imports:
                yield from self._workspace.resolve(path, specifier).paths
