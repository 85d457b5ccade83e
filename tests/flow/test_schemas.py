"""The messages of ``fixtures/schemas``: each site's schema is as the case's golden file says.

``EVENTLENS_UPDATE_GOLDEN=1`` writes the golden files anew; read the difference.
"""

from __future__ import annotations

import os
import time
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


def test_the_fields_of_a_class_cost_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each field was looked through all others for how the class names them: 30,000 took minutes."""
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "app").mkdir()
    fields = "".join(f"  field{number}: string;\n" for number in range(30_000))
    (tmp_path / "app" / "reading.ts").write_text(
        f"import {{ Kafka }} from 'kafkajs';\ninterface Reading {{\n{fields}}}\n"
        "const producer = new Kafka({ brokers: ['kafka'] }).producer();\n"
        "export async function read(reading: Reading) {\n"
        "  await producer.send({ topic: 'readings', messages: [{ value: JSON.stringify(reading) }] });\n}\n"
    )
    began = time.process_time()
    (site,) = analyse(open_workspace(tmp_path / "app").workspace).flow_map.sites
    assert [one.name for one in site.payload[:2]] == ["field0", "field1"] and len(site.payload) < 200
    assert time.process_time() - began < 20
