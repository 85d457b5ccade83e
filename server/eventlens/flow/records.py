"""Sites as records of the map: stable ids, places, names, guarantee and evidence."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from eventlens import ir
from eventlens.config.infrastructure import filtered_event, has_holes, without_holes
from eventlens.config.secrets import masked, masked_code
from eventlens.flow import conditions
from eventlens.flow.channels import ChannelReader
from eventlens.flow.model import Guarantee, HandlerPlace, Place, Site, SourceSet, Span, Step, UnknownValue
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.payloads import Payloads
from eventlens.flow.schema_files import NO_SCHEMA_FILES, SchemaFiles
from eventlens.flow.schemas import shown_fields
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode, channel_of
from eventlens.flow.source_places import Places
from eventlens.flow.texts import Name
from eventlens.flow.written_arguments import open_name, written_at
from eventlens.knowledge.schema import Publish, Subscribe

_WORD = re.compile(r"\w")
_OFFSET = re.compile(r"@\d+>")
_LAYOUT = re.compile(r"\s+|,(?=\s*[)\]}])")
_TELLING = 60


def stable_id(*parts: object) -> str:
    """A short hash of what identifies a thing, whatever its line."""
    return hashlib.blake2b("\0".join(str(part) for part in parts).encode(), digest_size=8).hexdigest()


def lasting_name(qualified: str) -> str:
    """A qualified name without the offsets that tell unnamed functions and classes apart: it stays when lines are inserted above."""
    return _OFFSET.sub(">", qualified)


def _without_layout(expression: str) -> str:
    """The beginning of an expression without what a formatter decides: it names the same site in the other quotes, and over several lines.

    No more than that of it, because how much of it there is follows from how it is laid out.
    """
    return _LAYOUT.sub("", expression).replace('"', "'")[:_TELLING]


class SiteRecorder:
    """Turns site nodes into records; equal sites in one function are told apart by their order."""

    def __init__(
        self,
        channels: ChannelReader,
        places: Places,
        service_of: Callable[[str], str | None],
        files: SchemaFiles = NO_SCHEMA_FILES,
    ) -> None:
        self.channels = channels
        self.places = places
        self.payloads = Payloads(channels, files)
        self.service_of = service_of
        self.evaluator = channels.matcher.evaluator
        self._ordinals: Counter[str] = Counter()

    def record(self, node: SiteNode, of: str | None) -> Site:
        """The record of a site; ``of`` is the id of the site inside the wrapper."""
        entry = node.match.entry
        assert isinstance(entry, Publish | Subscribe)
        span = self.span(node)
        expression = masked_code(self._expression(node))
        names = node.channel.names
        event = filtered_event(node.filters) or self.payloads.event(node)
        schema = self.payloads.schema(node, event)
        key = self.payloads.key(node)
        first = names[0] if names else None
        return Site(
            id=self._id(node, expression),
            role="publish" if node.role == "publish" else "subscribe",
            file=span.file,
            line=span.line,
            column=span.column,
            end_line=span.end_line,
            end_column=span.end_column,
            language=node.module.module.language,
            broker=node.channel.broker,
            library=node.match.library,
            service=self.service_of(span.file),
            source_set=cast(SourceSet, self.evaluator.program.workspace.source_set(span.file)),
            interaction=entry.interaction,
            reply_channel=self._reply_channel(node),
            channel=first.text if first else None,
            channel_template=first.template if first else None,
            channels=[name.text for name in names],
            channel_expression=expression,
            channel_kind=node.channel.kind,
            routing_key=node.routing_keys[0] if node.routing_keys else None,
            group=self.channels.first_text(node.place, entry.group) if isinstance(entry, Subscribe) else None,
            event=event and masked(event),
            payload=shown_fields(schema.fields),
            payload_source=schema.source,
            schema=schema.place,
            schema_name=schema.name or None,
            key=key and masked_code(key),
            handler=self._handler(node),
            wiring=list(node.wiring),
            guarantee=self._guarantee(node),
            confidence="likely" if node.match.likely else "certain",
            via=node.via,
            of=of,
            origin=None,
            evidence=self._evidence(node),
        )

    # ------------------------------------------------------------------------------------------------------ place

    def span(self, node: SiteNode) -> Span:
        """The place shown for a site: the callee of the call, the decorator, or the class's name."""
        start, end = callee_range(node)
        module = node.module
        if (
            self.places.line(module, start) != self.places.line(module, end)
            and isinstance(node.node, ir.Call)
            and isinstance(node.node.callee, ir.Member)
        ):
            start = node.node.callee.name_start or start
        return self.places.span(module, start, end)

    def _id(self, node: SiteNode, expression: str) -> str:
        call = (
            node.node.callee.name
            if isinstance(node.node, ir.Call) and isinstance(node.node.callee, ir.Member | ir.Name)
            else type(node.node).__name__
        )
        owner = (
            node.handler.frame.name if node.via == "framework" and node.handler.frame is not None else node.frame.name
        )
        identity = stable_id(node.role, node.module.path, lasting_name(owner), call, _without_layout(expression))
        self._ordinals[identity] += 1
        return stable_id(identity, self._ordinals[identity])

    def _expression(self, node: SiteNode) -> str:
        """The channel as it is written where the site stands; for a fixed channel, where it is fixed; for one that is not known, what names it."""
        written = written_channel(node) if node.channel.names else open_name(node, channel_of(node.match))
        if written is not None:
            return self.evaluator.source(*written)
        return node.channel.names[0].template if node.channel.names else ""

    # ----------------------------------------------------------------------------------------------------- content

    def _reply_channel(self, node: SiteNode) -> str | None:
        entry = node.match.entry
        if (
            not isinstance(entry, Publish)
            or not entry.reply_channel
            or not conditions.hold_at(node.place, entry.reply_channel_when, node.channel.broker)
        ):
            return None
        return self.channels.first_text(node.place, entry.reply_channel)

    def _handler(self, node: SiteNode) -> HandlerPlace | None:
        frame, export = node.handler.frame, node.handler.export
        if node.role == "publish":
            return None
        if export is not None:
            line = self.places.line(export.module, export.start)
            return HandlerPlace(file=export.module.path, line=line, name=export.name)
        if frame is None:
            return None
        if frame.function is None:
            return HandlerPlace(
                file=frame.module.path,
                line=self.places.line(frame.module, node.handler.loop.start if node.handler.loop else 0),
                name="<module>",
            )
        function = frame.function
        named = lasting_name(function.qualname) if function.name else ""
        name = named or frame.module.lambda_names.get(id(function), "<lambda>")
        return HandlerPlace(
            file=frame.module.path,
            line=self.places.line(frame.module, function.name_start or function.start),
            name=name,
        )

    def _guarantee(self, node: SiteNode) -> Guarantee:
        entry = node.match.entry
        if isinstance(entry, Subscribe):
            for case in entry.delivery_cases:
                if conditions.hold_at(node.place, case.when, node.channel.broker):
                    return case.delivery
            return entry.delivery
        assert isinstance(entry, Publish)
        if entry.transactional and conditions.hold_at(node.place, entry.transactional, node.channel.broker):
            return "exactly-once"
        return "at-most-once" if entry.completion == "none" else "at-least-once"

    def _evidence(self, node: SiteNode) -> list[Step]:
        module = node.match.place.frame.module if node.match.place.frame is not None else node.module
        matcher = node.match.entry.call or node.match.entry.decorator or node.match.entry.implements or "?"
        start = node.match.place.call.start if node.match.place.call is not None else node.node.start
        steps = [
            self.places.step(
                module.path,
                start,
                f"{matcher} of {node.match.library} {node.role}es here"
                if node.role == "publish"
                else f"{matcher} of {node.match.library} subscribes here",
            )
        ]
        for caller in node.chain:
            function = caller.callee.frame.function
            name = lasting_name(function.qualname) if function is not None else "?"
            steps.append(self.places.step(caller.frame.module.path, caller.call.start, f"called through {name} here"))
        for channel in node.channel.names[:1]:
            steps.extend(
                self.places.step(trail.path, trail.offset, f"channel {channel.text}: {trail.message}")
                for trail in channel.trail
            )
        return steps

    def as_stated(self, node: SiteNode) -> SiteNode:
        """The site with the channel that the user states for its expression, or the only one that deployment tells its code of, where nothing else tells the name."""
        if any(name.unknown for name in node.channel.names):
            again = self.channels.read(node.match, node.place, channel_of(node.match))
            if again.names and not any(name.unknown for name in again.names):
                return replace(node, channel=again)
        if node.channel.names:
            return node
        stated = self.channels.variables.stated(self._expression(node))
        if stated is None and node.role == "publish":
            stated = self.channels.variables.told(node.channel.broker, node.channel.kind, node.module.path)
        if stated is None:
            return node
        name = Name(without_holes(stated[0]), stated[0], not has_holes(stated[0]), (stated[1],))
        return replace(node, channel=replace(node.channel, names=(name,)))

    def unknown(self, node: SiteNode) -> list[UnknownValue]:
        """What would have to be said for the channel to be known."""
        names = node.channel.names
        wanted: list[tuple[str, str | None]] = [
            (f"channel from {variable.name}", _setting_of(variable.name)) for name in names for variable in name.unknown
        ]
        wanted.extend(_about_hole(hole, name.template) for name in names for hole in name.holes)
        if not names:
            expression = self._expression(node)
            wanted.append((f"channel {masked_code(expression) or 'of this call'}", _setting(expression)))
        if not wanted:
            return []
        span = self.span(node)
        return [UnknownValue(file=span.file, line=span.line, what=what, set=setting) for what, setting in wanted]

    def declared_place(self, module: ModuleIndex, offset: int) -> Place:
        """A place in a source file by byte offset."""
        return Place(file=module.path, line=self.places.line(module, offset))


