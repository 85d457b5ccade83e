"""Every channel of the example systems is renamed exactly, or refused; which are refused is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens import analysis
from eventlens.fixes.changes import Edit, apply_edits
from eventlens.ide.index import FlowIndex
from eventlens.ide.renaming.occurrences import Occurrences
from eventlens.ide.renaming.proof import difference
from eventlens.ide.renaming.spelling import NotRenamable, written

FIXTURES = Path(__file__).parents[2] / "fixtures"
NEW = "renamed-once"
REFUSED: dict[str, set[str]] = {
    "storefront": {
        "exchange carrier",
        "exchange dead-letters",
        "exchange fulfilment",
        "exchange payments",
        "queue shipping.payment-captured",
        "topic orders-events",
    },
    "fleet": {
        "exchange DigestPrepared",
        "exchange DigestRequested",
        "exchange DriverRated",
        "exchange MailBounced",
        "exchange billing.invoice-issued",
        "queue digest-prepared",
        "queue digest-requested",
        "queue driver-rated",
        "queue invoice-issued",
        "queue mail-bounced",
        "subject geofence.>",
        "subject positions.*",
        "subject positions.>",
        "subject positions.raw",
        "topic ^fleet\\.vehicle-.*",
        "topic fleet.dispatches",
        "topic fleet.vehicle-beats",
    },
}


@pytest.mark.parametrize("system", ["storefront", "fleet"])
def test_a_channel_is_renamed_exactly_or_refused(system: str) -> None:
    workspace = analysis.open_workspace(FIXTURES / system).workspace
    found = analysis.analyse(workspace)
    assert found.checks is not None
    occurrences = Occurrences(FlowIndex(found.flow_map), found.checks.graph)
    refused = set()
    for channel in found.flow_map.channels:
        try:
            renaming = occurrences.of(channel)
        except NotRenamable:
            refused.add(f"{channel.kind} {channel.name}")
            continue
        edits: dict[str, list[Edit]] = {}
        for spelt in renaming.spelt:
            edits.setdefault(spelt.path, []).append(Edit(spelt.start, spelt.end, written(spelt, NEW)))
        texts: dict[str, bytes | None] = {
            path: apply_edits(workspace.text(path), tuple(some)) for path, some in edits.items()
        }
        after = analysis.analyse(workspace.with_overlays(texts)).flow_map
        if difference(found.flow_map, after, renaming, NEW):
            refused.add(f"{channel.kind} {channel.name}")
    assert refused == REFUSED[system]
