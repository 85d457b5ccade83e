"""Protocol Buffers source (``.proto``): messages, their fields, enums and comments. Nothing is compiled.

A tolerant reader: options, services, extensions and what it does not know are passed over, so that a file with a mistake still
gives the messages that stand before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from eventlens.config.message_schemas import (
    MAX_DEPTH,
    MessageSchema,
    SchemaField,
    SchemaFile,
    SchemaProblem,
    one_line,
    room,
)

MAX_CHARACTERS = 2_000_000
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)
      | (?P<word>[A-Za-z_.][\w.]*|[-+]?\d[\w.+-]*)
      | (?P<mark>[{}\[\]()<>;=,:-])""",
    re.VERBOSE | re.DOTALL,
)
_LABELS = ("optional", "required", "repeated")
_NO_FIELDS = frozenset(
    ("option", "reserved", "extensions", "extend", "import", "syntax", "edition", "service", "group")
)
_WELL_KNOWN = {
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.Duration": "duration",
    "google.protobuf.StringValue": "string",
    "google.protobuf.Struct": "struct",
    "google.protobuf.Any": "any",
}
_MAX_NESTING = 20


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass
class _Field:
    name: str
    type: str
    label: str
    doc: str
    number: str
    line: int


@dataclass
class _Message:
    name: str
    line: int
    doc: str
    fields: list[_Field] = field(default_factory=list)
    reserved: list[str] = field(default_factory=list)


def read_protobuf(text: str | bytes) -> SchemaFile:
    """The messages of a file, nested ones too (``Order.Line``). Never raises; what was not understood is a problem."""
    source = text.decode("utf-8-sig", errors="replace") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    if len(source) > MAX_CHARACTERS:
        return SchemaFile(problems=(SchemaProblem(1, f"larger than {MAX_CHARACTERS // 1_000_000} MB"),))
    reading = _Reading(list(_tokens(source)))
    reading.body("", 0)
    messages = tuple(_message(one, reading) for one in reading.messages.values())
    return SchemaFile(messages, tuple(reading.problems))


def _tokens(source: str) -> Iterator[_Token]:
    line, counted = 1, 0
    for found in _TOKEN.finditer(source):
        line += source.count("\n", counted, found.start())
        counted = found.start()
        yield _Token(found.lastgroup or "", found[0], line)


