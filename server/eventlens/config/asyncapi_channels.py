"""The channels of an AsyncAPI document: how the document calls each, and whether it says that the application uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.config.json_schema import Files, Node, resolve
from eventlens.config.message_schemas import ApplicationDocument, DocumentedChannel
from eventlens.config.values import Scalar, Table, Value, at, items_at, leaves, line_of, table_at, text_at

_PARAMETER = re.compile(r"\{[^{}]*\}")
_ACTIONS = {"send": "publish", "receive": "subscribe"}
_NAMING = frozenset(("topic", "name", "destination", "queue", "objectName", "topicString", "topicSubscriptions", "cc"))
"""Keys of the bindings of brokers under which the broker's own name of a channel, or a routing key, stands."""


def application_of(root: Node, files: Files) -> ApplicationDocument:
    """What a document says of the application that it describes."""
    reading = _Reading(root, files)
    channels = tuple(reading.channels())
    info = table_at(root.value, "info")
    return ApplicationDocument(
        title=text_at(info, "title") or "",
        line=line_of(root.value, "info", "title"),
        channels=channels,
        is_whole=reading.is_whole,
    )


class _Reading:
    def __init__(self, root: Node, files: Files) -> None:
        self._root = root
        self._files = files
        self._is_later = not (text_at(root.value, "asyncapi") or "").startswith(("1", "2"))
        self._operations = list(self._operations_apart()) if self._is_later else []
        self.is_whole = True
        """Whether every channel that the document refers to could be read."""

    def channels(self) -> Iterator[DocumentedChannel]:
        written = table_at(self._root.value, "channels")
        for key, value in written.entries.items():
            node = (
                Node(value, self._root.path, self._root.root, written.lines[key]) if isinstance(value, Table) else None
            )
            channel = resolve(node, self._files) if node is not None else None
            if channel is None:
                self.is_whole = False
                continue
            yield self._channel(key, written.lines[key], channel)

    def _channel(self, key: str, line: int, channel: Node) -> DocumentedChannel:
        operations = self._operations_of(key, channel)
        address = text_at(channel.value, "address") if self._is_later else key
        bindings = [at(part, "bindings") for part in (channel.value, *operations)]
        names = (address or key, *(name for one in bindings for name in _bound_names(one)))
        return DocumentedChannel(
            key=key,
            names=tuple(dict.fromkeys(_PARAMETER.sub("*", name) for name in names if name)),
            around=tuple(dict.fromkeys(name for one in bindings if (name := text_at(one, "amqp", "exchange", "name")))),
            line=line,
            roles=tuple(self._roles(operations)),
            is_used=bool(operations) and address is not None,
            protocols=tuple(self._protocols(channel.value)),
        )

    def _roles(self, operations: list[Table]) -> list[str]:
        said = {text_at(one, "action") for one in operations}
        both = bool(operations) and not (self._is_later and said <= _ACTIONS.keys())
        return [role for action, role in _ACTIONS.items() if both or action in said]

    def _operations_of(self, key: str, channel: Node) -> list[Table]:
        """What the application does there: beneath the channel before AsyncAPI 3, else the operations that refer to it."""
        if not self._is_later:
            return [one for name in ("publish", "subscribe") if isinstance(one := at(channel.value, name), Table)]
        return [one for one, keys in self._operations if key in keys]

    def _operations_apart(self) -> Iterator[tuple[Table, set[str]]]:
        for value in table_at(self._root.value, "operations").entries.values():
            node = Node(value, self._root.path, self._root.root) if isinstance(value, Table) else None
            operation = resolve(node, self._files) if node is not None else None
            if operation is not None:
                references = (at(operation.value, "channel"), at(operation.value, "reply", "channel"))
                yield operation.value, {_last(text_at(one, "$ref") or "") for one in references}

    def _protocols(self, channel: Table) -> Iterator[str]:
        """The protocols of the servers that a channel is on: all of the document's where it names none."""
        servers = table_at(self._root.value, "servers").entries
        named = [
            _last(text_at(one, "$ref") or (one.text if isinstance(one, Scalar) else ""))
            for one in items_at(channel, "servers")
        ]
        for name, server in servers.items():
            if not named or name in named:
                node = Node(server, self._root.path, self._root.root) if isinstance(server, Table) else None
                found = resolve(node, self._files) if node is not None else None
                yield (text_at(found.value, "protocol") or "").lower() if found is not None else ""


def _last(reference: str) -> str:
    return reference.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _bound_names(bindings: Value | None) -> Iterator[str]:
    for path, leaf in leaves(bindings) if bindings is not None else ():
        keys = [key for key in path if not key.isdecimal()]
        if keys and keys[-1] in _NAMING and "exchange" not in keys and isinstance(leaf.value, str):
            yield leaf.value
