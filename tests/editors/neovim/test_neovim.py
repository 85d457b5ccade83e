"""The server in a real Neovim, headless."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NEOVIM = shutil.which(os.environ.get("NVIM", "nvim"))
TOY = Path(__file__).parent.parent.parent / "lsp" / "toy_server.py"

if NEOVIM is None and os.environ.get("EVENTLENS_REQUIRE_EDITORS"):
    raise RuntimeError("nvim is not on PATH; install Neovim, or name it with NVIM=/path/to/nvim")
pytestmark = pytest.mark.skipif(NEOVIM is None, reason="nvim is not on PATH")


def drive(root: Path, home: Path, file: str, server: list[str], **options: str) -> dict[str, Any]:
    """What Neovim shows; fails with everything it said when it could not show it."""
    assert NEOVIM is not None
    environment = {
        **os.environ,
        **{f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")},
        "SERVER": json.dumps(server),
        "ROOT": str(root),
        "FILE": str(root / file),
        **options,
    }
    command = [NEOVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-S", str(Path(__file__).parent / "drive.lua")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(lines[-1])
    assert done.returncode == 0 and "error" not in seen and "client_error" not in seen, (seen, done.stderr)
    return seen


def test_diagnostics_hover_definition_and_an_edit(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    (root / "orders").mkdir(parents=True)
    (root / "orders" / "a.ts").write_text('/* 😀é */ publish("lost");\npublish("orders");\n', encoding="utf-8")
    (root / "b.ts").write_text('\nsubscribe("orders");\n')
    seen = drive(
        root,
        tmp_path / "home",
        "orders/a.ts",
        [sys.executable, str(TOY)],
        AT="orders",
        REPLACE='publish("lost")',
        WITH='subscribe("lost")',
    )
    (shown,) = seen["diagnostics"]
    assert shown["message"].startswith("nobody consumes lost") and shown["source"] == "eventlens"
    # Neovim shows byte columns whatever the server's unit is: the emoji has four bytes, the letter two.
    assert (shown["line"], shown["column"], shown["end_column"]) == (0, 13, 28)
    assert "kafka topic" in "\n".join(seen["hover"]) and "b.ts:2" in "\n".join(seen["hover"])
    assert seen["definition"] == {"file": str(root / "b.ts"), "line": 2}
    assert seen["after_edit"] == [] or seen["after_edit"] == {}


def test_the_storefront(tmp_path: Path) -> None:
    """The real analysis: a subscription of one service leads to the publishes of another."""
    storefront = Path(__file__).parent.parent.parent.parent / "fixtures" / "storefront"
    server = [sys.executable, "-m", "eventlens", "serve", "--stdio"]
    file = "services/payments/src/consumers/order-events.ts"
    seen = drive(storefront, tmp_path / "home", file, server, AT="createConsumer<OrderEvent>")
    assert "dual-write" in {shown["code"] for shown in seen["diagnostics"]}
    hover = "\n".join(seen["hover"])
    assert "order-events" in hover and "orders" in hover
    assert {Path(place["file"]).name for place in seen["places"]} == {"cancel-order.ts", "relay.ts"}
