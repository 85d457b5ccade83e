"""The kill loops. Every kill is SIGKILL, at a random moment or at one that a proxy waits for; see `proxies.Trap`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random

from .processes import Ended, Process
from .proxies import Proxy, Step, Trap
from .stage import Stage

# What the messages of a stage are told by, in their bodies and in the database.
IDENTITY = re.compile(r"live\d{3}-\d{6}")
SENT = re.compile(rb"live\d{3}-\d{6}")
COMMIT = re.compile(rb"(?i)\bcommit\b")

TRAP_SECONDS = 25.0
DRAIN_SECONDS = 40.0
QUIET_SECONDS = 1.5


@dataclass
class Tally:
    """What a loop saw. ``window``: kills between a write and its message, or between an effect and its acknowledgement."""

    kills: int = 0
    window: int = 0
    messages: int = 0
    lost: set[str] = field(default_factory=set)
    invented: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    stuck: int = 0
    repeated: int = 0
    overtaken: int = 0
    moments: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> dict[str, int]:
        """What must not be, by its name."""
        found = {
            "lost": len(self.lost),
            "invented": len(self.invented),
            "doubled": len(self.doubled),
            "stuck": self.stuck,
            "overtaken": self.overtaken,
        }
        return {name: count for name, count in found.items() if count}


@dataclass
class Victim:
    """A process with the proxies that it reaches its servers through, and the moments that it is killed at."""

    process: Process
    database: Proxy
    broker: Proxy
    moments: list[str]
    acknowledges: re.Pattern[bytes]

    def trap(self, moment: str, random: Random) -> Trap | None:
        """The trap for a moment; None for any moment."""
        written = [Step(self.database, SENT), Step(self.database, COMMIT)]
        published = Step(self.broker, SENT, random.randint(1, 6))
        steps = {
            "commit": written,
            "publish": [published],
            "mark": [published, Step(self.database, COMMIT)],
            "acknowledgement": [written[0], Step(self.broker, self.acknowledges)],
        }
        side, _, point = moment.partition(" ")
        return None if moment == ANY else Trap(moment, steps[point], after=side == "after")


ANY = "any moment"
OF_A_WRITER = ["before commit", "after commit", ANY]
OF_A_PUBLISHER = ["before publish", "after publish", ANY]
OF_A_RELAY = ["before publish", "after publish", "before mark", "after mark", ANY]
OF_A_CONSUMER = ["before commit", "after commit", "before acknowledgement", "after acknowledgement", ANY]
# Its statements may be transactions of their own, without a commit to wait for.
OF_A_CARELESS_CONSUMER = ["before acknowledgement", "after acknowledgement", ANY]
OUTSIDE = {ANY, "after mark", "after acknowledgement"}


@contextlib.asynccontextmanager
async def victim(stage: Stage, name: str, command: list[str], door: int, moments: list[str]) -> AsyncIterator[Victim]:
    """A process to be killed, for the time of a block."""
    async with Proxy.open(stage.postgres.door(door)) as database, Proxy.open(stage.broker.door(door)) as broker:
        process = stage.process(name, command, database.port, broker.port)
        acknowledges = re.compile(stage.case.acknowledges.encode("latin-1"), re.DOTALL)
        try:
            yield Victim(process, database, broker, moments, acknowledges)
        finally:
            if process.running:
                await process.kill()


@contextlib.asynccontextmanager
async def peer(stage: Stage, action: str) -> AsyncIterator[Process]:
    """The other end of the channel, ready, for the time of a block."""
    process = stage.peer(action)
    await process.start()
    try:
        try:
            assert await process.hear() == "ready"
        except Ended:
            raise AssertionError(f"{action} does not start:\n{process.tail()}") from None
        yield process
    finally:
        if process.running:
            await process.kill()


async def outbox_loop(stage: Stage, kills: int, random: Random, mended: bool) -> Tally:
    """Kill the service and, once it is mended, its relay; then let it drain, and compare what was written with what arrived."""
    tally = Tally()
    heard: Counter[str] = Counter()
    async with contextlib.AsyncExitStack() as stack:
        listener = await stack.enter_async_context(peer(stage, "listen"))
        arrived: list[str] = []
        listening = asyncio.create_task(_listen(stage, listener, heard, arrived))
        moments = OF_A_WRITER if mended else OF_A_PUBLISHER
        service = await stack.enter_async_context(victim(stage, "service", stage.case.service, 0, moments))
        victims = [service]
        for number in range(1, stage.case.relays + 1 if mended else 1):
            relay = victim(stage, f"relay {number}", stage.case.relay, number, OF_A_RELAY)
            victims.append(await stack.enter_async_context(relay))
        feeding = asyncio.create_task(_place_orders(stage.prefix, service.process, random))
        await _kill_all(victims, kills, random, tally, feeding)
        feeding.cancel()
        await service.process.stop()
        written = set(stage.query(stage.case.written))
        await _drain(stage, victims, written, heard, tally)
        listening.cancel()
    tally.messages = len(written)
    tally.lost = written - heard.keys()
    tally.invented = heard.keys() - written
    tally.repeated = heard.total() - len(heard)
    tally.overtaken = _overtaken(arrived, stage.case.ordered) if stage.case.ordered else 0
    return tally


async def dedup_loop(stage: Stage, kills: int, random: Random, mended: bool) -> Tally:
    """Send messages, many of them twice, kill the consumer, and count the effects of each."""
    tally = Tally()
    sent: set[str] = set()
    async with contextlib.AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(peer(stage, "speak"))
        moments = OF_A_CONSUMER if mended else OF_A_CARELESS_CONSUMER
        consumer = await stack.enter_async_context(victim(stage, "service", stage.case.service, 0, moments))
        enough = asyncio.Event()
        speaking = asyncio.create_task(_send_messages(stage, speaker, sent, random, enough))
        await _kill_all([consumer], kills, random, tally, speaking)
        enough.set()
        await speaking
        effects = await _until_quiet(stage, consumer.process, sent)
    tally.messages = len(sent)
    tally.lost = sent - effects.keys()
    tally.invented = effects.keys() - sent
    tally.doubled = {identity for identity, count in effects.items() if count > 1}
    return tally


async def _kill_all(
    victims: list[Victim], kills: int, random: Random, tally: Tally, feeding: asyncio.Task[None]
) -> None:
    for one in victims:
        await one.process.start()
    plans = {id(one): _plan(one.moments, kills, random) for one in victims}
    for number in range(kills):
        one = victims[number % len(victims)]
        moment = plans[id(one)].pop()
        await _kill(one, moment, random, feeding)
        tally.kills += 1
        tally.window += moment not in OUTSIDE
        tally.moments[f"{one.process.name} {moment}"] += 1
        await one.process.start()
    for one in victims:
        one.process.check()


def _plan(moments: list[str], count: int, random: Random) -> list[str]:
    """Every moment about equally often, in a random order."""
    plan = [moments[number % len(moments)] for number in range(count)]
    random.shuffle(plan)
    return plan


async def _kill(one: Victim, moment: str, random: Random, feeding: asyncio.Task[None]) -> None:
    trap = one.trap(moment, random)
    if trap is None:
        await asyncio.sleep(random.uniform(0.05, 1.2))
    else:
        for proxy in (one.database, one.broker):
            proxy.set(trap)
        await _sprung(trap, one, feeding)
    one.process.check()
    await one.process.kill()
    for proxy in (one.database, one.broker):
        proxy.set(None)


async def _sprung(trap: Trap, one: Victim, feeding: asyncio.Task[None]) -> None:
    end = asyncio.get_running_loop().time() + TRAP_SECONDS
    while not trap.sprung.is_set():
        one.process.check()
        if feeding.done():
            feeding.result()
        assert asyncio.get_running_loop().time() < end, (
            f"{one.process.name} never came to: {trap.name}\n{one.process.tail()}"
        )
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(trap.sprung.wait(), 0.2)


async def _place_orders(prefix: str, service: Process, random: Random) -> None:
    number = 0
    while True:
        number += 1
        try:
            identity = f"{prefix}-{number:06}"
            answer = await service.ask(f"{identity} customer-{number % 7} {random.randint(100, 9999)}")
            assert answer == identity, f"the service said {answer!r}\n{service.tail()}"
        except Ended:
            await asyncio.sleep(0.05)
        await asyncio.sleep(random.uniform(0, 0.03))


async def _send_messages(stage: Stage, speaker: Process, sent: set[str], random: Random, enough: asyncio.Event) -> None:
    number = 0
    while not enough.is_set():
        number += 1
        identity = f"{stage.prefix}-{number:06}"
        total = random.randint(100, 9999)
        body = json.dumps({"eventId": identity, "type": "OrderPlaced", "orderId": identity, "totalCents": total})
        sent.add(identity)
        for _ in range(random.choice([1, 1, 2, 3]) if stage.case.duplicates else 1):
            assert await speaker.ask(json.dumps({"id": identity, "body": body})) == identity, speaker.tail()
        await asyncio.sleep(random.uniform(0, 0.05))


async def _listen(stage: Stage, listener: Process, heard: Counter[str], arrived: list[str]) -> None:
    async for line in listener.lines():
        arrived.append(json.loads(line))
        heard.update({one for one in IDENTITY.findall(line) if one.startswith(stage.prefix)})


def _overtaken(arrived: list[str], ordered: str) -> int:
    """How many messages came for the first time after a later one that has the same value in a field."""
    latest: dict[str, str] = {}
    seen: set[str] = set()
    count = 0
    for body in arrived:
        identity, value = IDENTITY.findall(body)[0], str(json.loads(body)[ordered])
        count += identity not in seen and identity < latest.get(value, "")
        seen.add(identity)
        latest[value] = max(identity, latest.get(value, ""))
    return count


async def _drain(stage: Stage, victims: list[Victim], written: set[str], heard: Counter[str], tally: Tally) -> None:
    """Waits until everything went out and, at the end of a mended case, stops the relay in order."""
    if len(victims) == 1:
        await _until(lambda: written <= heard.keys(), QUIET_SECONDS)
        return
    await _until(lambda: stage.query(stage.case.waiting) == ["0"], DRAIN_SECONDS)
    tally.stuck = int(stage.query(stage.case.waiting)[0])
    await _until(lambda: written <= heard.keys(), QUIET_SECONDS * 2)
    for one in victims[1:]:
        await _at_work(one)
        code = await one.process.stop()
        assert code == 0, f"{one.process.name}, told to stop, ended with {code}:\n{one.process.tail()}"


async def _at_work(relay: Victim) -> None:
    """Waits until a relay that has perhaps just been started looks for messages."""
    trap = Trap("look for messages", [Step(relay.database, COMMIT)], holds=False)
    relay.database.set(trap)
    await _until(trap.sprung.is_set, TRAP_SECONDS)
    relay.process.check()


async def _until_quiet(stage: Stage, consumer: Process, sent: set[str]) -> Counter[str]:
    """Waits until every message had its effect and nothing happened for a while, over a last restart of the consumer too."""
    await _until(lambda: sent <= set(stage.query(stage.case.effects)), DRAIN_SECONDS)
    await consumer.kill()
    await consumer.start()
    effects: Counter[str] = Counter()
    seen = -1
    while seen != effects.total():
        seen = effects.total()
        await asyncio.sleep(QUIET_SECONDS)
        effects = Counter(one for one in stage.query(stage.case.effects) if one.startswith(stage.prefix))
        consumer.check()
    return effects


async def _until(holds: Callable[[], bool], seconds: float) -> None:
    """Waits until something holds, at most for some seconds."""
    end = asyncio.get_running_loop().time() + seconds
    while not holds() and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.1)
