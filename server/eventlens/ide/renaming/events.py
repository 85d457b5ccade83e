"""Where the name of an event is written: at its publishers and consumers, in what compares with it, in rules and schemas.

Events of one name that have neither a channel nor a flow nor a place of their name in common are different events.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from eventlens.flow.graph import FlowGraph
from eventlens.flow.linking import BindingFact
from eventlens.flow.model import Place, Site
from eventlens.flow.site_node import SiteNode
from eventlens.ide.index import FlowIndex
from eventlens.ide.renaming.asyncapi_names import AsyncApiNames
from eventlens.ide.renaming.configuration_spelling import let_through
from eventlens.ide.renaming.event_literals import is_constant, literals_of
from eventlens.ide.renaming.refusals import NotRenamable, told_type, type_at, types_named
from eventlens.ide.renaming.renamings import Renaming
from eventlens.ide.renaming.spelt import Spelt
from eventlens.ide.renaming.written_names import WrittenNames
from eventlens.syntax.grammars import language_of

_FAMILIES_BY_FOLDER = frozenset(("java", "kotlin", "go", "csharp"))
"""Languages in which the files of a folder see each other without an import."""
_HOPS = 3
"""How many imports lead from the files of an event's ends to what compares with its name."""


class EventEnds(NamedTuple):
    """The sites of one event, and the places of its name, or why it cannot be renamed."""

    sites: frozenset[str]
    spelt: frozenset[Spelt]
    refused: NotRenamable | None = None


