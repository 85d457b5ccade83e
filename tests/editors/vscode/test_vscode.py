"""The extension and the server in a real VS Code.

With EVENTLENS_REQUIRE_EDITORS set everything is played, else only what a person meets first. The screenshots stay in
build/editors/vscode/.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .extension import packaged
from .installation import CannotInstall, Installation, installed
from .session import Outcome, Session

REPOSITORY = Path(__file__).parent.parent.parent.parent
STOREFRONT = REPOSITORY / "fixtures" / "storefront"
ARTEFACTS = REPOSITORY / "build" / "editors" / "vscode"
EVENTLENS = Path(sys.executable).parent / "eventlens"
REQUIRED = bool(os.environ.get("EVENTLENS_REQUIRE_EDITORS"))

FIRST = ("squiggle", "hover", "quickFix")
OTHERS = (
    "peekConsumers",
    "peekReferences",
    "lens",
    "configurationHints",
    "renameChannel",
    "renameRefused",
    "severalFiles",
    "navigationOnly",
    "switches",
    "tree",
    "graph",
    "graphFilters",
    "graphKeys",
    "graphMouse",
    "graphFollows",
    "graphTheme",
    "graphExport",
)
# A server that answers the handshake and says nothing else.
SILENT = """#!{python}
import sys
from pygls.lsp.server import LanguageServer
if sys.argv[1:2] == ["--version"]:
    print("eventlens {version}")
else:
    LanguageServer("silent", "1").start_io()
