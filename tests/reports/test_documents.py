"""SARIF, GitHub, JUnit, Mermaid, DOT, the baseline and the schema of the map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest

from eventlens.flow.model import FlowMap
from eventlens.reports import baseline
from eventlens.reports.dot import dot_report
from eventlens.reports.github import github_report
from eventlens.reports.junit import junit_report
from eventlens.reports.map_schema import map_schema, schema_document
from eventlens.reports.mermaid import mermaid_report
from eventlens.reports.rule_pages import parse_page
from eventlens.reports.sarif import sarif_report
from sample_map import DUAL_WRITE, MAP, NO_DEAD_LETTER, PUBLISH, SUPPRESSED

REPOSITORY = Path(__file__).parent.parent.parent
SARIF_SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
PAGE = parse_page(
    "dual-write",
    "# Dual write\n\nA write and a publish\nthat can part.\n\n```ts\nx\n```\n",
    "file:///rules/dual-write.md",
)


def sarif(flow_map: FlowMap = MAP) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sarif_report(flow_map, flow_map.findings, {"dual-write": PAGE}))
    return document


# ---------------------------------------------------------------------------------------------------------- SARIF


def test_sarif_follows_the_standards_schema() -> None:
    jsonschema.Draft7Validator(SARIF_SCHEMA).validate(sarif())


def test_sarif_without_findings_follows_the_schema_too() -> None:
    jsonschema.Draft7Validator(SARIF_SCHEMA).validate(sarif(msgspec.structs.replace(MAP, findings=[])))


def test_the_schema_refuses_a_wrong_document() -> None:
    document = sarif()
    document["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SARIF_SCHEMA).validate(document)


def test_sarif_results_carry_place_evidence_and_fingerprint() -> None:
    run = sarif()["runs"][0]
    result = run["results"][0]
    assert run["columnKind"] == "unicodeCodePoints"
    assert result["ruleId"] == "dual-write" and result["level"] == "error"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "dual-write"
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 4,
        "startColumn": 8,
        "endLine": 4,
        "endColumn": 21,
    }
    assert list(result["partialFingerprints"].values()) == ["f1"]
    assert result["relatedLocations"][0]["message"]["text"] == "the order is saved here"
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [3, 4]


def test_sarif_marks_what_is_suppressed_in_the_source() -> None:
    results = {result["ruleId"]: result for result in sarif()["runs"][0]["results"]}
    assert results["swallowed-failure"]["suppressions"] == [{"kind": "inSource"}]
    assert "suppressions" not in results["dual-write"]


def test_sarif_rules_quote_their_page() -> None:
    rule = next(rule for rule in sarif()["runs"][0]["tool"]["driver"]["rules"] if rule["id"] == "dual-write")
    assert rule["shortDescription"]["text"] == "Dual write"
    assert rule["fullDescription"]["text"] == "A write and a publish that can part."
    assert rule["help"]["markdown"].startswith("# Dual write") and rule["helpUri"] == PAGE.uri


def test_sarif_paths_are_uris() -> None:
    odd = msgspec.structs.replace(DUAL_WRITE, file="a b/ü#1.ts", related=[])
    document = sarif(msgspec.structs.replace(MAP, findings=[odd]))
    assert (
        document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "a%20b/%C3%BC%231.ts"
    )


# --------------------------------------------------------------------------------------------------------- others


def test_github_commands_escape_what_would_end_them() -> None:
    odd = msgspec.structs.replace(DUAL_WRITE, file="a,b:c.ts", message="50 % lost\nreally", related=[], remedy="")
    command, summary = github_report([odd]).splitlines()
    assert command == (
        "::error file=a%2Cb%3Ac.ts,line=4,endLine=4,col=8,endColumn=21,title=eventlens dual-write::50 %25 lost%0Areally"
    )
    assert summary == "1 error in 1 file."


def test_github_leaves_columns_out_where_a_finding_spans_lines() -> None:
    long = msgspec.structs.replace(NO_DEAD_LETTER, end_line=9)
    assert "::warning file=services/payments/on-order.ts,line=2,endLine=9,title=" in github_report([long])


def test_github_leaves_suppressed_findings_out() -> None:
    assert github_report([SUPPRESSED]) == "No findings.\n"


def test_junit_fails_the_severe_and_passes_the_rest() -> None:
    root = ElementTree.fromstring(junit_report(MAP.findings, "error"))
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    cases = {case.get("classname"): case for case in root.iter("testcase")}
    assert cases["eventlens.dual-write"].find("failure") is not None
    assert cases["eventlens.no-dead-letter-queue"].find("failure") is None
    assert ElementTree.fromstring(junit_report(MAP.findings, "warning")).get("failures") == "2"


def test_junit_is_xml_whatever_a_message_holds() -> None:
    odd = msgspec.structs.replace(DUAL_WRITE, message="<&\x00\x1b]]>\ufffe")
    case = next(ElementTree.fromstring(junit_report([odd], "info")).iter("testcase"))
    failure = case.find("failure")
    assert failure is not None and failure.get("message") == "<&\ufffd\ufffd]]>\ufffd"


def test_junit_without_findings_has_one_passed_case() -> None:
    root = ElementTree.fromstring(junit_report([], "error"))
    assert (root.get("tests"), root.get("failures")) == ("1", "0")


def test_mermaid_draws_services_channels_and_arrows() -> None:
    assert mermaid_report(MAP).splitlines() == [
        "flowchart LR",
        '  s0["orders"]',
        '  s1["payments"]',
        '  c0(["orders<br/>kafka topic"])',
        '  c1(["orders.DLQ<br/>kafka topic"])',
        '  c2(["audit<br/>kafka topic"])',
        '  s0 -->|"OrderPlaced"| c0',
        '  c0 -->|"OrderPlaced"| s1',
        '  c0 -.->|"order.*"| c2',
        '  c0 -.->|"dead letters"| c1',
    ]


def test_mermaid_escapes_names() -> None:
    odd = msgspec.structs.replace(MAP, channels=[msgspec.structs.replace(MAP.channels[0], name='a"];end')], bindings=[])
    assert '(["a#34;#93;#59;end<br/>kafka topic"])' in mermaid_report(odd)


def test_dot_draws_and_escapes() -> None:
    odd = msgspec.structs.replace(MAP, services=[], sites=[msgspec.structs.replace(PUBLISH, service='o"x\\')])
    drawn = dot_report(odd)
    assert '  s0 [shape=box, label="o\\"x\\\\"];' in drawn
    assert '  s0 -> c0 [style=solid, label="OrderPlaced"];' in drawn
    assert drawn.startswith("digraph eventlens {\n") and drawn.endswith("}\n")


def test_drawings_leave_tests_and_inner_sites_out() -> None:
    sites = [msgspec.structs.replace(PUBLISH, source_set="test"), msgspec.structs.replace(PUBLISH, of="p0", id="p2")]
    assert "-->" not in mermaid_report(msgspec.structs.replace(MAP, sites=sites, flows=[]))


def test_a_baseline_takes_away_what_it_accepts_and_nothing_else() -> None:
    accepted = baseline.decode(baseline.encode([DUAL_WRITE, SUPPRESSED]))
    assert [finding.rule for finding in accepted.findings] == ["dual-write"]
    assert baseline.without_accepted(MAP.findings, accepted) == [NO_DEAD_LETTER, SUPPRESSED]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 1}', b'{"version": 2, "findings": []}', b"\xff"])
def test_a_wrong_baseline_says_why(content: bytes) -> None:
    with pytest.raises(baseline.BaselineError, match=r"not a baseline|has version 2"):
        baseline.decode(content)


def test_a_page_is_read_without_front_matter() -> None:
    page = parse_page("x-y", "---\nseverity: error\n---\n# Title\nFirst words\nhere.\n\nMore.\n", "file:///x")
    assert (page.title, page.summary, page.text[:7]) == ("Title", "First words here.", "# Title")
    assert parse_page("x-y", "", "file:///x").title == "x-y"


# ------------------------------------------------------------------------------------------------- the map's schema


def test_the_schema_in_docs_is_current() -> None:
    assert (REPOSITORY / "docs" / "map.schema.json").read_bytes() == schema_document(), "run `make docs`"


def test_the_map_follows_its_schema() -> None:
    jsonschema.Draft202012Validator(map_schema()).validate(msgspec.to_builtins(MAP))


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("FlowMap", "version root tool services brokers channels bindings sites flows findings coverage"),
        ("Tool", "name version"),
        ("Service", "name path languages"),
        ("BrokerUse", "broker evidence"),
        ("Channel", "id broker scope kind name declared partitions dead_letter"),
        ("Binding", "from to pattern declared"),
        (
            "Site",
            "id role file line column end_line end_column language broker library service source_set interaction reply_channel "
            "channel channel_template channels channel_expression routing_key group event payload key handler wiring guarantee "
            "confidence via of origin",
        ),
        ("PayloadField", "name type optional"),
        ("HandlerPlace", "file line name"),
        ("Flow", "publish subscribe event route why origin"),
        ("Finding", "id rule severity file line column end_line end_column message site confidence related suppressed"),
        ("Step", "file line message"),
        ("Coverage", "files lowered sites_resolved unknown"),
        ("UnknownValue", "file line what set"),
    ],
)
def test_every_promised_key_is_in_the_schema(section: str, keys: str) -> None:
    assert set(keys.split()) <= set(map_schema()["$defs"][section]["properties"])


def test_every_promised_key_is_in_the_document() -> None:
    document = msgspec.to_builtins(MAP)
    assert document["bindings"][0]["from"] == "kafka/orders"
    assert {"id", "broker", "scope", "kind", "name", "declared", "partitions", "dead_letter"} <= document["channels"][
        2
    ].keys()
