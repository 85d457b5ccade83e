"""A job of many reads and publishes is looked at in the time that its lines take: they are not compared each with each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.checks import sent_again

SHIPPING = Path(__file__).parents[2] / "fixtures" / "storefront" / "services" / "shipping"
ROUND = """
    exchange = await fulfilment_exchange(channel)
    while True:
        if await relay_batch(exchange) == 0:
            await asyncio.sleep(IDLE_SECONDS)
"""


def test_what_is_sent_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SHIPPING, tmp_path / "shipping")
    relay = tmp_path / "shipping" / "shipping" / "outbox_relay.py"
    text = relay.read_text()
    assert ROUND in text
    relay.write_text(text.replace(ROUND, 150 * ROUND.replace("while True", "for _ in range(count)")))
    worked_out = 0
    origins_of = sent_again.origins_of

    def counted(*arguments: object) -> set[str]:
        nonlocal worked_out
        worked_out += 1
        return origins_of(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sent_again, "origins_of", counted)
    workspace = open_workspace(tmp_path).workspace
    analyse(workspace)
    workspace.close()
    assert 0 < worked_out <= 40, worked_out
