"""Where sites are reported once all are found: one for each call of a wrapper, and one for each handler that deployment wires."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eventlens.flow.callers import Callers
from eventlens.flow.channels import ChannelReader
from eventlens.flow.denotations import Parameter, Receiver, roots
from eventlens.flow.scopes import Frame
from eventlens.flow.scopes_around import is_constructor, is_state, lies_in
from eventlens.flow.site_node import SiteNode, channel_of


class Settling:
    """Puts sites where they are reported."""

    def __init__(self, callers: Callers, channels: ChannelReader) -> None:
        self.callers = callers
        self.channels = channels
        self.passing: set[Frame] = set()
        """Functions that only give their event to a handler."""

    def add_wired(self, nodes: list[SiteNode], site: SiteNode) -> None:
        """Take up a subscription that deployment wires. Where the handler itself hands its batch to a library, that call is the site."""
        for at, other in enumerate(nodes):
            if (
                other.role == "subscribe"
                and not other.channel.names
                and other.match.library == site.match.library
                and (other.handler.frame is site.handler.frame or lies_in(other.frame, site.handler.frame))
            ):
                if other.match.entry.typed:
                    other = replace(site, match=replace(other.match, place=site.match.place))
                nodes[at] = replace(
                    other, channel=site.channel, wiring=site.wiring, filters=site.filters, dead_letter=site.dead_letter
                )
                return
        nodes.append(site)

    def settled(self, nodes: Iterable[SiteNode]) -> list[SiteNode]:
        """The sites with one for each call of a wrapper that sends on to several channels: the one whose event the caller decides.

        The others, to channels that the wrapper's object holds (where it keeps what could not be sent), stand at their library calls.
        """
        found = list(nodes)
        handled = {node.handler.frame for node in found if not node.match.entry.typed}
        listed = [
            node
            for node in found
            if not self._is_unwired(node)
            and not (node.match.entry.typed and not node.wiring and node.handler.frame in handled)
        ]
        named: dict[int, list[SiteNode]] = {}
        for node in listed:
            if node.role == "publish" and node.chain and node.inner is None and self._names_event(node):
                named.setdefault(id(node.node), []).append(node)
        kept: list[SiteNode] = []
        inside: dict[int, SiteNode] = {}
        for node in listed:
            others = [one for one in named.get(id(node.node), ()) if one.match.place.call is not node.match.place.call]
            call, frame = node.match.place.call, node.match.place.frame
            if node in named.get(id(node.node), ()) or not others or call is None or frame is None:
                kept.append(node)
            elif self._held_by_object(node):
                known = inside.get(id(call))
                names = {one.text: one for one in (*(known.channel.names if known else ()), *node.channel.names)}
                channel = replace(node.channel, names=tuple(names.values()))
                inside[id(call)] = replace(
                    node, place=node.match.place, frame=frame, node=call, channel=channel, chain=(), via="direct"
                )
            else:
                kept.append(node)
        return [*kept, *inside.values()]

    def _is_unwired(self, node: SiteNode) -> bool:
        """Whether a function only takes what the runtime gives to handlers, and nothing says that it is one: it is not even exported, or other code imports it."""
        frame = node.handler.frame
        if not node.match.entry.typed or node.wiring or node.role != "subscribe" or frame is None:
            return False
        if frame.module.module.package:
            return frame in self.passing or bool(self.callers.of(frame))  # nothing is exported by name there
        if frame.parent is not frame.module.top or frame in self.passing:
            return True
        function = frame.function
        name = (function.name or frame.module.lambda_names.get(id(function), "")) if function is not None else ""
        workspace = self.callers.evaluator.program.workspace
        if any(workspace.source_set(path) == "main" for path in workspace.importers_of(frame.module.path)):
            return True
        return not frame.module.module.offers_every_name and name not in frame.module.exports

    def _names_event(self, node: SiteNode) -> bool:
        """Whether the library is told what event it is: its model says where."""
        return getattr(node.match.entry, "event", None) is not None

    def _held_by_object(self, node: SiteNode) -> bool:
        """Whether a channel hangs on the state of the wrapper's object alone."""
        written = self.channels.read(node.match, node.match.place, channel_of(node.match))
        return bool(written.symbolic) and all(
            is_state(root, node.match.place.frame) and not _is_own_parameter(root, node.match.place.frame)
            for value in written.symbolic
            for root in roots(value)
        )


def _is_own_parameter(root: Parameter | Receiver, frame: Frame | None) -> bool:
    """Whether a value is a parameter of a function around the scope, other than a constructor's."""
    return isinstance(root, Parameter) and not is_constructor(root.frame) and frame is not None
