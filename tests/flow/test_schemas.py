"""The messages of ``fixtures/schemas``: each site's schema is as the case's golden file says.

``EVENTLENS_UPDATE_GOLDEN=1`` writes the golden files anew; read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.flow.model import PayloadField, Site
from eventlens.flow.schema_files import folded_name, schema_files_of

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "schemas"
CASES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def rows(fields: Sequence[PayloadField], above: str = "") -> Iterator[str]:
    for one in fields:
        words = [f"{above}{one.name}{'?' if one.optional else ''}: {one.type}"]
        words += [f"({one.format})"] if one.format else []
        words += [f"= {one.default}"] if one.default is not None else []
        words += [f"# {one.doc}"] if one.doc else []
        yield "    " + " ".join(words)
        yield from rows(one.fields, f"{above}{one.name}{'[]' if one.repeated else ''}.")


def told(site: Site) -> Iterator[str]:
    place = f" {site.schema.file}:{site.schema.line}" if site.schema is not None else ""
    name = f" {site.schema_name}" if site.schema_name else ""
    yield f"{site.file}:{site.line} {site.role} {site.channel} | {site.payload_source or 'not known'}{name}{place}"
    yield from rows(site.payload)


@pytest.mark.parametrize("case", CASES)
def test_messages_are_as_written(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path))
    sites = analyse(open_workspace(FIXTURES / case).workspace).flow_map.sites
    text = "\n".join(line for site in sites for line in told(site)) + "\n"
    golden = FIXTURES / case / "messages.golden"
    if os.environ.get("EVENTLENS_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_a_broken_schema_file_is_a_problem_and_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path))
    files = schema_files_of(open_workspace(FIXTURES / "schema-files").workspace)
    assert [one.file for one in files.problems] == ["schemas/broken.avsc"]
    assert files.named("FineRaised") is not None


@pytest.mark.parametrize(
    "name", ["OrderPlaced", "com.shop.OrderPlaced", "order_placed", "order.placed", "order-placed", "OrderPlacedEvent"]
)
def test_names_of_one_event(name: str) -> None:
    assert folded_name(name) == "orderplaced"


def test_names_of_other_events_stay_apart() -> None:
    assert (
        len({folded_name(name) for name in ("order.placed", "placed", "OrderPlacedV2", "Event", "orders.placed")}) == 5
    )
