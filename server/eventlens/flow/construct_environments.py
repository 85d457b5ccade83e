"""Environment variables that constructs give to the functions they deploy (``environment: {QUEUE_URL: queue.queueUrl}``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.config.infrastructure import ChannelName, channel_of_arn
from eventlens.flow.channels import ChannelReader
from eventlens.flow.denotations import LibraryMember, LibraryValue, is_symbolic
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.scopes import Frame
from eventlens.flow.variables import Given
from eventlens.knowledge.schema import Declare

_CONSTRUCTS = "aws-cdk"
"""The model whose values are constructs."""
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_MAX_DEPTH = 4


class ConstructEnvironments:
    """Reads what the modules that declare constructs give to functions."""

    def __init__(self, channels: ChannelReader) -> None:
        self._channels = channels
        self._matcher = channels.matcher

    def given(self, module: ModuleIndex) -> Iterator[tuple[str, Given]]:
        """The variables that a module sets, each with its value, for code anywhere: what a function runs is not always known."""
        if not self._declares_constructs(module):
            return
        for frame in module.frames:
            for call in frame.calls:
                for argument in call.args:
                    for field in _environments(argument.value, 0):
                        yield from self._variables(module, frame, field)

    def _declares_constructs(self, module: ModuleIndex) -> bool:
        packages = next(
            (
                one.model.packages
                for one in self._matcher.evaluator.catalogue.models
                if one.model.library == _CONSTRUCTS
            ),
            [],
        )
        return any(
            item.module == package or item.module.startswith((f"{package}/", f"{package}."))
            for item in module.module.imports
            for package in packages
        )

    def _variables(self, module: ModuleIndex, frame: Frame, environment: ir.Object) -> Iterator[tuple[str, Given]]:
        for field in environment.fields:
            if field.key is None or not _VARIABLE.fullmatch(field.key):
                continue
            for value, channel in self._values(field.value, frame):
                message = f"{field.key} is given to a function here"
                yield field.key, Given(value, "", module.path, field.start, message, channel)

    def _values(self, written: ir.Value, frame: Frame) -> Iterator[tuple[str, ChannelName | None]]:
        place = self._matcher.place(None, frame)
        for meaning in self._matcher.evaluator.evaluate(written, frame):
            if isinstance(meaning, LibraryMember | LibraryValue):
                broker, kind = self._declared_as(meaning)
                for value in self._channels.declared(meaning, place):
                    for name in self._channels.names_of(value, place):
                        yield name.template, ChannelName(broker, kind, name.template) if broker else None
            elif not is_symbolic(meaning) or not isinstance(meaning, LibraryValue):
                for name in self._channels.names_of(meaning, place):
                    channel = channel_of_arn(name.template)
                    if name.text.strip("*"):
                        yield (channel.name if channel is not None else name.template), channel

    def _declared_as(self, meaning: LibraryMember | LibraryValue) -> tuple[str, str]:
        """Broker and kind of the channel that a construct declares."""
        current: LibraryValue | None = meaning.value if isinstance(meaning, LibraryMember) else meaning
        while current is not None:
            if isinstance(current.call, ir.Call) and current.frame is not None:
                for match in self._matcher.at_call(current.call, current.frame):
                    if isinstance(match.entry, Declare) and isinstance(match.entry.broker, str):
                        return match.entry.broker, match.entry.channel.kind or ""
            current = current.parent
        return "", ""


def _environments(value: ir.Value, depth: int) -> Iterator[ir.Object]:
    """The objects under ``environment`` in what a construct is given."""
    if not isinstance(value, ir.Object) or depth > _MAX_DEPTH:
        return
    for field in value.fields:
        if field.key == "environment" and isinstance(field.value, ir.Object):
            yield field.value
        else:
            yield from _environments(field.value, depth + 1)
