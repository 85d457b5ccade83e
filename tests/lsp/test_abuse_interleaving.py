"""Edits and questions without waiting: every answer belongs to one version of each document that it speaks of.

Two documents are edited at random while the real server is asked about them. Every edit moves all sites down, so that a place in
an answer tells which version it was taken from. EVENTLENS_ABUSE_ROUNDS is the number of sessions.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .client import REAL, TIMEOUT, RawServer

ROUNDS = int(os.environ.get("EVENTLENS_ABUSE_ROUNDS", "2"))
STEPS = 60
PUSH: dict[str, Any] = {}
PULL = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}

PRODUCER = """\
import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();
export const s0 = async () => { await producer.send({ topic: 'met_0', messages: [{ value: 'v' }] }); };
export const s1 = async () => { await producer.send({ topic: 'met_1', messages: [{ value: 'v' }] }); };
export const s2 = async () => { await producer.send({ topic: 'lost_2', messages: [{ value: 'v' }] }); };
"""
CONSUMER = """\
const { Kafka } = require('kafkajs');
const kafka = new Kafka({ brokers: ['localhost:9092'] });
const one = async () => { const c = kafka.consumer({ groupId: 'a' }); await c.subscribe({ topic: 'met_0' }); await c.run({ eachMessage: met_0 }); };
const two = async () => { const c = kafka.consumer({ groupId: 'b' }); await c.subscribe({ topic: 'met_1' }); await c.run({ eachMessage: met_1 }); };
async function met_0({ message }) { console.log(message.value); }
async function met_1({ message }) { console.log(message.value); }
"""
_SITE = re.compile(r"(producer\.send|c\.subscribe)\(\{ topic: '(\w+)'")
_HANDLER = re.compile(r"function (\w+)")
_LINK = re.compile(r"\(<([^>]*)#L(\d+)>\)")

Span = tuple[int, int, int]
"""Line, first and last character in UTF-16 units; all from 0."""


def utf_16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class Version(NamedTuple):
    """A text, and where in it what stands."""

    text: str
    sites: dict[Span, str]
    handlers: dict[Span, str]

    @classmethod
    def of(cls, text: str) -> Version:
        found: list[dict[Span, str]] = [{}, {}]
        for kind, (pattern, named, name) in enumerate(((_SITE, 1, 2), (_HANDLER, 1, 1))):
            for number, line in enumerate(text.split("\n")):
                for match in pattern.finditer(line):
                    span = (number, utf_16(line[: match.start(named)]), utf_16(line[: match.end(named)]))
                    found[kind][span] = match[name]
        return cls(text, *found)


def span(given: dict[str, Any]) -> Span:
    start, end = given["start"], given["end"]
    assert start["line"] == end["line"], given
    return start["line"], start["character"], end["character"]


class Document:
    """What the client holds of a file, and held before."""

    def __init__(self, uri: str, text: str) -> None:
        self.uri = uri
        self.versions = [Version.of(text)]

    @property
    def now(self) -> Version:
        return self.versions[-1]

    def edit(self, chance: random.Random) -> dict[str, Any]:
        """Move every site down, and perhaps change something else; the notification that tells of it."""
        lines = self.now.text.split("\n")
        first = min(line for line, _, _ in self.now.sites)
        changes = [self._inserted(lines, chance.randint(2, first), "// 😀 é\n" * chance.randint(12, 15))]
        line = next(number for number, content in enumerate(lines) if "lost" in content or "two" in content)
        what = chance.choice(["nothing", "nothing", "before", "renamed", "more", "fewer"])
        if what == "before":
            changes.append(self._inserted(lines, line, "/* 😀 */ "))
        elif what == "renamed" and "lost" in lines[line]:
            at = utf_16(lines[line][: lines[line].index("lost_")])
            changes.append(replacement((line, at), (line, at + 6), f"lost_{chance.randint(0, 9)}"))
            lines[line] = re.sub(r"lost_\d", changes[-1]["text"], lines[line], count=1)
        elif what == "more" and len(self.now.sites) < 8 and "lost" in lines[line]:
            more = re.sub(r"s\d+ =", f"s{len(self.versions) + 9} =", lines[line]) + "\n"
            changes.append(self._inserted(lines, line, more))
        elif what == "fewer" and sum("lost" in content for content in lines) > 1:
            changes.append(replacement((line, 0), (line + 1, 0), ""))
            del lines[line]
        self.versions.append(Version.of("\n".join(lines)))
        assert not any(self.now.sites.keys() & version.sites.keys() for version in self.versions[:-1])
        return {"textDocument": {"uri": self.uri, "version": len(self.versions)}, "contentChanges": changes}

    @staticmethod
    def _inserted(lines: list[str], at: int, text: str) -> dict[str, Any]:
        lines[at : at + 1] = (text + lines[at]).split("\n")
        return replacement((at, 0), (at, 0), text)


def replacement(start: tuple[int, int], end: tuple[int, int], text: str) -> dict[str, Any]:
    places = [dict(zip(("line", "character"), place)) for place in (start, end)]
    return {"range": {"start": places[0], "end": places[1]}, "text": text}


class Asked(NamedTuple):
    method: str
    document: Document
    place: Span
    """A site as the client saw it when it asked."""


class Session:
    """A client that asks and edits and notes what it held when an answer came."""

    def __init__(self, server: RawServer, producer: Document, consumer: Document) -> None:
        self.server = server
        self.producer, self.consumer = producer, consumer
        self.by_uri = {document.uri: document for document in (producer, consumer)}
        self.asked: dict[int, Asked] = {}
        self.answered: dict[int, Any] = {}
        self.published: dict[str, dict[str, Any]] = {}
        self.is_read = False
        """Whether the server has told of the other ends of flows: from then on it does not forget them."""

    async def listen(self) -> None:
        while True:
            message = await self.server.receive()
            number = message.get("id")
            if message.get("method") == "textDocument/publishDiagnostics":
                self.check_published(message["params"])
            elif "method" in message and number is not None:
                self.server.send({"id": number, "result": None})
            elif number is not None:
                assert number in self.asked and number not in self.answered, message
                assert "result" in message or message["error"]["code"] in (-32801, -32802), message
                self.answered[number] = message.get("result")
                if "result" in message:
                    self.check(self.asked[number], message["result"])

    def ask(self, method: str, document: Document, place: Span) -> None:
        number = len(self.asked) + 1
        self.asked[number] = Asked(method, document, place)
        position = {"line": place[0], "character": place[1] + 1}
        params: dict[str, Any] = {"textDocument": {"uri": document.uri}, "position": position}
        self.server.send(
            {
                "id": number,
                "method": f"textDocument/{method}",
                "params": {**params, "context": {"includeDeclaration": True}},
            }
        )

    async def all_answered(self, listening: asyncio.Task[None]) -> None:
        await until(listening, lambda: self.answered.keys() == self.asked.keys(), "every request is answered")

    async def is_current(self, listening: asyncio.Task[None]) -> bool:
        """Whether the symbols of both documents are those of the last version; at the latest when nobody types any more they are."""
        first = len(self.asked) + 1
        for document in (self.producer, self.consumer):
            self.ask("documentSymbol", document, min(document.now.sites))
        await self.all_answered(listening)
        found = [{span(each["location"]["range"]) for each in self.answered[first + at]} for at in (0, 1)]
        return found == [self.producer.now.sites.keys(), self.consumer.now.sites.keys()]

    # --------------------------------------------------------------------------------------------------- the oracle

    def one_version(self, document: Document, what: object, fits: Callable[[Version], bool]) -> None:
        """Fails unless an answer is right for a version that the client has held."""
        assert any(map(fits, document.versions)), (
            f"{what} fits no version of {document.uri}; the last of {len(document.versions)} is\n{document.now.text}"
        )

    def check(self, asked: Asked, result: Any) -> None:
        document, what = asked.document, (asked, result)
        if asked.method == "documentSymbol":
            found = {span(each["location"]["range"]): each["name"].split()[-1] for each in result}
            self.one_version(document, what, lambda version: version.sites == found)
        elif asked.method == "codeLens":
            spans = {span(each["range"]) for each in result}
            assert all(each["command"]["arguments"] == [document.uri, *span(each["range"])[:2]] for each in result)
            self.is_read = self.is_read or bool(spans)
            if self.is_read:  # what is at the other ends is not known before
                self.one_version(document, what, lambda version: version.sites.keys() == spans)
        elif asked.method == "diagnostic":
            self.one_version(document, what, lambda version: orphans(result["items"]).items() <= version.sites.items())
        elif asked.method == "hover":
            self.check_hover(asked, result)
        elif asked.method in ("definition", "references"):
            self.check_targets(what, result or [])

    def check_hover(self, asked: Asked, result: Any) -> None:
        line, first, _ = asked.place
        if result is None:
            assert any(line not in {site[0] for site in version.sites} for version in asked.document.versions), asked
            return
        text, place = result["contents"]["value"], span(result["range"])
        assert place[0] == line and place[1] <= first + 1 <= place[2], (asked, result)
        self.one_version(asked.document, (asked, result), lambda version: f"**{version.sites.get(place)}**" in text)
        links = [(uri, int(number) - 1) for uri, number in _LINK.findall(text)]
        for uri in {uri for uri, _ in links}:
            lines = {number for of, number in links if of == uri}
            self.one_version(
                self.by_uri[uri], (asked, result),
                lambda version, lines=lines: lines <= {s[0] for s in (*version.sites, *version.handlers)},
            )  # fmt: skip

    def check_targets(self, what: object, result: list[dict[str, Any]]) -> None:
        names: set[str] = set()
        for uri in {each["uri"] for each in result}:
            spans = {span(each["range"]) for each in result if each["uri"] == uri}
            fitting = [v for v in self.by_uri[uri].versions if spans <= {**v.sites, **v.handlers}.keys()]
            (version,) = fitting
            names |= {{**version.sites, **version.handlers}[each] for each in spans}
        assert len(names) <= 1, (names, what)

    def check_published(self, params: dict[str, Any]) -> None:
        self.published[params["uri"]] = params
        document, version = self.by_uri[params["uri"]], params.get("version")
        if version is not None:
            of_version = document.versions[version - 1]
            assert orphans(params["diagnostics"]).items() <= of_version.sites.items(), (params, of_version.text)

    def shown(self) -> list[str]:
        """The topics that the producer's document is said to lose, as it stands."""
        found = self.published.get(self.producer.uri, {"diagnostics": [], "version": 0})
        is_current = found["version"] == len(self.producer.versions)
        return sorted(orphans(found["diagnostics"]).values()) if is_current else []