"""

Facts = Callable[[str], dict[str, Any]]
others = pytest.mark.skipif(not REQUIRED, reason="`make test-editors` plays everything")


@pytest.fixture(scope="module")
def installation() -> Installation:
    try:
        found = installed()
        packaged(found.npm)
        return found
    except CannotInstall as missing:
        if REQUIRED:
            raise
        pytest.skip(str(missing))


def copy_of_the_storefront(folder: Path) -> Path:
    """Without the comments that say what the analysis should find: a person's code has none."""
    root = folder / "storefront"
    shutil.copytree(STOREFRONT, root, ignore=shutil.ignore_patterns("node_modules", "expected-flows.yaml"))
    for path in [*root.rglob("*.ts"), *root.rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        code = re.sub(r"(?m)^[ \t]*(//|#) (site|expect|expect-not): .*\n", "", text)
        path.write_text(re.sub(r"[ \t]+(//|#) (site|expect|expect-not): .*", "", code), encoding="utf-8")
    return root


def session(installation: Installation, folder: Path, server: Path, artefacts: Path) -> Session:
    return Session(
        installation,
        packaged(installation.npm),
        copy_of_the_storefront(folder),
        folder / "editor",
        artefacts,
        {"eventlens.server.path": str(server)},
    )


@pytest.fixture(scope="module")
def outcomes(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    shutil.rmtree(ARTEFACTS, ignore_errors=True)
    names = (*FIRST, *OTHERS) if REQUIRED else FIRST
    return session(installation, tmp_path_factory.mktemp("vscode"), EVENTLENS, ARTEFACTS).play(names)


@pytest.fixture
def facts(outcomes: dict[str, Outcome]) -> Facts:
    """What a scenario saw; fails with its error when it did not see it."""

    def told(name: str) -> dict[str, Any]:
        outcome = outcomes[name]
        assert outcome.error is None, f"{outcome.error}\n(screenshot: {ARTEFACTS / f'failed-{name}.png'})"
        return outcome.facts

    return told


def test_a_finding_is_underlined_and_stands_among_the_problems(facts: Facts) -> None:
    seen = facts("squiggle")
    assert "squiggly-error" in seen["severity"]
    assert seen["lenses"] == ["→ 2 consumers (inventory, payments)"]
    assert any("dual-write" in problem and "[Ln 18, Col 9]" in problem for problem in seen["problems"])


def test_a_hover_tells_of_the_finding_the_channel_and_the_schema(facts: Facts) -> None:
    seen = facts("hover")
    assert "is not atomic with the update of order" in seen["onSquiggle"]
    assert "kafka topic order-events" in seen["onSquiggle"]
    assert "payload.orderId string" in seen["onEvent"]
    assert "inventory" in seen["onEvent"] and "payments" in seen["onEvent"]


def test_a_quick_fix_mends_the_finding(facts: Facts) -> None:
    seen = facts("quickFix")
    assert "Await the publish" in seen["titles"]
    assert "    await publishEvent(\n      TOPICS.CART_EVENTS," in seen["saved"]


@others
def test_a_line_of_configuration_says_who_is_at_the_ends_of_its_channel(facts: Facts) -> None:
    assert "← orders → inventory, payments" in facts("configurationHints")["line"]


@others
def test_the_consumers_of_a_publish_are_peeked_at(facts: Facts) -> None:
    text = " ".join(facts("peekConsumers")["ends"])
    assert "reservations.py" in text and "order-events.ts" in text


@others
def test_all_places_of_a_channel_are_peeked_at(facts: Facts) -> None:
    text = " ".join(facts("peekReferences")["places"])
    assert all(name in text for name in ("cancel-order.ts", "relay.ts", "reservations.py", "order-events.ts"))


@others
def test_a_lens_peeks_at_the_other_ends(facts: Facts) -> None:
    seen = facts("lens")
    text = " ".join(seen["ends"])
    assert "reservations.py" in text and "order-events.ts" in text
    assert "(2)" in seen["title"] and seen["asked"] == 0


@others
def test_a_channel_is_renamed_in_code_and_configuration(facts: Facts) -> None:
    seen = facts("renameChannel")
    assert seen["offered"] == "order-events"
    assert all(seen["ticks"]), seen
    assert any("ORDER_EVENTS_TOPIC=order-eventsorder-news" in line for line in seen["lines"]), seen["lines"]
    assert {"Another service", "Configuration"} <= set(seen["kinds"])
    environment, compose, code, other_language = seen["saved"]
    assert environment == "ORDER_EVENTS_TOPIC=order-news" and compose.count("order-news") == 2
    assert "'order-news'" in code and '"order-news"' in other_language
    assert seen["lenses"] == ["→ 2 consumers (inventory, payments)"]


@others
def test_a_rename_that_is_refused_says_why(facts: Facts) -> None:
    seen = facts("renameRefused")
    assert "already" in seen["taken"]
    assert "gift-cards.ts:10" in seen["parts"]
    assert seen["unchanged"]


@others
def test_a_fix_of_several_files_is_made_whole_or_not_at_all(facts: Facts) -> None:
    seen = facts("severalFiles")
    assert seen["ticks"] and not any(seen["ticks"]) and seen["untouched"]
    consumer, declarations = seen["after"]
    assert "this.channel.nack(message, false, false)" in consumer and "deadLetterRoutingKey" in declarations


@others
def test_navigation_only_takes_findings_and_fixes_away_and_nothing_else(facts: Facts) -> None:
    seen = facts("navigationOnly")
    assert seen["lenses"] == ["→ 2 consumers (inventory, payments)"]
    assert "kafka topic order-events" in seen["hover"] and "not atomic" not in seen["hover"]


@others
def test_features_are_switched_while_the_window_is_open(facts: Facts) -> None:
    seen = facts("switches")
    assert seen["before"] == seen["after"] == ["→ 2 consumers (inventory, payments)"]


@others
def test_the_tree_lists_services_channels_and_sites(facts: Facts) -> None:
    text = "\n".join(facts("tree")["rows"])
    assert all(name in text for name in ("inventory", "orders", "payments", "order-events"))


@others
def test_the_graph_shows_services_channels_circles_and_findings(facts: Facts) -> None:
    seen = facts("graph")
    assert (seen["services"], seen["circle"]) == (5, 4)
    assert seen["channels"] > 10 and seen["marks"] > 5


@others
def test_the_graph_is_filtered(facts: Facts) -> None:
    seen = facts("graphFilters")
    assert "carrier" in seen["rabbitmq"] and "order-events" not in seen["rabbitmq"]
    assert seen["cartAbandoned"] == ["cart-events", "orders"]
    assert seen["carrier"] == ["carrier", "shipping", "shipping.carrier-updates"]


@others
def test_the_graph_is_walked_by_keys(facts: Facts) -> None:
    seen = facts("graphKeys")
    assert seen["first"].startswith("service inventory: publishes to 1 channel, consumes 2 channels")
    assert seen["second"].startswith("kafka topic stock-requests: 1 producer, 1 consumer")
    assert seen["opened"] == "stock_requests.py"


@others
def test_the_graph_leads_to_the_code(facts: Facts) -> None:
    seen = facts("graphMouse")
    assert "OrderCancelled published" in seen["told"] and "dual-write" in seen["told"]
    assert seen["place"] == "Ln 18, Col 9"
    assert seen["edge"].startswith("Ln 14,")


@others
def test_the_graph_follows_the_files(facts: Facts) -> None:
    seen = facts("graphFollows")
    assert seen["before"] == 0
    assert seen["label"] == "kafka topic gift-cards: 1 producer, 0 consumers, 1 finding"


@others
def test_the_graph_follows_the_theme(facts: Facts) -> None:
    seen = facts("graphTheme")
    assert seen["dark"][0] != seen["light"][0]
    assert seen["dark"][1] != seen["light"][1]


@others
def test_the_graph_is_saved(facts: Facts) -> None:
    seen = {name: base64.b64decode(content) for name, content in facts("graphExport").items()}
    assert b"stock-requests" in seen["svg"] and b"var(" not in seen["svg"]
    assert seen["png"].startswith(b"\x89PNG\r\n")


@others
def test_a_server_that_publishes_nothing_fails(installation: Installation, tmp_path: Path) -> None:
    server = tmp_path / "silent"
    server.write_text(SILENT.format(python=sys.executable, version="0.1.0"), encoding="utf-8")
    server.chmod(0o755)
    (tmp_path / "window").mkdir()
    seen = session(installation, tmp_path / "window", server, tmp_path / "artefacts").play(["squiggle"], patience=8)
    assert seen["squiggle"].error is not None and "squiggly-error" in seen["squiggle"].error
