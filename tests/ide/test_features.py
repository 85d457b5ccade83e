from __future__ import annotations

import msgspec
import pytest

from eventlens.flow.model import Flow, FlowMap, HandlerPlace, Place, Site, Step
from eventlens.ide.diagnostics import findings_by_file
from eventlens.ide.index import FlowIndex
from eventlens.ide.lenses import ends_of, lenses
from eventlens.ide.navigation import Jump, declaration, definition, references
from eventlens.ide.places import Target, landing
from eventlens.ide.symbols import file_symbols, rank_of, workspace_symbols
from sample_map import AUDIT, CONSUME, CONSUME_FILE, DUAL_WRITE, MAP, ORDERS, PUBLISH, PUBLISH_FILE

PUBLISH_PLACE = Target(PUBLISH_FILE, 4, 8, 4, 99)
CONSUME_PLACE = Target(CONSUME_FILE, 2, 7, 2, 45)
HANDLER_PLACE = Target(CONSUME_FILE, 3, 1, 3, 0)
DECLARED_PLACE = Target("docker-compose.yml", 2, 1, 2, 0)
BOUND_PLACE = Target("docker-compose.yml", 1, 1, 1, 0)
INVENTORY = msgspec.structs.replace(
    CONSUME,
    id="c2",
    file="services/inventory/on-order.py",
    service="inventory",
    handler=HandlerPlace(file="services/inventory/on-order.py", line=9, name="reserve"),
)


def index_of(*sites: Site, links: tuple[tuple[str, str], ...] = (("p1", "c1"),)) -> FlowIndex:
    flows = [
        Flow(publish=p, subscribe=s, event=None, route=["kafka/orders"], why="same name", origin=None) for p, s in links
    ]
    return FlowIndex(msgspec.structs.replace(MAP, sites=list(sites), flows=flows))


INDEX = FlowIndex(MAP)
TWO_CONSUMERS = index_of(PUBLISH, CONSUME, INVENTORY, links=(("p1", "c1"), ("p1", "c2")))


def places_of(jump: Jump) -> list[Target]:
    return [landing.at for landing in jump.targets]


# ------------------------------------------------------------------------------------------------------ navigation


def test_definition_of_a_publish_is_every_consumers_handler() -> None:
    jump = definition(TWO_CONSUMERS, PUBLISH_FILE, 4, 30)
    assert jump.origin == PUBLISH_PLACE
    assert places_of(jump) == [HANDLER_PLACE, Target("services/inventory/on-order.py", 9, 1, 9, 0)]


def test_definition_of_a_subscription_is_its_producers() -> None:
    assert definition(INDEX, CONSUME_FILE, 2, 10) == (CONSUME_PLACE, [landing(PUBLISH_PLACE)])


def test_definition_at_a_handler_is_its_producers_and_has_no_origin() -> None:
    assert definition(INDEX, CONSUME_FILE, 3, 1) == (None, [landing(PUBLISH_PLACE)])


def test_definition_goes_to_the_subscription_where_the_handler_is_not_known() -> None:
    plain = msgspec.structs.replace(CONSUME, handler=None)
    assert places_of(definition(index_of(PUBLISH, plain), PUBLISH_FILE, 4, 8)) == [CONSUME_PLACE]


def test_producers_are_the_callers_of_a_wrapper_not_the_call_inside_it() -> None:
    caller = msgspec.structs.replace(PUBLISH, id="p2", file="caller.ts", of="p1", via="wrapper")
    index = index_of(PUBLISH, caller, CONSUME, links=(("p1", "c1"), ("p2", "c1")))
    assert [target.file for target in places_of(definition(index, CONSUME_FILE, 2, 8))] == ["caller.ts"]


@pytest.mark.parametrize(
    ("line", "column", "inside"), [(4, 8, True), (4, 7, False), (4, 99, True), (4, 100, False), (5, 8, False)]
)
def test_a_site_covers_its_call_and_the_place_behind_it(line: int, column: int, inside: bool) -> None:
    assert bool(INDEX.sites_at(PUBLISH_FILE, line, column)) is inside


def test_the_innermost_site_comes_first() -> None:
    outer = msgspec.structs.replace(PUBLISH, id="outer", line=3, end_line=6)
    assert [site.id for site in index_of(outer, PUBLISH).sites_at(PUBLISH_FILE, 4, 20)] == ["p1", "outer"]


def test_references_are_both_ends_and_with_declarations_also_configuration() -> None:
    assert references(INDEX, CONSUME_FILE, 2, 10, include_declaration=False) == [PUBLISH_PLACE, CONSUME_PLACE]
    assert references(INDEX, PUBLISH_FILE, 4, 10, include_declaration=True) == [
        PUBLISH_PLACE,
        CONSUME_PLACE,
        DECLARED_PLACE,
        BOUND_PLACE,
    ]


def test_references_from_configuration() -> None:
    assert references(INDEX, "docker-compose.yml", 2, 3, include_declaration=False) == [PUBLISH_PLACE, CONSUME_PLACE]


def test_references_include_the_wiring_of_a_subscription() -> None:
    wired = msgspec.structs.replace(CONSUME, wiring=[Place(file="serverless.yml", line=7)])
    assert Target("serverless.yml", 7, 1, 7, 0) in references(
        index_of(PUBLISH, wired), PUBLISH_FILE, 4, 8, include_declaration=True
    )


def test_a_pattern_subscription_is_a_reference_of_what_its_flow_reaches() -> None:
    pattern = msgspec.structs.replace(CONSUME, channel="ord*", channels=[])
    assert CONSUME_PLACE in references(index_of(PUBLISH, pattern), PUBLISH_FILE, 4, 8, include_declaration=False)