class EventOccurrences:
    """The places of events' names in one snapshot. Asked by one thread at a time."""

    def __init__(self, index: FlowIndex, graph: FlowGraph, written: WrittenNames) -> None:
        self._index = index
        self._graph = graph
        self._written = written
        self._workspace = graph.program.workspace
        self._documents = AsyncApiNames(written)

    def of(self, event: str) -> list[EventEnds]:
        """The events of a name."""
        sites = self._index.of_event(event)
        named = {site.id: self._places_of(site, event) for site in sites}
        left = []
        for together in self._apart(sites):
            others = {place for site in sites if site not in together for place in named[site.id]}
            left.append(self._ends(together, event, others - {place for site in together for place in named[site.id]}))
        found: list[EventEnds] = []
        while left:
            one = left.pop(0)
            same = next((other for other in found if not one.spelt.isdisjoint(other.spelt)), None)
            if same is None:
                found.append(one)
            else:
                found.remove(same)
                refused = same.refused or one.refused
                left.insert(0, EventEnds(same.sites | one.sites, same.spelt | one.spelt, refused))
        return found

    def renaming(self, event: str, ends: EventEnds) -> Renaming:
        """What is renamed. Raises NotRenamable, naming the place, where a part of it is not known."""
        if ends.refused is not None:
            raise ends.refused
        return Renaming(event, [], sorted(ends.spelt), ends.sites)

    # ------------------------------------------------------------------------------------------------------- sites

    def _apart(self, sites: list[Site]) -> list[list[Site]]:
        """The sites in groups that share channels or flows."""
        groups: list[tuple[list[Site], set[str]]] = []
        for site in sites:
            near = {channel.id for channel in self._index.channels_of(site)}
            near |= {one.id for one in (site, *self._index.consumers([site]), *self._index.producers([site]))}
            joined = [group for group in groups if not near.isdisjoint(group[1])]
            groups = [group for group in groups if group not in joined]
            members = [one for group in joined for one in group[0]]
            groups.append(([*members, site], near.union(*(group[1] for group in joined))))
        return [group[0] for group in groups]

    def _places_of(self, site: Site, event: str) -> frozenset[Spelt]:
        try:
            return frozenset(self._of_site(site, event))
        except NotRenamable:
            return frozenset()

    def _ends(self, sites: list[Site], event: str, others: Collection[Spelt]) -> EventEnds:
        """The sites of one event; ``others`` are where events of the same name are named."""
        ids = frozenset(site.id for site in sites)
        found: dict[Spelt, None] = {}
        try:
            for site in sites:
                found.update(dict.fromkeys(self._of_site(site, event)))
            for binding in self._bindings(sites, event):
                found.update(dict.fromkeys(self._of_binding(binding, event)))
            found.update(dict.fromkeys(self._schemas(sites, event)))
            found.update(dict.fromkeys(self._compared(sites, found, others, event)))
            for spelt in found:
                if self._workspace.source_set(spelt.path) == "generated":
                    raise NotRenamable(f"`{event}` is written in the generated file {spelt.path}")
        except NotRenamable as error:
            return EventEnds(ids, frozenset(found), error)
        return EventEnds(ids, frozenset(found))

    def _of_site(self, site: Site, event: str) -> list[Spelt]:
        where = f"{site.file}:{site.line}"
        if site.origin is not None:
            raise NotRenamable(f"`{event}` is used in another repository, {site.origin} ({where})")
        pair = self._graph.by_id.get(site.id)
        if pair is None:
            return []
        node = pair[0]
        filtered = any(event in one.values for one in node.filters if one.field != "source")
        if filtered:
            return self._at_places(node.wiring, event)
        return self._named(site, node, event)

    def _named(self, site: Site, node: SiteNode, event: str) -> list[Spelt]:
        where = f"{site.file}:{site.line}"
        names = [one for one in self._graph.recorder.payloads.event_names(node) if one.text == event]
        trails = [trail for one in names for trail in one.whole_trail]
        found = self._written.along(trails, event)
        if found:
            return found
        declared = next(type_at(self._graph, site), None) if site.schema_name == event else None
        named = declared or next(types_named(self._graph, event), None)
        if named is not None:
            raise NotRenamable(f"the event `{event}` is named after {told_type(self._graph, *named)}")
        if names and not trails:
            raise NotRenamable(
                f"the event `{event}` is named after a type that no file of the workspace declares ({where})"
            )
        raise NotRenamable(f"the event `{event}` is not written as it is for {where}: its name is put together there")

    def _bindings(self, sites: list[Site], event: str) -> Iterator[BindingFact]:
        """The rules that let the event through."""
        brokers = {site.broker for site in sites}
        for binding in self._graph.bindings:
            if binding.source.broker in brokers and any(
                event in one.values for one in binding.filters if one.field != "source"
            ):
                yield binding

    def _of_binding(self, binding: BindingFact, event: str) -> list[Spelt]:
        found = self._at_places(binding.places, event)
        folders = {place.file.rpartition("/")[0] for place in binding.places}
        for path in self._workspace.configs() if not found else ():  # a rule stands apart from its targets in Terraform
            if path.rpartition("/")[0] in folders:
                found += let_through(path, self._written.source(path), event)
        if not found:
            place = f" ({binding.places[0].file}:{binding.places[0].line})" if binding.places else ""
            raise NotRenamable(f"the event `{event}` is not written as it is in the rule that lets it through{place}")
        return found

    def _at_places(self, places: Iterable[Place], event: str) -> list[Spelt]:
        found: list[Spelt] = []
        for place in places:
            if language_of(place.file) is None:
                found += self._written.in_files(place.file, place.line, event)
            else:
                found += self._written.on_line(place.file, place.line, event)
        return found

    # ----------------------------------------------------------------------------------------------------- schemas

    def _schemas(self, sites: list[Site], event: str) -> Iterator[Spelt]:
        """The name in the documents that the map links the event with."""
        for place in dict.fromkeys(site.schema for site in sites if site.schema and site.schema_name == event):
            if language_of(place.file) is not None:
                continue
            found = [] if _is_of_types(place.file) else self._documents.of_message(place.file, place.line, event)
            if not found:
                raise NotRenamable(f"the event `{event}` is named after its schema at {place.file}:{place.line}")
            yield from found

    # --------------------------------------------------------------------------------------------------- comparisons

    def _compared(
        self, sites: list[Site], known: Collection[Spelt], others: Collection[Spelt], event: str
    ) -> Iterator[Spelt]:
        """What the code at the event's ends, and what that imports, compares with the name, and how its types spell it."""
        places = {(one.path, one.start) for one in (*known, *others)}
        for path in self._files(sites, known, event):
            module = self._graph.program.looked_into(path)
            for literal in literals_of(module.module, event) if module is not None else ():
                spelt = self._written.spelt(path, literal.node, event)
                if (spelt is None and is_constant(literal.node)) or (
                    spelt is not None and (spelt.path, spelt.start) in places
                ):
                    continue
                if spelt is None or not literal.is_name:
                    line = self._graph.places.line(module, literal.node.start) if module is not None else 0
                    raise NotRenamable(
                        f"`{event}` stands also at {path}:{line}, where it is not known to be the event's name"
                    )
                yield spelt

    def _files(self, sites: list[Site], known: Iterable[Spelt], event: str) -> list[str]:
        """The code at the ends of the event, where its name is written, and what these import, as far as it has the name."""
        ends = [*sites, *self._index.consumers(sites), *self._index.producers(sites)]
        files = dict.fromkeys(one.file for one in ends)
        files.update(dict.fromkeys(one.handler.file for one in ends if one.handler is not None))
        files.update(dict.fromkeys(one.schema.file for one in ends if one.schema is not None))
        files.update(dict.fromkeys(one.path for one in known))
        reached = {path: None for path in files if language_of(path) is not None}
        waiting = list(reached)
        for _ in range(_HOPS):
            near = [one for path in waiting for one in self._imported(path) if one not in reached]
            waiting = list(dict.fromkeys(near))
            reached.update(dict.fromkeys(waiting))
        return [path for path in reached if event.encode() in self._written.source(path)]

    def _imported(self, path: str) -> Iterator[str]:
        """The source files that a file sees."""
        for specifier in self._workspace.survey(path).imports:
            yield from (one for one in self._workspace.resolve(path, specifier).paths if one in self._workspace)
        known = language_of(path)
        if known is not None and known[0] in _FAMILIES_BY_FOLDER:
            folder = path.rpartition("/")[0]
            yield from (one for one in self._workspace.sources() if one.rpartition("/")[0] == folder)


def _is_of_types(path: str) -> bool:
    """Whether the messages of a file are types that code is made from."""
    return path.endswith((".avsc", ".proto"))
