"""Builds the flow graph of a workspace: reads what matters, finds sites, channels, bindings and flows."""

from __future__ import annotations

import logging
from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from eventlens import ir
from eventlens.config.infrastructure import Infrastructure
from eventlens.flow.callers import Callers
from eventlens.flow.catalogue import Catalogue
from eventlens.flow.channels import ChannelReader
from eventlens.flow.construct_environments import ConstructEnvironments
from eventlens.flow.construct_handlers import ConstructHandlers, settled
from eventlens.flow.declarations import Declarations
from eventlens.flow.declared_matches import arguments_of
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.expected_files import ExpectedFiles
from eventlens.flow.graph import FlowGraph, SitePair, site_order
from eventlens.flow.infrastructure import NO_INFRASTRUCTURE
from eventlens.flow.library_holders import LibraryHolders
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.library_models import SITE_SECTIONS
from eventlens.flow.linking import keys_of, link, same_routes
from eventlens.flow.matching import Matcher
from eventlens.flow.model import Flow, Site, UnknownValue
from eventlens.flow.module_index import CallSite, ModuleIndex, decorator_name, last_name
from eventlens.flow.neighbourhood import Neighbourhood, stands_in
from eventlens.flow.program import Program
from eventlens.flow.records import SiteRecorder
from eventlens.flow.schema_files import NO_SCHEMA_FILES, SchemaFiles
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.settling import Settling
from eventlens.flow.site_node import SiteNode
from eventlens.flow.sites import SiteFinder
from eventlens.flow.source_places import Places
from eventlens.flow.table_keys import TableKeys
from eventlens.flow.variables import Variables
from eventlens.flow.wired_handlers import WiredHandlers
from eventlens.progress import Telling
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace.survey import Survey

MAX_ROUNDS = 12
_logger = logging.getLogger(__name__)


@contextmanager
def one_at_a_time(what: str, path: str) -> Iterator[None]:
    """Keeps a failure to the one thing that is looked at: it is logged and left out, the rest of the workspace stands."""
    try:
        yield
    except (Exception, RecursionError):
        _logger.exception("left out: %s in %s could not be read", what, path)


