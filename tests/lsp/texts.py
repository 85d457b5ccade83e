"""Texts that make positions hard, and a small system of services for each of them.

Read as a client reads them: columns by the codec of the encoding, lines by the protocol's three ends, without anything of the server's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from lsprotocol import types

CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
ENCODINGS = tuple(CODECS)


class Variety(NamedTuple):
    """What stands before the interesting part of each line, and how lines and files are made."""

    name: str
    before: str
    end: str = "\n"
    mark: str = ""


VARIETIES = (
    Variety("ascii", "/* x */ "),
    Variety("accents", "/* é ö ñ */ "),
    Variety("cjk", "/* 漢字 */ "),
    Variety("astral", "/* 𐐀 */ "),
    Variety("zwj", "/* 👩‍👩‍👧 */ "),
    Variety("crlf", "/* é😀 */ ", "\r\n"),
    Variety("cr", "/* é😀 */ ", "\r"),
    Variety("bom", "/* é😀 */ ", "\n", "\ufeff"),
    Variety("tabs", "\t/* \t */\t"),
)

_PLACE = """\
import {{ Kafka }} from 'kafkajs';
import {{ ORDERS }} from './topics'; // \u2028 \x0c no line ends here
{before}interface Order {{ id: string; total: number }}
const producer = new Kafka({{ brokers: ['localhost:9092'] }}).producer();
{before}export async function place(order: Order): Promise<void> {{
{before}await producer.send({{ topic: ORDERS, messages: [{{ key: order.id, value: JSON.stringify(order) }}] }});
}}
export async function lose(): Promise<void> {{
{before}producer.send({{ topic: 'lost.{name}', messages: [{{ value: 'v' }}] }});
}}
"""
_TOPICS = "{before}export const ORDERS = '{name}.placed';\n"
_MAILS = """\
import {{ Kafka }} from 'kafkajs';
const consumer = new Kafka({{ brokers: ['localhost:9092'] }}).consumer({{ groupId: 'mails' }});
{before}export async function sendMail(message: unknown): Promise<void> {{ console.log(message); }}
export async function start(): Promise<void> {{
{before}await consumer.subscribe({{ topic: '{name}.placed' }});
{before}await consumer.run({{ eachMessage: sendMail }});
}}
"""


class Text:
    """One file of a variety."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = re.split(r"\r\n|\n|\r", text)

    def position(self, line: int, column: int, encoding: str) -> types.Position:
        """The client's position of a 0-based line and code-point column."""
        codec, width = CODECS[encoding]
        return types.Position(line, len(self.lines[line][:column].encode(codec)) // width)

    def find(self, sample: str, encoding: str, offset: int = 0) -> types.Position:
        """Where the sample begins first, and ``offset`` code points after that."""
        for number, line in enumerate(self.lines):
            if sample in line:
                return self.position(number, line.index(sample) + offset, encoding)
        raise AssertionError(f"{self.path} has no {sample!r}")

    def range(self, sample: str, encoding: str) -> types.Range:
        """Where the sample stands first."""
        return types.Range(self.find(sample, encoding), self.find(sample, encoding, len(sample)))

    def selected(self, place: types.Range, encoding: str) -> str:
        """The text of a range; fails where the range cuts a character or ends behind a line."""
        first, last = (self._offset(at, encoding) for at in (place.start, place.end))
        return self.text[first:last]

    def edited(self, place: types.Range, new: str, encoding: str) -> str:
        """The text after a client made an edit."""
        first, last = (self._offset(at, encoding) for at in (place.start, place.end))
        return self.text[:first] + new + self.text[last:]

    def _offset(self, at: types.Position, encoding: str) -> int:
        codec, width = CODECS[encoding]
        encoded = self.lines[at.line].encode(codec)
        assert at.character * width <= len(encoded), f"{self.path}: {at} is behind the line"
        starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", self.text))]
        return starts[at.line] + len(encoded[: at.character * width].decode(codec))


class System(NamedTuple):
    """A publishing and a subscribing service over one channel, in one variety of text."""

    variety: Variety
    place: Text
    topics: Text
    mails: Text

    @classmethod
    def of(cls, variety: Variety) -> System:
        """The files, as the editor shows them: without the mark."""

        def text(path: str, template: str) -> Text:
            made = template.format(before=variety.before, name=variety.name).replace("\n", variety.end)
            return Text(f"{variety.name}/{path}", made)

        return cls(
            variety,
            text("orders/src/place.ts", _PLACE),
            text("orders/src/topics.ts", _TOPICS),
            text("mails/src/mails.ts", _MAILS),
        )

    @property
    def files(self) -> tuple[Text, ...]:
        """Everything but the manifests."""
        return self.place, self.topics, self.mails

    def file(self, path: str) -> Text:
        """The file of a path."""
        return next(file for file in self.files if file.path == path)

    def write(self, root: Path) -> None:
        """Write it below a root, mark included."""
        for file in self.files:
            (root / file.path).parent.mkdir(parents=True, exist_ok=True)
            (root / file.path).write_bytes((self.variety.mark + file.text).encode())
        for service in ("orders", "mails"):
            (root / self.variety.name / service / "package.json").write_text(
                f'{{"name": "{self.variety.name}-{service}", "dependencies": {{"kafkajs": "2"}}}}'
            )


SYSTEMS = tuple(map(System.of, VARIETIES))
