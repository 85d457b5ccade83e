"""The set-up for Helix that the documentation shows, in the real editor on a pseudo terminal: what a person would see of the storefront.

Helix is found as HELIX=/path/to/hx or as `hx` on PATH. It is no condition of `make test-editors`: where it is missing, these tests are
skipped and say so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..example_system import STOREFRONT, copied_storefront
from ..page import block, environment, in_test_editors
from .terminal import Terminal, terminal

HELIX = shutil.which(os.environ.get("HELIX", "hx"))
if HELIX is None and "HELIX" in os.environ:
    raise RuntimeError(f"HELIX={os.environ['HELIX']} is no program")
pytestmark = pytest.mark.skipif(HELIX is None, reason="hx is not on PATH, and HELIX does not name it")

CONFIGURATION = block("toml", "[language-server.eventlens]")
RESERVATIONS = "services/inventory/inventory/reservations.py"
CARRIER = "services/shipping/shipping/carrier_consumer.py"
CARTS = "services/orders/src/carts/abandon-carts.ts"
ESCAPE = "\x1b"
FRAME = "┌"
"""Lists have one; the findings of the cursor's line, which Helix shows in a corner, and pop-up windows have none."""


def surroundings(tmp_path: Path, configuration: str = CONFIGURATION) -> dict[str, str]:
    given = environment(tmp_path / "home")
    folder = Path(given["XDG_CONFIG_HOME"]) / "helix"
    folder.mkdir(parents=True)
    (folder / "languages.toml").write_text(configuration, "utf-8")
    return given


@pytest.fixture
def storefront(tmp_path: Path) -> Path:
    return copied_storefront(tmp_path)