class GraphBuilder:
    """Builds the graph of one snapshot."""

    def __init__(
        self,
        workspace: Workspace,
        catalogue: Catalogue,
        variables: Variables,
        service_of: Callable[[str], str | None],
        files: SchemaFiles = NO_SCHEMA_FILES,
        infrastructure: Infrastructure = NO_INFRASTRUCTURE,
        table_keys: TableKeys | None = None,
    ) -> None:
        self.workspace = workspace
        self.catalogue = catalogue
        self.program = Program(workspace, table_keys)
        self.evaluator = Evaluator(self.program, catalogue, variables)
        self.callers = Callers(self.evaluator)
        self.matcher = Matcher(self.evaluator, self.callers, service_of)
        self.channels = ChannelReader(self.matcher, variables)
        self.finder = SiteFinder(self.matcher, self.callers, self.channels)
        self.settling = Settling(self.callers, self.channels)
        self.infrastructure = infrastructure
        self.wired = WiredHandlers(infrastructure, self.matcher, workspace)
        self.places = Places(self.program)
        self.recorder = SiteRecorder(self.channels, self.places, service_of, files)
        self._scanned: set[str] = set()
        self._reached: dict[str, bool] = {}
        """The modules that name a library, or can get hold of what one of these makes of it; and whether they were asked what they make."""
        self.holders = LibraryHolders(self.program, self.matcher, self._reached)
        self.expected = ExpectedFiles(self.program)
        self._site_names: frozenset[str] = frozenset()

    def build(self, telling: Telling | None = None) -> FlowGraph:
        """Read, match, follow and link."""
        telling = telling or Telling(None)
        met = {
            path: names
            for path, survey in self.workspace.surveys()
            if (names := self._met_in(path, survey)) and self._is_wanted(path)
        }
        by_convention = filter(self._is_wanted, self.matcher.declared.conventions.unnamed(met))
        seeds = list(dict.fromkeys([*met, *self.wired.files(), *by_convention]))
        self._site_names = self.catalogue.site_names(name for names in met.values() for name in names)
        self._reach(seeds)
        telling("Reading code", 0, len(seeds))
        self.workspace.begin_modules(seeds)
        self.workspace.index_imports()
        self.program.expect_large_imports(seeds)
        self.program.load(seeds)
        for _ in range(MAX_ROUNDS):
            fresh = [
                module
                for module in self.program.loaded()
                if module.path not in self._scanned and self._is_wanted(module.path)
            ]
            if not fresh:
                break
            self._scan(fresh)
            self.program.expect_imports(self.expected.calling(self.finder.nodes))
            telling("Following calls", len(self._scanned), len(self.program.modules))
        self.program.expect(self.expected.entered(self.finder.nodes))
        self._add_wired(None)
        self._read_environments()
        return self._finish()

    def _met_in(self, path: str, survey: Survey) -> list[str]:
        """The libraries that a file names, or that its project imports for all of its files."""
        shared = self.workspace.shared_imports(path)
        if not survey.literals and not shared:
            return []
        known = self.catalogue.literals_of(self.workspace.files[path].language)
        return [name for name in survey.literals if name in known] + [name for name in shared if name in known]

    def _read_environments(self) -> None:
        """What constructs give to functions: sites whose channels hang on it are read again when they are recorded."""
        environments = ConstructEnvironments(self.channels)
        for module in self.program.loaded():
            self.workspace.beat()
            with one_at_a_time("environments", module.path):
                for name, given in environments.given(module):
                    self.channels.variables.add(name, given)

    def _add_wired(self, within: Collection[str] | None) -> None:
        """The subscriptions that deployment wires; ``within``: of handlers in these files."""
        with one_at_a_time("wirings", "infrastructure"):
            for node in self.wired.sites(within):
                self.workspace.beat()
                self.settling.add_wired(self.finder.nodes, node)
            self.settling.passing |= self.wired.passing

    def _is_wanted(self, path: str) -> bool:
        return self.workspace.source_set(path) in ("main", "generated", "example")

    def _scan(self, modules: list[ModuleIndex]) -> None:
        self._scanned.update(module.path for module in modules)
        matches = self.matches_in(modules)
        reached = self._newly_reached()
        held: dict[str, list[str]] = {}
        for module in reached:
            self.workspace.beat()
            held[module.path] = self.holders.held_by(module)
            self.holders.expect_importers(module, held[module.path])
        for module in reached:
            self.workspace.beat()
            importers = self.holders.importers(module, held[module.path])
            self._reach(importers)
            self.program.load(importers)
            self.holders.follow_given(module)
            matches.extend(self._unwritten(module))
        self._find_sites(modules, matches)

    def _reach(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._reached.setdefault(path, False)

    def _newly_reached(self) -> list[ModuleIndex]:
        """Of what can make something of a library, what was not asked yet. All else was read to see what it means, and makes nothing."""
        found = [
            one for one in self.program.loaded() if self._reached.get(one.path) is False and self._is_wanted(one.path)
        ]
        self._reached.update((one.path, True) for one in found)
        return found

    def matches_in(self, modules: list[ModuleIndex]) -> list[LibraryMatch]:
        """What the modules do with libraries; what they register and set holds from now on."""
        self.matcher.declared.note_bases(modules)
        registered = [module for module in modules if self._record_registrations(module)]
        if registered:
            self.matcher.forget()
        matches = list(self._all_matches(modules))
        settings = [match for match in matches if match.section == "settings"]
        for match in settings:
            self.matcher.registrations.record_setting(match)
        if not settings:
            return matches
        self.matcher.forget_matches()  # what was set decides between alternatives
        return list(self._all_matches(modules))

    def _all_matches(self, modules: Iterable[ModuleIndex]) -> Iterator[LibraryMatch]:
        for module in modules:
            self.workspace.beat()
            yield from self._matches(module)

    def _find_sites(self, modules: list[ModuleIndex], matches: list[LibraryMatch]) -> None:
        for match in matches:
            self.workspace.beat()
            with one_at_a_time(match.library, match.place.frame.module.path if match.place.frame is not None else "?"):
                self.finder.add(match)
        for match in [match for module in modules for match in self._left_to_callers(module)]:
            with one_at_a_time(match.library, match.place.frame.module.path if match.place.frame is not None else "?"):
                self.finder.add_left_to_callers(match)

    def _left_to_callers(self, module: ModuleIndex) -> Iterator[LibraryMatch]:
        for name, sites in module.calls.items():
            if name in self._site_names:
                for site in sites:
                    self.workspace.beat()
                    found: tuple[LibraryMatch, ...] = ()
                    with one_at_a_time(name, module.path):
                        found = self.matcher.left_to_callers(site.call, site.frame)
                    yield from found

    def _record_registrations(self, module: ModuleIndex) -> bool:
        """Injection comes first: what is registered decides what the receivers of other calls are. True where there is any."""
        names = self.catalogue.registration_names
        found = [
            match
            for name in sorted(names)
            for site in module.calls.get(name, ())
            for match in self.matcher.at_call(site.call, site.frame)
        ]
        for frame in module.frames:
            if any(name in names for name in _names_on(frame)):
                found.extend(self.matcher.declared.decorating(frame))
        if any(name in names for index in module.classes for name in decorator_names(index)):
            found.extend(self.matcher.declared.in_module(module))
        registrations = [match for match in found if match.section == "registrations"]
        changed = [self.matcher.registrations.record_registration(match) for match in registrations]
        return any(changed)

    def _matches(self, module: ModuleIndex) -> Iterator[LibraryMatch]:
        wanted = self._site_names | {"super"}
        for name, sites in module.calls.items():
            handed = name in self.catalogue.handing_names and any(
                not wanted.isdisjoint(_names_in_arguments(site)) for site in sites
            )
            if handed or name in wanted or "*" in wanted or any(_is_chosen_class(site) for site in sites):
                for site in sites:
                    found: tuple[LibraryMatch, ...] = ()
                    with one_at_a_time(name, module.path):
                        found = self.matcher.at_call(site.call, site.frame)
                    yield from (match for match in found if match.section in SITE_SECTIONS)
        with one_at_a_time("decorators and classes", module.path):
            yield from self.matcher.declared.in_module(module)

    def _unwritten(self, module: ModuleIndex) -> list[LibraryMatch]:
        """What loops and ``with`` do with what is a library's."""
        with one_at_a_time("loops", module.path):
            return list(self.matcher.declared.unwritten(module))
        return []

    # ------------------------------------------------------------------------------------------------------ finish

    def renew(self, before: FlowGraph, edited: frozenset[str], refuted: frozenset[str] = frozenset()) -> FlowGraph:
        """The graph with the sites of a few edited files found anew, ``refuted`` ones (ids) left out; all others are those of ``before``.

        Only code that the edited files import, or that imports them, is looked at: what lies further away and bears on them
        is seen by the next `build`.
        """
        self.matcher.take_over(before.matcher, edited)
        self.callers.reach.take_over(before.callers.reach)
        self._look_around(Neighbourhood(self.workspace, before, edited), edited)
        gone = before.standing_in(edited)
        found = sorted(
            (pair for pair in self._records() if stands_in(pair[1], edited) and pair[1].id not in refuted),
            key=site_order,
        )
        nodes = _exchanged(before.nodes, gone, found)
        declares, binds = self.finder.declarations, self.finder.bindings
        self.finder.declarations = _with_edited(before.declares, declares, edited)
        self.finder.bindings = _with_edited(before.binds, binds, edited)
        wrapped = before.declared.hang_on_wrappers and any(node.chain for node, _ in (*gone, *found))
        declared = (
            before.declared
            if self.finder.declarations == list(before.declares)
            and self.finder.bindings == list(before.binds)
            and not wrapped
            else self._declared(nodes, before.declared)
        )
        flows = self._relinked(before, nodes, declared, gone, found)
        return self._graph(nodes, declared, flows, before.unknown, found)

    def _relinked(
        self,
        before: FlowGraph,
        nodes: list[SitePair],
        declared: Declarations,
        gone: Sequence[SitePair],
        found: Sequence[SitePair],
    ) -> Sequence[Flow]:
        if declared is not before.declared and not same_routes(declared.bindings, before.declared.bindings):
            return link(nodes, declared.bindings)
        if [_linked_by(*one) for one in found] == [_linked_by(*one) for one in gone]:
            return before.flows
        lost = {site.id for _, site in gone}
        kept = (flow for flow in before.flows if flow.publish not in lost and flow.subscribe not in lost)
        return [*kept, *link(nodes, declared.bindings, {site.id for _, site in found})]

    def glance(self, files: frozenset[str]) -> FlowGraph:
        """The graph of a few files, from them and what they import alone: nothing else of the workspace needs to have been read."""
        self._look_around(Neighbourhood(self.workspace, None, files), files)
        nodes = sorted((pair for pair in self._records() if stands_in(pair[1], files)), key=site_order)
        declared = self._declared(nodes)
        return self._graph(nodes, declared, link(nodes, declared.bindings), ())

    def _look_around(self, near: Neighbourhood, edited: frozenset[str]) -> None:
        self.callers.reach.within = near.around
        self.program.load(near.below)
        modules = [module for module in self.program.loaded() if self._is_wanted(module.path)]
        self._site_names = self.catalogue.site_names(
            name for module in modules for name in self.workspace.survey(module.path).literals
        )
        own = [module for module in modules if module.path in edited]
        rest = [module for module in modules if module.path not in edited]
        self._find_sites(
            modules,
            [
                *self.matches_in(own),
                *self._all_matches(rest),
                *(match for module in modules for match in self._unwritten(module)),
            ],
        )
        self._add_wired({module.path for module in modules})

    def _finish(self) -> FlowGraph:
        nodes = sorted(self._records(), key=site_order)
        self.workspace.beat()
        declared = self._declared(nodes)
        self.workspace.beat()
        unknown = [row for node, site in nodes if site.source_set == "main" for row in self.recorder.unknown(node)]
        self.workspace.beat()
        return self._graph(nodes, declared, link(nodes, declared.bindings), unknown)

    def _declared(self, nodes: Iterable[SitePair], before: Declarations | None = None) -> Declarations:
        return Declarations(
            self.finder.declarations,
            self.finder.bindings,
            self.channels,
            self.recorder,
            self.infrastructure,
            [node for node, _ in nodes],
            before,
        )

    def _graph(
        self,
        nodes: list[SitePair],
        declared: Declarations,
        flows: Iterable[Flow],
        unknown: Iterable[UnknownValue],
        renewed: Iterable[SitePair] | None = None,
    ) -> FlowGraph:
        return FlowGraph(
            self.program, self.evaluator, self.callers, self.matcher, self.channels, self.recorder, self.places,
            tuple(nodes), tuple(flows), tuple(declared.bindings), declared, tuple(unknown),
            tuple(self.finder.declarations), tuple(self.finder.bindings), None if renewed is None else tuple(renewed),
        )  # fmt: skip

    def _settled(self) -> list[SiteNode]:
        """The sites, each where it is reported."""
        nodes = self.settling.settled(map(self.recorder.as_stated, self.finder.nodes))
        handlers = ConstructHandlers(self.channels, self.wired)
        return settled(handlers, nodes, lambda node: self.recorder.declared_place(node.module, node.node.start))

    def _records(self) -> list[SitePair]:
        ids: dict[tuple[int, int], str] = {}
        found: list[SitePair] = []
        taken: set[tuple[object, ...]] = set()
        for node in sorted(
            self._settled(),
            key=lambda n: (n.inner is not None, n.module.path, n.node.start),
        ):
            typed = arguments_of(node.match.place.base)  # a class may take several messages from one queue
            key = (id(node.node), node.role, tuple(name.text for name in node.channel.names), typed)
            if key in taken:
                continue
            taken.add(key)
            self.workspace.beat()
            with one_at_a_time(node.match.library, node.module.path):
                site = self.recorder.record(node, ids.get(_identity(node.inner)) if node.inner is not None else None)
                ids[_identity(node)] = site.id
                found.append((node, site))
        return found


def _exchanged(nodes: Iterable[SitePair], gone: Iterable[SitePair], found: Iterable[SitePair]) -> list[SitePair]:
    """Sites in their order, without those that are ``gone``, with those that were ``found``."""
    without = {id(pair) for pair in gone}
    after = [pair for pair in nodes if id(pair) not in without]
    for pair in found:
        insort(after, pair, key=site_order)
    return after


def _linked_by(node: SiteNode, site: Site) -> tuple[object, ...]:
    """All of a site that flows depend on."""
    names = (keys_of(node), node.channel.pattern, node.routing_keys, node.also_as)
    return site.id, site.role, site.source_set, *names, site.event


def _with_edited(
    before: Iterable[LibraryMatch], found: Iterable[LibraryMatch], edited: frozenset[str]
) -> list[LibraryMatch]:
    """The matches of before outside of the edited files, with those that were found in them now."""
    return [
        *(one for one in before if not _is_in(one, edited)),
        *(one for one in found if _is_in(one, edited)),
    ]


def _is_in(match: LibraryMatch, paths: frozenset[str]) -> bool:
    return match.place.frame is not None and match.place.frame.module.path in paths


def _identity(node: SiteNode) -> tuple[int, int]:
    """What stays the same when a site is merged with another at the same call."""
    return id(node.node), id(node.match.entry)


def decorator_names(index: ClassIndex) -> Iterator[str]:
    """The names of a class's decorators, as they are exported."""
    for decorator in index.definition.decorators:
        name = decorator_name(decorator)
        yield index.module.aliases.get(name, name)


def _names_on(frame: Frame) -> Iterator[str]:
    """The names of a function's decorators, as they are exported."""
    for decorator in frame.function.decorators if frame.function is not None else ():
        name = decorator_name(decorator)
        yield frame.module.aliases.get(name, name)


def _names_in_arguments(site: CallSite) -> Iterator[str]:
    """What is named in the arguments of a call, without the objects on which it is a method."""
    return (last_name(one.value) for one in site.call.args if isinstance(one.value, ir.Member | ir.Name))


def _is_chosen_class(site: CallSite) -> bool:
    """Whether a call constructs what a variable of its function holds."""
    name = site.call.callee.name if isinstance(site.call.callee, ir.Name) else ""
    return site.call.is_new and any(
        one.kind == "value" and isinstance(one.value, ir.Choice) for one in site.frame.definitions.get(name, ())
    )
