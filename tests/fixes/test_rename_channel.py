"""Which names are near enough to be a slip of the pen, and are offered in place of each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from .proving import Analysed

DEVICES = """import {{ Kafka }} from 'kafkajs';
const kafka = new Kafka({{ brokers: ['kafka:9092'] }});
const consumer = kafka.consumer({{ groupId: 'devices' }});

export async function listen(): Promise<void> {{
  await consumer.subscribe({{ topic: '{consumed}' }});
  await consumer.run({{ eachMessage: async () => {{}} }});
}}

export async function paired(): Promise<void> {{
  await kafka.producer().send({{ topic: '{published}', messages: [] }});
}}
"""


@pytest.mark.parametrize(
    ("published", "consumed", "is_near"),
    [
        ("devices.pairing.createToken", "devices.pairing.createTokens", True),
        ("devices.pairing.createToken", "devices.pairing.crateToken", True),
        ("devices.pairing.createToken", "devices.pairing.create-token", True),
        ("devices.pairing.createDeviceToken", "devices.pairing.updateDeviceToken", False),
        ("devices.pairing.findAllTokens", "devices.pairing.findByIdTokens", False),
    ],
)
def test_a_slip_is_mended_and_another_word_is_not(tmp_path: Path, published: str, consumed: str, is_near: bool) -> None:
    (tmp_path / "package.json").write_text('{"name": "devices", "dependencies": {"kafkajs": "2.2.4"}}')
    (tmp_path / "devices.ts").write_text(DEVICES.format(published=published, consumed=consumed))
    found = Analysed(tmp_path)
    (finding,) = found.of_rule("orphan-subscribe")
    offered = [one.offer.title for one in found.proposals(finding) if one.fix == "rename-channel"]
    assert offered == ([f"Rename to {published}"] if is_near else [])