def _setting_of(name: str) -> str:
    """The setting that says what a variable or a key is; a dotted key is one key of TOML in quotes."""
    return f"values.{name}" if name.replace("_", "").isalnum() else f'values."{name}"'


def _about_hole(hole: str, template: str) -> tuple[str, str | None]:
    """What is not known of a name, and its setting; there is none for a part that the code does not name."""
    if not _WORD.search(hole):
        return f"a part of channel {template}", None
    return f"{masked_code(hole)} in channel {template}", _setting(hole)


def _setting(expression: str) -> str | None:
    """The setting that says what an expression is; none for one that holds a secret and so cannot be named."""
    return f'values."{expression}"' if expression and masked_code(expression) == expression else None


def callee_range(node: SiteNode) -> tuple[int, int]:
    """Bytes of what is underlined for a site."""
    value = node.node
    if isinstance(value, ir.Class):
        return value.name_start, value.name_end
    if isinstance(value, ir.Call) and node.via != "framework":
        return value.callee.start, value.callee.end
    return value.start, value.end


def written_channel(node: SiteNode) -> tuple[ir.Value, Frame] | None:
    """The channel argument as written at the library call, or at the wrapper's caller when it is passed there, with the scope it stands in."""
    return written_at(node, channel_of(node.match).name)
