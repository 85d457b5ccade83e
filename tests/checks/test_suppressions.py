"""Comments and declarations that silence findings, and those that silence nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.flow.model import Finding

PRODUCER = """import { Kafka } from 'kafkajs';

const producer = new Kafka({ brokers: ['kafka:9092'] }).producer();

export async function shipped(parcelId: string): Promise<void> {
  %s
  producer.send({ topic: 'parcel-events', messages: [{ value: parcelId }] });
}
"""


def findings(root: Path, comment: str, settings: str = "") -> list[Finding]:
    (root / "package.json").write_text('{"name": "parcels", "dependencies": {"kafkajs": "2.2.4"}}')
    (root / "parcels.ts").write_text(PRODUCER % comment)
    if settings:
        (root / "eventlens.toml").write_text(settings)
    return analyse(open_workspace(root).workspace).flow_map.findings


def test_a_comment_silences_its_rule_on_the_next_line(tmp_path: Path) -> None:
    found = findings(
        tmp_path, "// eventlens: ignore[unawaited-publish, orphan-publish] lost parcels are found by the nightly count"
    )
    assert {one.rule: one.suppressed for one in found} == {"unawaited-publish": True, "orphan-publish": True}


def test_other_rules_still_speak(tmp_path: Path) -> None:
    found = findings(tmp_path, "// eventlens: ignore[unawaited-publish] may be lost")
    assert {one.rule for one in found if not one.suppressed} == {"orphan-publish"}


def test_a_comment_that_silences_nothing_is_reported(tmp_path: Path) -> None:
    found = findings(tmp_path, "// eventlens: ignore[dual-write] nothing is written here")
    stale = [one for one in found if one.rule == "unused-suppression"]
    assert [(one.line, one.column, one.message) for one in stale] == [
        (6, 3, "this comment suppresses no dual-write finding")
    ]


@pytest.mark.parametrize(("channel", "used"), [("parcel-*", True), ("parcel-events", True), ("letter-events", False)])
def test_an_external_channel_is_no_orphan_and_must_be_named_by_a_site(tmp_path: Path, channel: str, used: bool) -> None:
    settings = f'[[external]]\nchannel = "{channel}"\nowner = "warehouse"\nreason = "consumed there"\n'
    found = findings(tmp_path, "//", settings)
    assert ("orphan-publish" in {one.rule for one in found}) is not used
    stale = [(one.file, one.line) for one in found if one.rule == "unused-suppression"]
    assert stale == ([] if used else [("eventlens.toml", 2)])


def test_a_rule_can_be_switched_off_and_given_another_severity(tmp_path: Path) -> None:
    settings = '[rules]\norphan-publish = "off"\nunawaited-publish = "error"\n'
    found = findings(tmp_path, "//", settings)
    assert {one.rule: one.severity for one in found} == {"unawaited-publish": "error"}
