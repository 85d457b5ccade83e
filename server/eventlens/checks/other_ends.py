"""The ends that an orphan lacks: which names there are on the other side, how near they come, and what may stand there unread."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from eventlens import ir
from eventlens.checks.context import CheckContext
from eventlens.config.secrets import MASK
from eventlens.flow.channels import broker_of
from eventlens.flow.denotations import Opaque
from eventlens.flow.model import Site
from eventlens.flow.module_index import CallSite, ModuleIndex
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import BrokerChoice, Publish, Subscribe

_NEAR = 0.88
"""How alike two names must be, by `difflib.SequenceMatcher`, for one to be a misspelling of the other."""


class OtherEnds:
    """The sites of the role that orphans lack."""

    def __init__(self, context: CheckContext, role: str) -> None:
        self._context = context
        self._role = role
        self._named: dict[str, dict[str, Site]] = {}
        """Broker → channel → the first site that names it."""
        self._open: dict[str, list[tuple[SiteNode, Site]]] = {}
        """Broker → sites whose channel is not known, or not wholly."""
        for node, site in context.sites(role):
            if site.channel:
                self._named.setdefault(site.broker, {}).setdefault(site.channel, site)
            if site.channel is None or node.channel.symbolic or any("*" in name for name in site.channels):
                self._open.setdefault(site.broker, []).append((node, site))

    def has_channel(self, site: Site) -> bool:
        """Whether there is an end on the very channel: then only an event has none."""
        return site.channel in self._named.get(site.broker, ())

    def nearest(self, site: Site) -> Site | None:
        """A site on another channel of the same broker whose name differs by a letter, case or separators."""
        mine = site.channel or ""
        if len(mine) < 5:
            return None
        bare = mine.rstrip(".*>#")  # what comes below a name is no misspelling of it
        for theirs, other in self._named.get(site.broker, {}).items():
            if (
                theirs not in (mine, bare)
                and "*" not in theirs
                and MASK not in mine + theirs
                and are_near(mine, theirs)
            ):
                return other
        return None

    def may_hold_unread(self, site: Site) -> bool:
        """Whether the other end may stand in this workspace unread: an end whose channel is not known, or a use of the library that gave no site."""
        return any(_may_be_named(node, one, site) for node, one in self._open.get(site.broker, ())) or (
            site.broker in _unread(self._context, self._role)
        )


def _may_be_named(node: SiteNode, other: Site, site: Site) -> bool:
    """Whether the channel of another site, as far as it is known, may be that of ``site``."""
    if other.channel is None or node.channel.symbolic:
        return True
    # a pattern that is meant as one says exactly what it fits; only holes in a name leave it open
    wanted = (site.channel or "").replace(">", "*").replace("#", "*")
    return not node.channel.pattern and any(
        "*" in name and (_may_meet(name, wanted) if "*" in wanted else fnmatch.fnmatchcase(wanted, name))
        for name in other.channels
    )


def _may_meet(one: str, other: str) -> bool:
    """Whether two names with holes can be the same: how they begin, and how they end, does not rule it out."""
    begins = (one.partition("*")[0], other.partition("*")[0])
    ends = (one.rpartition("*")[2][::-1], other.rpartition("*")[2][::-1])
    return all(mine.startswith(theirs) or theirs.startswith(mine) for mine, theirs in (begins, ends))


def _unread(context: CheckContext, role: str) -> frozenset[str]:
    """The brokers for which some file imports a library and calls what may be its methods of a role, on objects that are not known."""
    return frozenset(broker for brokers in _unread_by_file(context, role).values() for broker in brokers)


def _unread_by_file(context: CheckContext, role: str) -> dict[str, frozenset[str]]:
    key = f"unread {role}"
    if key not in context.shared:
        before = _unread_by_file(context.before, role) if context.before is not None else {}
        known = {path: brokers for path, brokers in before.items() if not context.is_renewed(path)}
        fresh = {
            module.path: frozenset(_unread_in(context, module, role))
            for module in context.graph.program.loaded()
            if context.is_renewed(module.path)
        }
        context.shared[key] = known | {path: brokers for path, brokers in fresh.items() if brokers}
    found: dict[str, frozenset[str]] = context.shared[key]
    return found


def _unread_in(context: CheckContext, module: ModuleIndex, role: str) -> Iterator[str]:
    graph = context.graph
    if graph.program.workspace.source_set(module.path) != "main":
        return
    names = dict.fromkeys(name for item in module.module.imports for name in _and_above(item.module))
    models = {
        id(model): model
        for name in names
        if name != "global"
        for model in graph.evaluator.catalogue.by_package.get(name, ())
    }
    for model in models.values():
        library = model.model
        entries: Sequence[Publish | Subscribe] = library.publishes if role == "publish" else library.subscribes
        methods = {entry.call.rpartition(".")[2] for entry in entries if entry.call and "." in entry.call}
        possible: set[str] = {library.broker} if library.broker is not None else _brokers_of(entries)
        for one in (one for name in methods for one in module.calls.get(name, ())):
            yield from _unread_at(context, one, role, possible)


def _brokers_of(entries: Iterable[Publish | Subscribe]) -> set[str]:
    """The brokers among which the configuration of a library chooses."""
    choices = [one.broker for one in entries if isinstance(one.broker, BrokerChoice)]
    return {"abstract", *(broker for choice in choices for broker in choice.map.values())}


@lru_cache(maxsize=4096)
def _and_above(imported: str) -> tuple[str, ...]:
    """The name of an imported module and those of the packages that hold it."""
    return (imported, *(imported[: match.start()] for match in re.finditer(r"[/.]", imported) if match.start()))


def _unread_at(context: CheckContext, one: CallSite, role: str, possible: set[str]) -> set[str]:
    """The brokers that a method call may speak to unseen: on an object of which nothing is known, not even that callers pass it, all
    ``possible`` ones; inside a wrapper of which no caller is known, that of the library's object, where it is known."""
    if not isinstance(one.call.callee, ir.Member):
        return set()
    matches = context.graph.matcher.at_call(one.call, one.frame)
    if not matches:
        values = context.graph.evaluator.evaluate(one.call.callee.object, one.frame)
        return possible if all(isinstance(found, Opaque) for found in values) else set()
    if id(one.call) in _calls_of_sites(context):
        return set()
    section = "publishes" if role == "publish" else "subscribes"
    chosen = {broker_of(match, match.place) for match in matches if match.section == section}
    return chosen if "abstract" not in chosen else chosen | possible