def test_declaration_is_where_the_channel_is_configured() -> None:
    assert declaration(INDEX, PUBLISH_FILE, 4, 8) == (PUBLISH_PLACE, [landing(DECLARED_PLACE)])


# ------------------------------------------------------------------------------------------ lenses, symbols, others


def test_lenses_name_the_services_at_the_other_end() -> None:
    (lens,) = lenses(TWO_CONSUMERS, PUBLISH_FILE)
    assert (lens.text, lens.target, len(lens.ends)) == ("→ 2 consumers (inventory, payments)", PUBLISH_PLACE, 2)
    assert lenses(INDEX, CONSUME_FILE)[0].text == "← 1 producer (orders)"


def test_a_lens_names_where_failed_messages_end() -> None:
    reader = msgspec.structs.replace(CONSUME, id="d1", file="dlq.ts", channel="orders.DLQ", channels=["orders.DLQ"])
    index = index_of(PUBLISH, CONSUME, reader)
    (lens,) = [lens for lens in lenses(index, CONSUME_FILE) if lens.kind == "dead-letters"]
    assert (lens.text, [end.file for end in lens.ends]) == ("dead letters → orders.DLQ", ["dlq.ts"])
    assert ends_of(index, CONSUME_FILE, 2, 10, "dead-letters") == lens.ends


def test_a_lens_says_that_failed_messages_end_nowhere_only_where_that_was_found() -> None:
    plain = msgspec.structs.replace(ORDERS, dead_letter=None)
    known = FlowIndex(msgspec.structs.replace(MAP, channels=[plain]))
    assert "no dead-letter queue" in [lens.text for lens in lenses(known, CONSUME_FILE)]
    silent = FlowIndex(msgspec.structs.replace(MAP, channels=[plain], findings=[]))
    assert [lens.text for lens in lenses(silent, CONSUME_FILE)] == ["← 1 producer (orders)"]


def test_a_lens_names_the_cycle_that_was_reported_on_every_site_of_it() -> None:
    circle = msgspec.structs.replace(
        DUAL_WRITE,
        rule="circular-flow",
        related=[Step(file=CONSUME_FILE, line=2, message="orders is consumed here")],
    )
    index = FlowIndex(msgspec.structs.replace(MAP, findings=[circle]))
    for file, other in ((PUBLISH_FILE, CONSUME_PLACE), (CONSUME_FILE, PUBLISH_PLACE)):
        (lens,) = [lens for lens in lenses(index, file) if lens.kind == "cycle"]
        assert (lens.text, lens.ends) == ("⟲ part of a cycle", [other])


def test_lenses_of_orphans_and_tests() -> None:
    tested = msgspec.structs.replace(PUBLISH, id="p3", source_set="test")
    assert [lens.text for lens in lenses(index_of(PUBLISH, tested, links=()), PUBLISH_FILE)] == [
        "→ no consumer in this workspace"
    ]


def test_many_services_are_counted() -> None:
    consumers = [msgspec.structs.replace(CONSUME, id=f"c{n}", service=f"s{n}") for n in range(6)]
    index = index_of(PUBLISH, *consumers, links=tuple(("p1", site.id) for site in consumers))
    assert lenses(index, PUBLISH_FILE)[0].text == "→ 6 consumers (s0, s1, s2, s3, and 2 more)"


def test_a_file_lists_its_sites() -> None:
    assert [(s.name, s.kind, s.container) for s in file_symbols(INDEX, CONSUME_FILE)] == [
        ("← orders (OrderPlaced)", "subscribe", "payments kafka")
    ]


@pytest.mark.parametrize("query", ["#order", "ORD", "odr", ""])
def test_a_search_finds_the_channel_the_event_and_both_ends(query: str) -> None:
    found = {(symbol.kind, symbol.target) for symbol in workspace_symbols(INDEX, query)}
    assert {
        ("channel", DECLARED_PLACE),
        ("event", PUBLISH_PLACE),
        ("publish", PUBLISH_PLACE),
        ("subscribe", CONSUME_PLACE),
    } <= found


@pytest.mark.parametrize(
    ("name", "letters", "rank"),
    [
        ("orders", "orders", 0),
        ("orders.placed", "orders", 1),
        ("shop.orders.placed", "orders", 2),
        ("shop.orders-placed", "order", 3),
        ("reorders", "orders", 4),
        ("reorders.orders", "orders", 2),
        ("o-r-d", "ord", 5),
        ("orders", "ordx", -1),
        ("orders", "", 1),
    ],
)
def test_how_well_letters_fit(name: str, letters: str, rank: int) -> None:
    assert rank_of(name, letters) == rank


def test_a_search_that_fits_nothing_finds_nothing() -> None:
    assert workspace_symbols(INDEX, "zzz") == []


def test_a_channel_without_any_place_is_no_symbol() -> None:
    assert AUDIT.name not in {symbol.name for symbol in workspace_symbols(INDEX, "audit")}


def test_findings_are_grouped_by_file_without_the_suppressed() -> None:
    assert {file: [f.rule for f in found] for file, found in findings_by_file(MAP).items()} == {
        PUBLISH_FILE: ["dual-write"],
        CONSUME_FILE: ["no-dead-letter-queue"],
    }


def test_an_empty_map_answers_everything() -> None:
    empty: FlowMap = msgspec.structs.replace(MAP, sites=[], flows=[], channels=[], findings=[])
    index = FlowIndex(empty)
    assert (
        references(index, "a.ts", 1, 1, include_declaration=True) == []
        and workspace_symbols(index, "") == []
        and lenses(index, "a.ts") == []
    )
