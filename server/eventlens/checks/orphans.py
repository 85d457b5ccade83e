"""orphan-publish and orphan-subscribe: one end of a channel is not in the workspace, or its name is nearly another's."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from eventlens import ir
from eventlens.checks.context import CheckContext, Evidence, Rule
from eventlens.config.secrets import MASK
from eventlens.flow import class_members, written_types
from eventlens.flow.channels import broker_of
from eventlens.flow.denotations import Denotation, Instance, LibraryValue, Opaque
from eventlens.flow.linking import keys_of
from eventlens.flow.model import Finding, Severity, Site, Step
from eventlens.flow.program import CallSite, ModuleIndex, decorator_name
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import mentions
from eventlens.knowledge.schema import BrokerChoice, Publish, Subscribe
from eventlens.workspace.snapshot import Workspace

_NEAR = 0.88


def _run_publish(context: CheckContext) -> Iterator[Finding]:
    yield from _orphans(context, "publish", PUBLISH, "nobody in this workspace consumes {0}", "{0} from {1}")


def _run_subscribe(context: CheckContext) -> Iterator[Finding]:
    yield from _orphans(
        context, "subscribe", SUBSCRIBE, "nobody in this workspace publishes {0}", "{0} to {1}", "to {0}"
    )


def _orphans(
    context: CheckContext, role: str, rule: Rule, message: str, of_event: str, of_channel: str = "{0}"
) -> Iterator[Finding]:
    """``of_event`` words what is lacking where the channel has another end, and only one event has none."""
    linked = {flow.publish if role == "publish" else flow.subscribe for flow in context.graph.flows}
    linked_inside = {site.of for _, site in context.graph.nodes if site.of is not None and site.id in linked}
    ends = _OtherEnds(context, "subscribe" if role == "publish" else "publish")
    elsewhere = _OtherRepositories(context, "subscribe" if role == "publish" else "publish")
    reported: dict[tuple[str, str, str], Finding] = {}
    for node, site in context.sites(role):
        if (
            site.id in linked
            or site.of is not None
            or not site.channel
            or ("*" in site.channel and not node.channel.pattern)
            or site.confidence == "likely"
        ):
            continue
        if (
            _is_external(context, node)
            or _is_wired_elsewhere(context, site)
            or _is_streamed(context, site)
            or site.interaction == "reply"
            or site.id in linked_inside  # a site inside a wrapper, linked through its callers
            or elsewhere.holds_other_end(node, site)
            or (role == "publish" and _may_be_handled_by_convention(context, node, site))
            or (role == "publish" and _is_configured_elsewhere(context, node, site))
            or (role == "publish" and site.channel in _triggering(context))
            or (role == "subscribe" and (_is_filled_by_broker(site) or _is_handed_on(context, node)))
        ):
            continue
        near = ends.nearest(site)
        shared = bool(site.event) and ends.has_channel(site)
        text = message.format(of_event.format(site.event, site.channel) if shared else of_channel.format(site.channel))
        related: list[Step] = []
        severity: Severity | None = "warning" if context.settings.closed else None
        if near is not None:
            text, severity = f"{text}; {near.channel} is nearly the same name", "warning"
        elif site.channel_kind == "task":
            continue  # tasks are also started by schedules, consoles and other repositories
        elif ends.may_hold_unread(site):
            continue
        key = (site.broker, f"{site.event} {site.channel}" if shared else site.channel, site.file)
        if key in reported:
            again = Evidence(
                node.frame, node.node, f"{site.channel} is also {'published' if role == 'publish' else 'consumed'} here"
            )
            reported[key] = _with_related(reported[key], [context.step(again)])
            continue
        if near is not None:
            related = [
                Step(
                    file=near.file,
                    line=near.line,
                    message=f"{near.channel} is {'consumed' if role == 'publish' else 'published'} here",
                )
            ]
        reported[key] = _with_related(context.finding(rule, text, at=node, severity=severity), related)
    yield from reported.values()


def _with_related(finding: Finding, related: list[Step]) -> Finding:
    return msgspec.structs.replace(finding, related=[*finding.related, *related])


def _is_external(context: CheckContext, node: SiteNode) -> bool:
    """Whether the user says that the channel's other end lies elsewhere."""
    return any(fnmatch.fnmatchcase(key.name, one.channel) for key in keys_of(node) for one in context.settings.external)