def orphans(diagnostics: list[dict[str, Any]]) -> dict[Span, str]:
    """Where a topic is said to be lost, and which. It is said once for each topic."""
    said = [each for each in diagnostics if each["code"] == "orphan-publish"]
    return {span(each["range"]): each["message"].split("\n")[0].split()[-1] for each in said}


def lost(version: Version) -> list[str]:
    return sorted({topic for topic in version.sites.values() if topic.startswith("lost")})


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_every_answer_belongs_to_one_version(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    pulls = bool(seed % 2)
    documents = []
    for service, text in (("orders", PRODUCER), ("payments", CONSUMER)):
        (tmp_path / service).mkdir()
        (tmp_path / service / "package.json").write_text(f'{{"name": "{service}", "dependencies": {{"kafkajs": "2"}}}}')
        (tmp_path / service / "index.ts").write_text(text)
        documents.append(Document((tmp_path / service / "index.ts").as_uri(), text))
    server = await RawServer.start(REAL)
    listening: asyncio.Task[None] | None = None
    try:
        root = {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": PULL if pulls else PUSH}
        server.send({"id": 0, "method": "initialize", "params": root})
        await server.answer(0)
        server.send({"method": "initialized", "params": {}})
        for document in documents:
            opened = {"uri": document.uri, "languageId": "typescript", "version": 1, "text": document.now.text}
            server.send({"method": "textDocument/didOpen", "params": {"textDocument": opened}})
        session = Session(server, *documents)
        listening = asyncio.ensure_future(session.listen())
        kinds = ["hover", "definition", "references", "documentSymbol", "codeLens", *["diagnostic"] * pulls]
        for _ in range(STEPS):
            document = chance.choice([documents[0], documents[0], documents[1]])
            if chance.random() < 0.4:
                server.send({"method": "textDocument/didChange", "params": document.edit(chance)})
            else:
                method = chance.choice(kinds)
                asked = documents[0] if method == "diagnostic" else document
                session.ask(method, asked, chance.choice(sorted(asked.now.sites)))
            await asyncio.sleep(chance.choice([0, 0, 0, 0, 0.01, 0.05, 0.4]))
        await session.all_answered(listening)
        await until(listening, lambda: pulls or session.shown() == lost(documents[0].now), "what is lost is published")
        end = time.monotonic() + TIMEOUT
        while not await session.is_current(listening):
            assert time.monotonic() < end, "the last version was never answered from"
        first = len(session.asked) + 1
        for document in documents:
            for place in document.now.sites:
                session.ask("hover", document, place)
        await session.all_answered(listening)
        for number, asked in list(session.asked.items())[first - 1 :]:
            assert span(session.answered[number]["range"]) == asked.place
    finally:
        if listening is not None:
            listening.cancel()
        await RawServer.stop_all()


async def until(listening: asyncio.Task[None], holds: Callable[[], bool], what: str) -> None:
    """Wait for a condition; what the listener finds wrong fails at once."""
    end = asyncio.get_running_loop().time() + 2 * TIMEOUT
    while not holds():
        if listening.done():
            listening.result()
        assert asyncio.get_running_loop().time() < end, f"waited in vain: {what}"
        await asyncio.sleep(0.02)
