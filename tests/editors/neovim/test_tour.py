"""A walk through the storefront in a real Neovim: every feature shows what a person would look for.

The transcript of the walk is written to the file that EVENTLENS_TRANSCRIPT names, when it is set.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .test_neovim import NEOVIM

STOREFRONT = Path(__file__).parent.parent.parent.parent / "fixtures" / "storefront"
SERVER = [sys.executable, "-m", "eventlens", "serve", "--stdio"]
PUBLISHER = "services/orders/src/orders/cancel-order.ts"
CARTS = "services/orders/src/carts/abandon-carts.ts"
CONSUMER = "services/payments/src/consumers/order-events.ts"
STOCK = "services/inventory/inventory/stock_requests.py"
NAMES = "packages/messaging/src/topics.ts"

pytestmark = pytest.mark.skipif(NEOVIM is None, reason="nvim is not on PATH")

STEPS: list[dict[str, str]] = [
    {"step": "open", "file": PUBLISHER, "title_line": "Diagnostics"},
    {"step": "diagnostics"},
    {"step": "go", "to": "publishEvent(TOPICS", "title_line": "Hover on a publish"},
    {"step": "hover"},
    {"step": "jump", "to": "definition", "title_line": "Go to definition: who consumes this"},
    {"step": "jump", "to": "implementation", "title_line": "Go to implementation"},
    {"step": "jump", "to": "typeDefinition", "title_line": "Go to type definition: the event's schema"},
    {"step": "jump", "to": "declaration", "title_line": "Go to declaration: where the channel is declared"},
    {"step": "references", "title_line": "Find references"},
    {"step": "highlight", "title_line": "Highlight"},
    {"step": "lenses", "title_line": "Code lenses"},
    {"step": "hints", "title_line": "Inlay hints"},
    {"step": "calls", "direction": "to", "title_line": "Call hierarchy: outgoing, across the broker"},
    {"step": "symbols", "title_line": "Symbols of the file"},
    {"step": "symbols", "query": "#order-events", "title_line": "Symbols of the workspace: #order-events"},
    {"step": "open", "file": CONSUMER, "title_line": "Go to definition from the consumer: who publishes this"},
    {"step": "go", "to": "createConsumer<OrderEvent>"},
    {"step": "jump", "to": "definition"},
    {"step": "calls", "direction": "from", "title_line": "Call hierarchy: incoming, across the broker"},
    {"step": "open", "file": STOCK, "title_line": "Following a lens"},
    {"step": "lenses"},
    {"step": "go", "to": "consumer.subscribe("},
    {"step": "follow", "title": "1 producer"},
    {"step": "open", "file": CARTS, "title_line": "A quick fix"},
    {"step": "diagnostics"},
    {"step": "go", "to": "publishEvent("},
    {"step": "fix", "title": "Await the publish"},
    {"step": "show", "text": "await publishEvent"},
    {"step": "no_diagnostic", "code": "unawaited-publish"},
]


def walk(root: Path, home: Path, steps: list[dict[str, str]]) -> str:
    """The transcript of a walk; fails with it when a step could not be taken."""
    assert NEOVIM is not None
    home.mkdir()
    transcript = home / "transcript.txt"
    environment = {
        **os.environ,
        **{f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
        "SERVER": json.dumps(SERVER),
        "ROOT": str(root),
        "STEPS": json.dumps(steps),
        "TRANSCRIPT": str(transcript),
    }
    command = [NEOVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-S", str(Path(__file__).parent / "tour.lua")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    said = transcript.read_text(encoding="utf-8") if transcript.exists() else ""
    assert done.returncode == 0, said + done.stdout + done.stderr
    return said


def parts(transcript: str) -> dict[str, str]:
    """What was said under each title."""
    found = [part.partition("\n") for part in ("\n" + transcript).split("\n # ")[1:]]
    return {title.strip(): text for title, _, text in found}


def test_the_storefront_step_by_step(tmp_path: Path) -> None:
    root = tmp_path / "storefront"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules"))
    transcript = walk(root, tmp_path / "home", STEPS)
    if where := os.environ.get("EVENTLENS_TRANSCRIPT"):
        Path(where).write_text(transcript, encoding="utf-8")
    said = parts(transcript)
    assert "ERROR dual-write" in said["Diagnostics"]
    hover = said["Hover on a publish"]
    assert "order-events" in hover and "OrderCancelled" in hover and "orderId" in hover and "payments" in hover
    consumers = said["Go to definition: who consumes this"]
    assert f"{CONSUMER}:" in consumers and "services/inventory/inventory/reservations.py:" in consumers
    assert "events" in said["Go to type definition: the event's schema"]
    assert PUBLISHER in said["Find references"] and CONSUMER in said["Find references"]
    assert "→" in said["Code lenses"] and "payments" in said["Code lenses"]
    assert "order-events" in said["Inlay hints"]
    assert CONSUMER in said["Call hierarchy: outgoing, across the broker"]
    assert "order-events" in said["Symbols of the file"]
    assert "order-events" in said["Symbols of the workspace: #order-events"]
    assert PUBLISHER in said["Go to definition from the consumer: who publishes this"]
    assert PUBLISHER in said["Call hierarchy: incoming, across the broker"]
    assert "leads to services/orders/src/consumers/stock-levels.ts:13" in said["Following a lens"]
    fixed = said["A quick fix"]
    assert "await publishEvent(" in fixed and "unawaited-publish" not in fixed.rpartition("await publishEvent(")[2]


def test_a_scaffold_of_several_files_is_applied_as_it_was_proven(tmp_path: Path) -> None:
    """The outbox of one of the fixes' own cases: what Neovim writes is the proven result, byte for byte."""
    case = STOREFRONT.parent / "fixes" / "outbox" / "sqlalchemy-commit-confluent-kafka"
    root = tmp_path / "bookings"
    shutil.copytree(case / "before", root)
    steps = [
        {"step": "open", "file": "bookings/api.py", "title_line": "An outbox"},
        {"step": "diagnostics"},
        {"step": "go", "to": "producer.produce("},
        {"step": "fix", "title": "Store the message in an outbox with the write"},
        {"step": "save"},
        {"step": "no_diagnostic", "code": "dual-write"},
    ]
    walk(root, tmp_path / "home", steps)
    wanted = {path.relative_to(case / "after"): path for path in (case / "after").rglob("*") if path.is_file()}
    made = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    assert made.keys() == wanted.keys()
    assert [str(one) for one in wanted if made[one].read_bytes() != wanted[one].read_bytes()] == []


def test_a_channel_is_renamed_in_all_files_or_the_reason_is_shown(tmp_path: Path) -> None:
    root = tmp_path / "storefront"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules"))
    steps = [
        {"step": "open", "file": NAMES},
        {"step": "symbols", "query": "#order-events"},
        {"step": "go", "to": "order-events"},
        {"step": "rename", "name": "stock-requests", "title_line": "A name that another channel has"},
        {"step": "rename", "name": "sales", "title_line": "A new name"},
        {"step": "save"},
    ]
    said = parts(walk(root, tmp_path / "home", steps))
    refused, renamed = said["A name that another channel has"], said["A new name"]
    assert "told:" in refused and "there is a topic stock-requests already" in refused and "changed:" not in refused
    assert "asked with: order-events" in renamed and "told:" not in renamed
    changed = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and path.read_bytes() != (STOREFRONT / path.relative_to(root)).read_bytes()
    }
    assert changed == set(re.findall(r"changed: (\S+)", renamed))
    assert changed == {NAMES, ".env", "docker-compose.yml", "services/inventory/inventory/settings.py"}
    for name in changed:
        assert (root / name).read_text("utf-8").replace("sales", "order-events") == (STOREFRONT / name).read_text(
            "utf-8"
        )
