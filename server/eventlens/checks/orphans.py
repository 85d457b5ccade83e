"""orphan-publish and orphan-subscribe: one end of a channel is not in the workspace, or its name is nearly another's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from eventlens import ir
from eventlens.checks.context import CheckContext, Evidence, Rule
from eventlens.checks.ends_elsewhere import (
    OtherRepositories,
    is_external,
    is_filled_by_broker,
    is_streamed,
    is_wired_elsewhere,
)
from eventlens.checks.made_nowhere import is_made_nowhere
from eventlens.checks.other_ends import OtherEnds
from eventlens.flow import class_members, written_types
from eventlens.flow.denotations import Denotation, Instance, LibraryValue
from eventlens.flow.model import Finding, Severity, Site, Step
from eventlens.flow.module_index import ModuleIndex, decorator_name
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import mentions
from eventlens.workspace.snapshot import Workspace


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
    met = {flow.subscribe if role == "publish" else flow.publish for flow in context.graph.flows}
    linked_inside = {site.of for _, site in context.graph.nodes if site.of is not None and site.id in linked}
    ends = OtherEnds(context, "subscribe" if role == "publish" else "publish")
    elsewhere = OtherRepositories(context, "subscribe" if role == "publish" else "publish")
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
            is_external(context, node)
            or is_wired_elsewhere(context, site)
            or is_streamed(context, site)
            or site.interaction == "reply"
            or site.id in linked_inside  # a site inside a wrapper, linked through its callers
            or elsewhere.holds_other_end(node, site)
            or (role == "publish" and _may_be_handled_by_convention(context, node, site))
            or (role == "publish" and _is_configured_elsewhere(context, node, site))
            or (role == "publish" and site.channel in _triggering(context))
            or (role == "subscribe" and (is_filled_by_broker(site) or _is_handed_on(context, node)))
        ):
            continue
        near = ends.nearest(site)
        shared = bool(site.event) and ends.has_channel(site)
        text = message.format(of_event.format(site.event, site.channel) if shared else of_channel.format(site.channel))
        related: list[Step] = []
        severity: Severity | None = "warning" if context.settings.closed else None
        if near is not None and near.channel_kind == "task" and near.id in met:
            near = None  # tasks are called like their functions: one that is sent and run is no misspelling of another
        if near is not None:
            text, severity = f"{text}; {near.channel} is nearly the same name", "warning"
        elif site.channel_kind == "task":
            continue  # tasks are also started by schedules, consoles and other repositories
        elif ends.may_hold_unread(site) and not (role == "subscribe" and is_made_nowhere(context, node, site)):
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


def _may_be_handled_by_convention(context: CheckContext, node: SiteNode, site: Site) -> bool:
    """Whether the library finds handlers by their names, and one that has such a name mentions what is published."""
    names = {name.rpartition(".")[2] for name in (site.channel, site.event) if name}
    return context.graph.matcher.declared.conventions.may_be_handled(node.match.model, names)


def _triggering(context: CheckContext) -> frozenset[str]:
    """The types of messages by which functions are started that a library without a model calls (``[OurTrigger(…)] OrderPlaced order``)."""
    known = context.shared.get("triggering types")
    if known is None:
        handlers = {id(node.handler.frame.function) for node, _ in context.sites("subscribe") if node.handler.frame}
        known = context.shared["triggering types"] = frozenset(
            parameter.type.name
            for module in _product_code(context)
            for frame in module.frames
            if frame.function is not None and id(frame.function) not in handlers
            for parameter in frame.function.parameters
            if parameter.type is not None and any(map(_is_trigger, parameter.decorators))
        )
    found: frozenset[str] = known
    return found


def _product_code(context: CheckContext) -> Iterator[ModuleIndex]:
    program = context.graph.program
    for module in program.loaded():
        context.beat()
        if program.workspace.source_set(module.path) == "main":
            yield module


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
