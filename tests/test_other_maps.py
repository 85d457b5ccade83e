"""Several repositories as one graph: maps that are joined, channels declared external, a workspace that is closed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.cli.app import run

PUBLISHER = """
import { Kafka } from 'kafkajs';
const producer = new Kafka({ brokers: ['b:9092'] }).producer();
export async function placed(order: { id: string }): Promise<void> {
  await producer.send({ topic: 'order-events', messages: [{ key: order.id, value: JSON.stringify(order) }] });
}
"""
CONSUMER = """
import { Kafka } from 'kafkajs';
const consumer = new Kafka({ brokers: ['b:9092'] }).consumer({ groupId: 'billing' });
export async function start(): Promise<void> {
  await consumer.subscribe({ topic: 'order-events' });
  await consumer.run({ eachMessage: async ({ message }) => console.log(message.key) });
}
"""


def repository(folder: Path, source: str, settings: str = "") -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": folder.name, "dependencies": {"kafkajs": "^2"}}))
    (folder / "src/messages.ts").write_text(source)
    if settings:
        (folder / "eventlens.toml").write_text(settings)
    return folder


def orphans(root: Path) -> list[tuple[str, str]]:
    opened = open_workspace(root)
    assert not opened.problems
    findings = analyse(opened.workspace).flow_map.findings
    return [(one.rule, one.severity) for one in findings if one.rule.startswith("orphan")]


@pytest.fixture
def billing_map(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> bytes:
    assert run(["map", str(repository(tmp_path / "billing", CONSUMER)), "--format", "json"]) == 0
    return capfd.readouterr().out.encode()


def test_one_end_alone_is_information_and_in_a_closed_workspace_a_warning(tmp_path: Path) -> None:
    assert orphans(repository(tmp_path / "open", PUBLISHER)) == [("orphan-publish", "info")]
    assert orphans(repository(tmp_path / "closed", PUBLISHER, "closed = true\n")) == [("orphan-publish", "warning")]


def test_a_map_that_the_settings_name_holds_the_other_end(
    tmp_path: Path, billing_map: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    orders = repository(tmp_path / "orders", PUBLISHER, 'closed = true\nmaps = ["maps/billing.json"]\n')
    (orders / "maps").mkdir()
    (orders / "maps/billing.json").write_bytes(billing_map)
    assert orphans(orders) == []
    assert run(["map", str(orders), "--format", "json"]) == 0
    joined = json.loads(capfd.readouterr().out)
    assert [(flow["origin"], len(flow["route"])) for flow in joined["flows"]] == [("billing", 1)]


def test_check_joins_the_map_that_it_is_given(
    tmp_path: Path, billing_map: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    orders = repository(tmp_path / "orders", PUBLISHER)
    (tmp_path / "billing.json").write_bytes(billing_map)
    rules = []
    for options in ([], ["--with", str(tmp_path / "billing.json")]):
        run(["check", str(orders), "--format", "json", *options])
        rules.append({finding["rule"] for finding in json.loads(capfd.readouterr().out)["findings"]})
    assert rules[0] - rules[1] == {"orphan-publish"}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            'maps = ["billing.json"]\n',
            "eventlens.toml:1: maps: billing.json: cannot be read (No such file or directory)",
        ),
        ('\nmaps = ["src/messages.ts"]\n', "eventlens.toml:2: maps: src/messages.ts: not a flow map"),
        ('maps = ["../billing.json"]\n', "this must be a path inside the workspace"),
    ],
)
def test_a_map_that_cannot_be_used_is_one_clear_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], settings: str, told: str
) -> None:
    assert run(["check", str(repository(tmp_path / "orders", PUBLISHER, settings))]) == 2
    err = capfd.readouterr().err
    assert told in err and err.count("\n") == 1