class _Reading:
    """One pass over the tokens of a file."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.package = ""
        self.messages: dict[str, _Message] = {}
        self.enums: dict[str, list[str]] = {}
        self.reserving: set[str] = set()
        """The enumerations that keep values which were taken out from being used again."""
        self.problems: list[SchemaProblem] = []
        self.made: dict[tuple[str, int], tuple[SchemaField, ...]] = {}
        """The fields of messages by name and depth: what many messages refer to is made once."""

    def body(self, scope: str, depth: int) -> None:
        """Statements up to the closing brace or the end; ``scope`` is the dotted name of the message around them."""
        comments: list[_Token] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == "comment":
                self._at += 1
                comments.append(token)
                continue
            if token.text == "}":
                self._at += 1
                return
            self._statement(token, scope, self._doc(comments, token.line), depth)
            comments = []
        if depth:
            line = self._tokens[-1].line if self._tokens else 1
            self.problems.append(SchemaProblem(line, f"'}}' of {scope or 'a block'} is missing"))

    def _statement(self, token: _Token, scope: str, doc: str, depth: int) -> None:
        following = self._peek(1)
        if token.text in ("message", "enum") and following is not None and following.kind == "word" and self._opens(2):
            name = f"{scope}.{following.text}" if scope else following.text
            self._at += 3
            if token.text == "enum":
                self.enums[name] = self._enum_values(name)
            elif depth < _MAX_NESTING:
                self.messages[name] = _Message(name, following.line, doc)
                self.body(name, depth + 1)
            else:
                self._skip_block()
        elif token.text == "oneof" and scope and self._opens(2):
            self._at += 3
            self._oneof(scope)
        elif token.text == "package" and not scope:
            self.package = following.text if following is not None else ""
            self._skip_statement()
        elif token.text == "reserved" and scope in self.messages:
            self.messages[scope].reserved += self._reserved()
        elif token.text in _NO_FIELDS or not scope or not self._field(scope, doc):
            self._skip_statement()

    def _field(self, scope: str, doc: str) -> bool:
        """``[label] type name = number [options];`` False where that does not stand here."""
        start = self._at
        label = self._take(_LABELS)
        kind = self._type()
        name, equals = self._peek(0), self._peek(1)
        if kind is None or name is None or name.kind != "word" or equals is None or equals.text != "=":
            self._at = start
            return False
        number = self._peek(2)
        self._skip_statement()
        trailing = self._peek(0)
        before = self._tokens[self._at - 1]
        if trailing is not None and trailing.kind == "comment" and trailing.line == before.line:
            self._at += 1
            doc = doc or _said([trailing])
        self.messages[scope].fields.append(
            _Field(name.text, kind, label or "", doc, number.text if number is not None else "", name.line)
        )
        return True

    def _type(self) -> str | None:
        token = self._peek(0)
        if token is None or token.kind != "word":
            return None
        self._at += 1
        following = self._peek(0)
        if token.text != "map" or following is None or following.text != "<":
            return token.text
        key, comma, value, closing = (self._peek(n) for n in range(1, 5))
        if key is None or comma is None or value is None or closing is None or closing.text != ">":
            return None
        self._at += 5
        return f"map<{key.text}, {value.text}>"

    def _reserved(self) -> list[str]:
        """The names and the numbers, or spans of numbers, of a statement that keeps them from being used again."""
        self._at += 1
        start = self._at
        self._skip_statement()
        words = [token.text.strip("\"'") for token in self._tokens[start : self._at] if token.kind in ("word", "text")]
        spans = re.sub(r" to ", "-", " ".join(words))
        return spans.split()

    def _oneof(self, scope: str) -> None:
        comments: list[_Token] = []
        while (token := self._peek(0)) is not None:
            if token.text == "}":
                self._at += 1
                return
            if token.kind == "comment":
                comments.append(token)
                self._at += 1
            elif token.text == "option" or not self._field(scope, self._doc(comments, token.line)):
                self._skip_statement()
                comments = []
            else:
                self.messages[scope].fields[-1].label = "optional"
                comments = []

    def _enum_values(self, name: str) -> list[str]:
        values: list[str] = []
        while (token := self._peek(0)) is not None:
            if token.text == "}":
                self._at += 1
                break
            following = self._peek(1)
            if (
                token.kind == "word"
                and token.text not in _NO_FIELDS
                and following is not None
                and following.text == "="
            ):
                values.append(token.text)
            if token.text == "reserved":
                self.reserving.add(name)
            if token.kind == "comment":
                self._at += 1
            else:
                self._skip_statement()
        return values

    def _skip_statement(self) -> None:
        """Past the ``;`` or the block that ends what begins here; not past a brace that closes what is around it."""
        while (token := self._peek(0)) is not None and token.text != "}":
            self._at += 1
            if token.text == ";":
                return
            if token.text == "{":
                self._skip_block()
                following = self._peek(0)
                if following is None or following.text not in (";", ",", "]", "="):
                    return

    def _skip_block(self) -> None:
        depth = 1
        while depth and (token := self._peek(0)) is not None:
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "mark" else 0
            self._at += 1

    def _take(self, words: tuple[str, ...]) -> str | None:
        token, following = self._peek(0), self._peek(1)
        if token is None or token.text not in words or following is None or following.text == "=":
            return None
        self._at += 1
        return token.text

    def _opens(self, ahead: int) -> bool:
        token = self._peek(ahead)
        return token is not None and token.text == "{"

    def _peek(self, ahead: int) -> _Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _doc(self, comments: list[_Token], line: int) -> str:
        """The comments directly above a line."""
        near: list[_Token] = []
        for comment in reversed(comments):
            if comment.line + comment.text.count("\n") + 1 < line:
                break
            near.append(comment)
            line = comment.line
        return _said(near[::-1])


def _said(comments: list[_Token]) -> str:
    lines = [
        line.strip().removeprefix("*").strip()
        for comment in comments
        for line in comment.text.removeprefix("//").removeprefix("/*").removesuffix("*/").lstrip("/*").split("\n")
    ]
    return one_line("\n".join(lines).strip())


# ------------------------------------------------------------------------------------------------------------ results


def _message(message: _Message, reading: _Reading) -> MessageSchema:
    return MessageSchema(
        name=message.name.rpartition(".")[2],
        namespace=".".join(part for part in (reading.package, message.name.rpartition(".")[0]) if part),
        line=message.line,
        doc=message.doc,
        fields=_fields(message, reading, 1),
        reserved=tuple(message.reserved),
    )


def _fields(message: _Message, reading: _Reading, depth: int) -> tuple[SchemaField, ...]:
    made = reading.made.get((message.name, depth))
    if made is None:
        made = tuple(_schema_field(one, message.name, reading, depth) for one in message.fields[: room(depth)])
        reading.made[message.name, depth] = made
    return made


def _schema_field(one: _Field, scope: str, reading: _Reading, depth: int) -> SchemaField:
    name = _resolve(one.type, scope, reading)
    inner = reading.messages.get(name) if depth < MAX_DEPTH else None
    values = reading.enums.get(name)
    text = _WELL_KNOWN.get(one.type.removeprefix("."), one.type.rpartition(".")[2] if "<" not in one.type else one.type)
    if values is not None:
        text = f"enum {text}({', '.join(values[:6])}{', …' if len(values) > 6 else ''})"
    return SchemaField(
        name=one.name,
        type=f"repeated {text}" if one.label == "repeated" else text,
        optional=one.label == "optional",
        repeated=one.label == "repeated",
        doc=one.doc,
        fields=_fields(inner, reading, depth + 1) if inner is not None else (),
        line=one.line,
        number=one.number,
        reserved=tuple(inner.reserved) if inner is not None else (),
        values=tuple(values or ()) if name not in reading.reserving else (),
    )


def _resolve(written: str, scope: str, reading: _Reading) -> str:
    """The dotted name, from the file's top, of the type that a name stands for: looked for from the inside out."""
    name = written.removeprefix(".")
    if reading.package:
        name = name.removeprefix(reading.package + ".")
    while True:
        full = f"{scope}.{name}" if scope else name
        if full in reading.messages or full in reading.enums or not scope:
            return full
        scope = scope.rpartition(".")[0]