def _calls_of_sites(context: CheckContext) -> set[int]:
    """The identities of the library's calls that sites came from."""
    if "calls of sites" not in context.shared:
        context.shared["calls of sites"] = {id(node.match.place.call) for node, _ in context.graph.nodes}
    found: set[int] = context.shared["calls of sites"]
    return found


def are_near(one: str, other: str) -> bool:
    """Whether two names differ by a letter, case or separators."""
    return _plain(one) == _plain(other) or _differ_by_letters(one, other)


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=4096)
def _words(name: str) -> list[str]:
    """The words of a name, told apart by separators or, as in ``updateToken``, by capitals."""
    return re.split(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])", name)


def _differ_by_letters(one: str, other: str) -> bool:
    """Nearly equal names: one or two letters of one word differ, and not only a number or a whole word."""
    words, others = _words(one), _words(other)
    if abs(len(one) - len(other)) > 2 or len(words) != len(others):
        return False
    changed = [(a, b) for a, b in zip(words, others) if a != b]
    return (
        len(changed) == 1
        and re.sub(r"\d", "", one) != re.sub(r"\d", "", other)
        and difflib.SequenceMatcher(None, one, other).ratio() >= _NEAR
        and difflib.SequenceMatcher(None, *changed[0]).ratio() >= 0.75
    )
