"""The set-up for Emacs that the documentation shows, in a real Emacs, batch: its eglot on the storefront.

Emacs is no condition of `make test-editors`: where it or its eglot is missing, these tests are skipped and say so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..example_system import STOREFRONT, copied_storefront
from ..page import block, environment, in_test_editors

CONFIGURATION = block("elisp", "eglot-server-programs")
RESERVATIONS = "services/inventory/inventory/reservations.py"
CARRIER = "services/shipping/shipping/carrier_consumer.py"
RELAY = "services/orders/src/outbox/relay.ts"
CANCEL = "services/orders/src/orders/cancel-order.ts"

_HAS_EGLOT = (
    "(progn (when (< emacs-major-version 29) (package-initialize)) (kill-emacs (if (require 'eglot nil t) 0 1)))"
)


@pytest.fixture(scope="module")
def emacs(tmp_path_factory: pytest.TempPathFactory) -> str:
    program = shutil.which("emacs")
    if program is None:
        pytest.skip("emacs is not on PATH")
    home = tmp_path_factory.mktemp("home")
    command = [program, "--batch", "--eval", _HAS_EGLOT]
    asked = subprocess.run(command, env={**environment(home), "HOME": str(home)}, timeout=60, check=False)
    if asked.returncode:
        pytest.skip("this Emacs has no eglot: Emacs 29, or the package eglot of an older one, is wanted")
    return program


@pytest.fixture
def storefront(tmp_path: Path) -> Path:
    return copied_storefront(tmp_path)


def drive(emacs: str, root: Path, file: str, configuration: str = CONFIGURATION, **options: str) -> dict[str, Any]:
    """What Emacs shows; fails with everything it said when it could not show it."""
    home = root.parent / "home"
    given = environment(home)
    (home / "page.el").write_text(configuration, "utf-8")
    given |= {"HOME": str(home), "CONFIGURATION": str(home / "page.el"), "FILE": str(root / file)}
    command = [emacs, "--batch", "-l", str(Path(__file__).parent / "drive.el")]
    done = subprocess.run(
        command, cwd=root, env={**given, **options}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 0 and "error" not in seen, (seen, done.stderr)
    return seen


def files(places: list[str]) -> set[str]:
    return {place.rpartition(":")[0] for place in places}


def test_the_set_up_shows_findings_hovers_and_both_ends_and_changes_files(emacs: str, storefront: Path) -> None:
    renamed = {"file": str(storefront / "services/inventory/inventory/settings.py"), "at": '"order-ev', "to": "sales"}
    seen = drive(
        emacs, storefront, RESERVATIONS, AT="loop.handles", ACTION="Ignore no-dead-letter", RENAME=json.dumps(renamed)
    )
    assert Path(seen["project"]) == storefront
    (finding,) = (one for one in seen["diagnostics"] if "no-dead-letter-queue" in one)
    assert "order-events" in finding
    assert "Consumes kafka topic order-events" in seen["hover"] and "Producers:" in seen["hover"]
    assert files(seen["definitions"]) == {CANCEL, RELAY}
    assert {RESERVATIONS, CANCEL, RELAY, ".env", "docker-compose.yml"} <= files(seen["references"])
    assert {CARRIER, RELAY} < files(seen["symbols"])
    assert not any("no-dead-letter-queue" in one for one in seen["after_action"])
    for name in (".env", "docker-compose.yml", "packages/messaging/src/topics.ts"):
        text = (storefront / name).read_text("utf-8")
        assert "sales" in text and text.replace("sales", "order-events") == (STOREFRONT / name).read_text("utf-8")


@in_test_editors
@pytest.mark.parametrize(("least", "shown"), [("hint", {"error", "warning", "note"}), ("error", {"error"})])
def test_the_settings_of_the_page_reach_the_server(emacs: str, storefront: Path, least: str, shown: set[str]) -> None:
    configuration = CONFIGURATION.replace(':minimumSeverity "hint"', f':minimumSeverity "{least}"')
    seen = drive(emacs, storefront, CARRIER, configuration, AT="await queue.consume")
    kinds = {"dual-write": "error", "swallowed-failure": "warning", "orphan-subscribe": "note"}
    assert {kind for rule, kind in kinds.items() if f"[{rule}]" in "".join(seen["diagnostics"])} == shown


@in_test_editors
def test_one_server_serves_files_of_all_kinds_that_this_emacs_knows(emacs: str, storefront: Path) -> None:
    names = ("a.ts", "b.tsx", "c.js", "e.py", "F.java", "g.kt", "h.go", "I.cs")
    names = (*names, "j.yaml", "k.toml", "l.json", "m.tf", "n.tfvars", "o.properties", ".env")
    for name in names:
        if name != ".env":
            (storefront / name).touch()
    also = json.dumps([str(storefront / name) for name in names])
    seen = drive(emacs, storefront, RESERVATIONS, AT="loop.handles", ALSO=also)
    known = {name: one for name, one in zip(names, seen["also"], strict=True) if one["mode"] != "fundamental-mode"}
    assert {"c.js", "e.py", "F.java", "k.toml", "l.json", "o.properties"} <= set(known)
    assert {name: one["mode"] for name, one in known.items() if not one["managed"]} == {}
