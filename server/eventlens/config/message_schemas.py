"""Message schemas as files declare them, whatever the format: messages with typed fields."""

from __future__ import annotations

import msgspec

MAX_DEPTH = 3
"""Levels of fields that are kept: fields of fields of fields."""
_MOST_FIELDS = 100
_MOST_INNER_FIELDS = 30


class SchemaField(msgspec.Struct, frozen=True, kw_only=True):
    """One field. ``type`` is as the format's user would write it; ``format`` narrows it (``uuid``, ``timestamp-millis``)."""

    name: str
    type: str
    format: str = ""
    optional: bool = False
    repeated: bool = False
    """A list: ``type`` names the list, ``fields`` are those of each element."""
    doc: str = ""
    default: str | None = None
    fields: tuple[SchemaField, ...] = ()
    line: int = 0
    """1-based; 0 where the reader does not know it."""
    number: str = ""
    """The number that stands for it on the wire, in formats that have them."""
    values: tuple[str, ...] = ()
    """All that an enumeration allows, where a reader takes no other."""
    has_default: bool = False
    """Whether a reader that misses it has something in its place, be it null."""
    aliases: tuple[str, ...] = ()
    """Other names under which a reader takes it."""
    reserved: tuple[str, ...] = ()
    """As of a message: of those in ``fields``."""


class MessageSchema(msgspec.Struct, frozen=True, kw_only=True):
    """One declared message. ``line`` is 1-based and that of its name; ``namespace`` is dotted, "" for none."""

    name: str
    namespace: str = ""
    line: int
    doc: str = ""
    fields: tuple[SchemaField, ...] = ()
    channels: tuple[str, ...] = ()
    """Addresses of the channels on which it travels, where the file says so."""
    path: str = ""
    """The file in which it is declared; "" for the one that was read."""
    reserved: tuple[str, ...] = ()
    """Names and numbers (``9``, ``11-15``) of fields that were taken out and may not come back."""


class SchemaProblem(msgspec.Struct, frozen=True):
    """Why a file, or a part of it, was not read. ``line`` is 1-based."""

    line: int
    message: str


class DocumentedChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of a document about an application. ``line`` is 1-based and that of its key."""

    key: str
    names: tuple[str, ...]
    """Its address, and what the bindings to a broker call it; ``*`` stands for a parameter."""
    around: tuple[str, ...] = ()
    """The exchanges that it is a routing key of."""
    line: int
    is_used: bool
    """Whether the document says that the application itself sends or receives there, and under which address."""
    roles: tuple[str, ...] = ()
    """What the application may do there as far as the document says: publish, subscribe. Before AsyncAPI 3, where many take the words the other
    way round, both where it says anything."""
    protocols: tuple[str, ...] = ()
    """Of the servers that it is on, in small letters; "" for one that is not known."""


class ApplicationDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says of the application that it describes."""

    title: str
    line: int
    channels: tuple[DocumentedChannel, ...]
    is_whole: bool
    """Whether all its channels could be read."""


class SchemaFile(msgspec.Struct, frozen=True):
    """What one file declares."""

    messages: tuple[MessageSchema, ...] = ()
    problems: tuple[SchemaProblem, ...] = ()
    application: ApplicationDocument | None = None


def room(depth: int) -> int:
    """How many fields are kept of a message (depth 1), or of an object inside."""
    return _MOST_FIELDS if depth == 1 else _MOST_INNER_FIELDS


def one_line(text: object, limit: int = 240) -> str:
    """A description on one line: its first paragraph."""
    if not isinstance(text, str):
        return ""
    short = " ".join(text.strip().split("\n\n", 1)[0].split())
    return short if len(short) <= limit else short[: limit - 1].rstrip() + "…"
