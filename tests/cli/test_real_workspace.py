"""The installed command on a real workspace: the storefront fixture."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

REPOSITORY = Path(__file__).parent.parent.parent
STOREFRONT = REPOSITORY / "fixtures" / "storefront"


def eventlens(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eventlens", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)


def document(*arguments: str) -> dict[str, Any]:
    done = eventlens(*arguments)
    assert done.stderr == "" and done.returncode in (0, 1), done
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def flow_map() -> dict[str, Any]:
    return document("map", str(STOREFRONT), "--format", "json")


def test_the_map_follows_the_published_schema(flow_map: dict[str, Any]) -> None:
    schema = json.loads((REPOSITORY / "docs" / "map.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(flow_map)


def test_the_map_is_whole(flow_map: dict[str, Any]) -> None:
    """Flows join sites that there are, along channels that there are, and every place is in a file that there is."""
    sites = {site["id"] for site in flow_map["sites"]}
    channels = {channel["id"] for channel in flow_map["channels"]}
    assert len(sites) == len(flow_map["sites"]) > 10 and len(channels) == len(flow_map["channels"]) > 5
    assert flow_map["flows"] and flow_map["findings"]
    for flow in flow_map["flows"]:
        assert (
            {flow["publish"], flow["subscribe"]} <= sites
            and flow["route"]
            and set(flow["route"]) <= channels
            and flow["why"]
        )
    for finding in flow_map["findings"]:
        assert finding["site"] is None or finding["site"] in sites
    placed = [
        *flow_map["sites"],
        *flow_map["findings"],
        *(step for finding in flow_map["findings"] for step in finding["related"]),
    ]
    for place in placed:
        lines = (STOREFRONT / place["file"]).read_text(encoding="utf-8").split("\n")
        assert 1 <= place["line"] <= len(lines)
        if "column" in place:
            assert 1 <= place["column"] <= len(lines[place["line"] - 1]) + 1
            assert (place["line"], place["column"]) <= (place["end_line"], place["end_column"])


def test_a_broker_is_shown_where_it_is_started_then_where_it_is_spoken_to(flow_map: dict[str, Any]) -> None:
    compose = (STOREFRONT / "docker-compose.yml").read_text(encoding="utf-8").splitlines()
    assert [one["broker"] for one in flow_map["brokers"]] == ["kafka", "rabbitmq"]
    for one in flow_map["brokers"]:
        first, *others = one["evidence"]
        assert first["file"] == "docker-compose.yml" and one["broker"] in compose[first["line"] - 1]
        assert others and all(place["file"].startswith(("services/", "packages/")) for place in others)


def test_two_runs_say_the_same(flow_map: dict[str, Any]) -> None:
    assert document("map", str(STOREFRONT), "--format", "json") == flow_map


def test_check_fails_and_its_formats_agree(flow_map: dict[str, Any]) -> None:
    assert eventlens("check", str(STOREFRONT)).returncode == 1
    told = [finding for finding in flow_map["findings"] if finding["severity"] != "hint"]
    shown = {finding["id"] for finding in told}
    assert {finding["id"] for finding in document("check", str(STOREFRONT), "--format", "json")["findings"]} == shown
    results = document("check", str(STOREFRONT), "--format", "sarif")["runs"][0]["results"]
    assert {next(iter(result["partialFingerprints"].values())) for result in results} == shown
    visible = sum(not finding["suppressed"] for finding in told)
    assert eventlens("check", str(STOREFRONT), "--format", "github").stdout.count("\n::") + 1 == visible
    junit = ElementTree.fromstring(eventlens("check", str(STOREFRONT), "--format", "junit").stdout)
    assert junit.get("tests") == str(visible)


def test_the_readme_shows_what_is_really_printed() -> None:
    shown = (REPOSITORY / "README.md").read_text(encoding="utf-8").partition("```\nerror[")[2].partition("```")[0]
    assert shown and f"error[{shown}" in eventlens("check", str(STOREFRONT)).stdout


def test_annotations_name_files_from_where_the_build_runs() -> None:
    command = [sys.executable, "-m", "eventlens", "check", "fixtures/storefront", "--format", "github"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8", timeout=120, check=False)
    files = {line.partition("file=")[2].partition(",")[0] for line in done.stdout.splitlines() if line.startswith("::")}
    assert files and all((REPOSITORY / file).is_file() for file in files)


def test_sarif_follows_the_standards_schema() -> None:
    schema = json.loads((REPOSITORY / "tests" / "reports" / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(document("check", str(STOREFRONT), "--format", "sarif"))


def test_lines_inserted_above_change_no_baseline(tmp_path: Path) -> None:
    root = tmp_path / "orders"
    root.mkdir()
    (root / "package.json").write_text('{"name": "orders", "dependencies": {"kafkajs": "^2.2.4"}}')
    code = (
        "import { Kafka } from 'kafkajs';\n"
        "const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();\n"
        "export function announce(id: string): void {\n"
        "  producer.send({ topic: 'orders', messages: [{ value: id }] });\n"
        "}\n"
        "setInterval(() => {\n"
        "  producer.send({ topic: 'orders', messages: [{ value: 'tick' }] });\n"
        "}, 1000);\n"
        "setTimeout(function () {\n"
        "  producer.send({ topic: 'orders', messages: [{ value: 'once' }] });\n"
        "}, 1000);\n"
    )
    (root / "index.ts").write_text(code)
    accepted = str(tmp_path / "accepted.json")
    assert eventlens("check", str(root)).stdout.count("[unawaited-publish]") == 3
    assert eventlens("check", str(root), "--write-baseline", accepted).returncode == 0
    (root / "index.ts").write_text("// a comment\n" * 50 + code)
    done = eventlens("check", str(root), "--baseline", accepted, "--fail-on", "info")
    assert done.returncode == 0 and done.stdout.startswith("No findings (")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("[rulse]\n", "eventlens.toml:1: rulse"),
        ("x = = 1\n", "eventlens.toml:1: this is not valid TOML"),
        ("[rules]\ndual-wirte = 'off'\n", "eventlens.toml:2: rules.dual-wirte: "),
    ],
)
def test_broken_settings_are_code_2_with_file_line_and_field(tmp_path: Path, settings: str, told: str) -> None:
    (tmp_path / "eventlens.toml").write_text(settings)
    done = eventlens("check", str(tmp_path))
    assert done.returncode == 2 and done.stdout == ""
    assert told in done.stderr and done.stderr.count("\n") == 1


def test_what_is_unknown_becomes_known_by_the_setting_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "orders", "dependencies": {"kafkajs": "^2.2.4"}}')
    topics = ("`orders.${process.env.STAGE}`", "`orders.${region()}`", "queues.disputes", "process.env.RETURNS")
    (tmp_path / "index.ts").write_text(
        "import { Kafka } from 'kafkajs';\nimport { queues, region } from '@acme/names';\n"
        "const producer = new Kafka({ brokers: [] }).producer();\n"
        + "".join(
            f"export const send{at} = () => producer.send({{ topic: {topic}, messages: [] }});\n"
            for at, topic in enumerate(topics)
        )
    )
    unknown = document("map", str(tmp_path), "--format", "json")["coverage"]["unknown"]
    assert [(one["line"], one["set"]) for one in unknown] == [
        (4, "values.STAGE"),
        (5, 'values."region()"'),
        (6, 'values."queues.disputes"'),
        (7, "values.RETURNS"),
    ]
    stated = [f"{one['set'].removeprefix('values.')} = 'v{one['line']}'\n" for one in unknown]
    (tmp_path / "eventlens.toml").write_text("[values]\n" + "".join(stated))
    told = document("map", str(tmp_path), "--format", "json")
    assert [site["channel"] for site in told["sites"]] == ["orders.v4", "orders.v5", "v6", "v7"]
    assert told["coverage"]["unknown"] == [] and told["coverage"]["sites_resolved"] == 4