def _is_filled_by_broker(site: Site) -> bool:
    """Whether nobody publishes to such a channel: the dead letters of a queue, a subscription that infrastructure ties to a topic."""
    return (site.channel or "").endswith("/$DeadLetterQueue") or site.broker == "google-pubsub"


def _is_streamed(context: CheckContext, site: Site) -> bool:
    """Whether a connector publishes rows of the workspace's database to the channel that is consumed."""
    return (
        site.role == "subscribe"
        and site.broker == "kafka"
        and any(stream.writes_to(site.channel or "") for stream in context.graph.declared.streams)
    )


def _may_be_handled_by_convention(context: CheckContext, node: SiteNode, site: Site) -> bool:
    """Whether the library finds handlers by their names, and one that has such a name mentions what is published."""
    names = {name.rpartition(".")[2] for name in (site.channel, site.event) if name}
    return context.graph.matcher.declared.conventions.may_be_handled(node.match.model, names)


def _triggering(context: CheckContext) -> frozenset[str]:
    """The types of messages by which functions are started that a library without a model calls (``[OurTrigger(…)] OrderPlaced order``)."""
    known = context.shared.get("triggering types")
    if known is None:
        program = context.graph.program
        handlers = {id(node.handler.frame.function) for node, _ in context.sites("subscribe") if node.handler.frame}
        known = context.shared["triggering types"] = frozenset(
            parameter.type.name
            for module in program.loaded()
            if program.workspace.source_set(module.path) == "main"
            for frame in module.frames
            if frame.function is not None and id(frame.function) not in handlers
            for parameter in frame.function.parameters
            if parameter.type is not None and any(map(_is_trigger, parameter.decorators))
        )
    found: frozenset[str] = known
    return found


def _is_trigger(decorator: ir.Value) -> bool:
    return decorator_name(decorator).removesuffix("Attribute").endswith("Trigger")


def _is_handed_on(context: CheckContext, node: SiteNode) -> bool:
    """Whether all that a handler does is to hand the message to another messaging library: the channel is that one's own input."""
    frame = node.handler.frame
    if frame is None or frame.function is None:
        return False
    body, given = frame.function.body or (), {one.name for one in frame.function.parameters}
    calls = [call for call in frame.calls if any(one.start <= call.start < one.end for one in body)]
    if len(calls) != 1 or not isinstance(calls[0].callee, ir.Member):
        return False
    if not any(mentions(one.value, given) for one in calls[0].args):
        return False
    evaluator, taker = context.graph.evaluator, calls[0].callee.object
    if isinstance(taker, ir.Super) and frame.cls is not None:
        taking: Iterable[Denotation] = class_members.library_values_of_class(evaluator, frame.cls, Instance(frame.cls))
    else:
        taking = evaluator.evaluate(taker, frame)
    return any(
        isinstance(one, LibraryValue) and one.model is not node.match.model and bool(one.model.model.subscribes)
        for value in taking
        for one in (value, *written_types.declared_types(evaluator, value))
    )


_CONFIGURATION = (".yaml", ".yml", ".json", ".toml", ".properties", ".ini", ".cfg", ".conf", ".env")