@pytest.fixture
def helix(tmp_path: Path, storefront: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """Helix with the file and the configuration that the test's parameter names, once the whole workspace is known."""
    assert HELIX is not None
    file, configuration = request.param
    with terminal([HELIX, file], surroundings(tmp_path, configuration), storefront) as editor:
        editor.until_shown("● ")  # findings are counted in the status line
        editor.type(" S")
        editor.until_shown(FRAME)
        editor.type("#")
        editor.until_shown("order-events.dlq", "shipping.carrier-updates")
        leave(editor)
        yield editor


def leave(editor: Terminal, text: str = FRAME) -> None:
    """Close a list, or the pop-up window in which that text stands."""
    editor.type(ESCAPE)
    editor.until_gone(text)


def search(editor: Terminal, text: str) -> None:
    """The cursor goes to the next such text; it is selected."""
    editor.type("/")
    editor.until_shown("search:")
    editor.type(f"{text}\r")
    editor.until_gone("search:")


def test_each_language_of_the_set_up_has_the_server(tmp_path: Path) -> None:
    assert HELIX is not None
    given = surroundings(tmp_path)
    names = re.findall(r'\bname = "([\w-]+)"', CONFIGURATION)
    assert len(names) == len(set(names)) >= 18
    for name in names:
        told = subprocess.run(
            [HELIX, "--health", name], env=given, capture_output=True, text=True, timeout=30, check=True
        ).stdout
        assert re.search(r"✓\S* eventlens: ", told), told


@pytest.mark.parametrize("helix", [(RESERVATIONS, CONFIGURATION)], indirect=True)
def test_findings_hover_and_both_ends_in_a_service_that_has_a_root_of_its_own(helix: Terminal) -> None:
    """Beside `pyproject.toml` of the service: nothing of the other services would be known if that were the root."""
    helix.type(" d")
    helix.until_shown(FRAME, "no-dead-letter-queue", "a message of order-events that keeps failing")
    leave(helix)
    search(helix, "loop.handles")
    helix.type(" k")
    helix.until_shown("Consumes kafka topic order-events", "at-least-once delivery")
    leave(helix, "at-least-once delivery")
    helix.type("gd")
    helix.until_shown(FRAME, "services/orders/src/orders/cancel-order.ts", "services/orders/src/outbox/relay.ts")
    leave(helix)
    helix.type("gr")
    helix.until_shown(FRAME, "docker-compose.yml", "packages/messaging/src/topics.ts", "consumers/order-events.ts")
    leave(helix)
    helix.type(" D")
    helix.until_shown(FRAME, "abandon-carts.ts", "dual-write")


@in_test_editors
@pytest.mark.parametrize("helix", [(CARTS, CONFIGURATION)], indirect=True)
def test_a_fix_and_a_rename_change_the_files(helix: Terminal, storefront: Path) -> None:
    search(helix, "publishEvent\\(")
    helix.type(" a")
    helix.until_shown("Declare cart-events as external")
    helix.type("\r")
    helix.until_shown("await publishEvent(")
    helix.type(":o packages/messaging/src/topics.ts\r")
    helix.until_shown("STOCK_LEVELS")
    search(helix, "stock-levels")
    helix.type(" r")
    helix.until_shown("rename-to:stock-levels")
    helix.type("\x15shelves\r")
    helix.until_shown("'shelves'")
    helix.type(":wqa\r")
    helix.until_ended()
    assert "await publishEvent(" in (storefront / CARTS).read_text("utf-8")
    changed = {
        path.relative_to(storefront).as_posix()
        for path in storefront.rglob("*")
        if path.is_file() and path.read_bytes() != (STOREFRONT / path.relative_to(storefront)).read_bytes()
    }
    assert "packages/messaging/src/topics.ts" in changed and len(changed) == 3
    assert all("shelves" in (storefront / name).read_text("utf-8") for name in changed - {CARTS})


@in_test_editors
@pytest.mark.parametrize(
    "helix", [(CARRIER, CONFIGURATION.replace('minimumSeverity = "hint"', 'minimumSeverity = "error"'))], indirect=True
)
def test_the_settings_of_the_page_reach_the_server(helix: Terminal) -> None:
    helix.type(" d")
    shown = helix.until_shown(FRAME, "dual-write", "non-idempotent-consumer")
    assert "a failure of the update is swallowed" not in shown and "nobody in this workspace publishes" not in shown


@in_test_editors
def test_who_is_asked_where_a_language_has_two_servers(tmp_path: Path, storefront: Path) -> None:
    """The same program under two names. Its findings are shown twice; Helix 25.01 asks the first alone for what it points at, and so do all for renaming."""
    assert HELIX is not None
    servers = '["ruff", "jedi", "pylsp", "eventlens"]'
    assert servers in CONFIGURATION
    other = '[language-server.other]\ncommand = "eventlens"\nargs = ["serve"]\n'
    given = surroundings(tmp_path, CONFIGURATION.replace(servers, '["other", "eventlens"]') + other)
    said = Path(given["XDG_CACHE_HOME"]) / "helix" / "helix.log"
    with terminal([HELIX, "-v", RESERVATIONS], given, storefront) as editor:
        editor.until_shown("● 2")
        search(editor, "loop.handles")
        editor.type(" k")
        editor.until_shown("at-least-once delivery")
        leave(editor, "at-least-once delivery")
        editor.type("gd")
        editor.until_shown(FRAME, "services/orders/src/outbox/relay.ts")
        leave(editor)
        editor.type("gr")
        editor.until_shown(FRAME, "docker-compose.yml")
        leave(editor)
        editor.type(":o services/inventory/inventory/settings.py\r")
        editor.until_shown("BaseSettings")
        search(editor, "order-events")
        editor.type(" r")
        editor.until_shown("rename-to:order-events")
        leave(editor, "rename-to")
        editor.type(":qa!\r")
        editor.until_ended()
    asked: dict[str, set[str]] = {}
    for server, method in re.findall(r'(\w+) -> .*"method":"textDocument/(\w+)"', said.read_text("utf-8")):
        asked.setdefault(method, set()).add(server)
    both = {"other", "eventlens"}
    told = subprocess.run([HELIX, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    version = tuple(map(int, re.findall(r"\d+", told)[:2]))
    pointed = {method: asked[method] for method in ("hover", "definition", "references")}
    assert pointed == dict.fromkeys(pointed, both if version >= (25, 7) else {"other"})
    assert asked["didOpen"] == both and asked["prepareRename"] == {"other"}
