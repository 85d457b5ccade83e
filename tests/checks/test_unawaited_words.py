"""What is said of a publish whose outcome nobody learns."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import read_workspace_settings
from eventlens.checks import unawaited_publish
from eventlens.checks.context import CheckContext
from fixtures.engine import graph_of

WRITER = """
import asyncio

from aiokafka import AIOKafkaProducer


class Writer:
    def __init__(self, topic: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers="kafka:9092")
        self._topic = topic

    async def write(self, reading: bytes) -> None:
        await self._producer.send_and_wait(self._topic, reading)

    def start(self, reading: bytes):
        return {given}
"""
METER = """
from writer import Writer


class Meter:
    def __init__(self) -> None:
        self._writer = Writer("meter-readings")
        self._alarms = Writer("meter-alarms")

    def on_reading(self, reading: bytes) -> None:
        self._writer.start(reading)

    async def on_alarm(self, alarm: bytes) -> None:
        await self._alarms.write(alarm)
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param("asyncio.ensure_future(self.write(reading))", "goes unseen: the result is dropped", id="a task"),
        pytest.param("self.write(reading)", "nothing may be sent", id="a coroutine"),
    ],
)
def test_a_coroutine_that_a_wrapper_starts_runs(tmp_path: Path, given: str, said: str) -> None:
    (tmp_path / "writer.py").write_text(WRITER.format(given=given))
    (tmp_path / "meter.py").write_text(METER)
    settings, problems = read_workspace_settings(tmp_path)
    assert not problems
    context = CheckContext(graph_of(tmp_path), settings)
    found = [finding.message for finding in unawaited_publish.RULE.run(context)]
    assert len(found) == 1 and said in found[0]