def _is_configured_elsewhere(context: CheckContext, node: SiteNode, site: Site) -> bool:
    """Whether a channel that the code names stands in configuration as well, as the topic, queue or input of something.

    Where the publisher itself takes its channel from configuration, that says nothing of others."""
    name = (site.channel or "").encode()
    trails = [step.path for one in node.channel.names for step in (*one.trail, *one.also)]
    if not trails or any(path.endswith(_CONFIGURATION) for path in trails):
        return False
    stated = re.compile(
        _STATING + re.escape(name) + rb"""["']?[ \t]*,?[ \t]*(?:#.*)?\r?$""", re.IGNORECASE | re.MULTILINE
    )
    return any(name in text and stated.search(text) for text in _configurations(context))


_STATING = rb"""^[ \t-]*["']?[\w.-]*(?:topic|queue|channel|subject|stream|source|input|consum|listen|subscri)[\w.-]*(?<!name)["']?[ \t]*[:=][ \t]*["']?"""
"""A line of configuration that gives something to a key which is called like a channel or what takes from one."""


def _configurations(context: CheckContext) -> Sequence[bytes]:
    """The texts of product configuration with such a line, read once for all channels."""
    if "configurations" not in context.shared:
        context.shared["configurations"] = list(_stating_texts(context.graph.program.workspace))
    found: list[bytes] = context.shared["configurations"]
    return found


def _stating_texts(workspace: Workspace) -> Iterator[bytes]:
    states = re.compile(_STATING, re.IGNORECASE | re.MULTILINE)
    for path in workspace.configs():
        if path.endswith(_CONFIGURATION) and workspace.source_set(path) == "main":
            try:
                text = workspace.text(path)
            except (OSError, KeyError):
                continue
            if states.search(text):
                yield text


class _OtherRepositories:
    """The sites of the role that orphans lack, in the maps of other repositories."""

    def __init__(self, context: CheckContext, role: str) -> None:
        self._named = {
            (site.broker, name)
            for other in context.others
            for site in other.sites
            if site.role == role and site.source_set == "main"
            for name in (site.channel, *site.channels)
            if name is not None
        }
        self._bound = {
            (channel.broker, channel.name)
            for other in context.others
            for channel in other.channels
            for binding in other.bindings
            if channel.id in (binding.from_, binding.to)
        }

    def holds_other_end(self, node: SiteNode, site: Site) -> bool:
        """Whether a site on one of the channels, or a binding from or to it, stands in another repository."""
        names = [(site.broker, key.name) for key in keys_of(node)]
        return any(name in self._named or name in self._bound for name in names)


_CLOUD = frozenset(("sns", "google-pubsub", "sqs", "eventbridge", "kinesis", "dynamodb-streams"))
"""Brokers whose channels are usually joined by infrastructure code."""


def _is_wired_elsewhere(context: CheckContext, site: Site) -> bool:
    """Whether infrastructure code (Terraform, CloudFormation) names the channel: it may bind it, and what it says is not followed."""
    if site.broker not in _CLOUD or site.channel is None:
        return False
    if site.broker == "eventbridge" and site.channel == "default":
        return True  # the account's own bus: the cloud's services publish to it, and anybody's rules listen
    workspace, name = context.graph.program.workspace, site.channel.encode()
    for path in workspace.configs():
        if path.endswith((".tf", ".yaml", ".yml", ".json")):
            try:
                text = workspace.text(path)
            except (OSError, KeyError):
                continue
            if name in text and (path.endswith(".tf") or b"AWS::" in text or b"serverless" in text):
                return True
    return False


class _OtherEnds:
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
                and _are_near(mine, theirs)
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


def _are_near(one: str, other: str) -> bool:
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


PUBLISH = Rule(
    "orphan-publish",
    "info",
    "Add the consumer, mend the name, or declare the channel under [external] in eventlens.toml.",
    _run_publish,
    needs_all_sites=True,
)
SUBSCRIBE = Rule(
    "orphan-subscribe",
    "info",
    "Add the producer, mend the name, or declare the channel under [external] in eventlens.toml.",
    _run_subscribe,
    needs_all_sites=True,
)
