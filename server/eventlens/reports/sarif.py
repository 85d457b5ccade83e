"""Findings as SARIF 2.1.0, for code-scanning services and editors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from eventlens.flow.model import Finding, FlowMap, Step
from eventlens.reports.rule_pages import RulePage
from eventlens.reports.severities import in_reading_order

Json: TypeAlias = dict[str, Any]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note", "hint": "note"}
_PRECISION = {"certain": "high", "likely": "medium"}
_FINGERPRINT = "eventlensFindingId/v1"
_ROOT = "SRCROOT"


def sarif_report(flow_map: FlowMap, findings: Sequence[Finding], pages: Mapping[str, RulePage]) -> bytes:
    """The document, indented. Suppressed findings are in it and marked as such."""
    ordered = in_reading_order(findings)
    rules = sorted({finding.rule for finding in ordered})
    run: Json = {
        "tool": {"driver": _driver(flow_map, ordered, rules, pages)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"uri": Path(flow_map.root).absolute().as_uri().rstrip("/") + "/"}},
        "results": [_result(finding, rules.index(finding.rule)) for finding in ordered],
        "invocations": [_invocation(flow_map)],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _driver(
    flow_map: FlowMap, findings: Sequence[Finding], rules: Sequence[str], pages: Mapping[str, RulePage]
) -> Json:
    return {
        "name": flow_map.tool.name,
        "version": flow_map.tool.version,
        "semanticVersion": flow_map.tool.version,
        "rules": [_rule(rule, next(f for f in findings if f.rule == rule), pages.get(rule)) for rule in rules],
    }


def _rule(rule: str, example: Finding, page: RulePage | None) -> Json:
    described: Json = {
        "id": rule,
        "name": "".join(part.capitalize() for part in rule.split("-")),
        "defaultConfiguration": {"level": _LEVELS[example.severity]},
    }
    if page is not None:
        described |= {
            "shortDescription": {"text": page.title},
            "fullDescription": {"text": page.summary or page.title},
            "help": {"text": page.text, "markdown": page.text},
            **({"helpUri": page.uri} if page.uri else {}),
        }
    return described


def _result(finding: Finding, rule_index: int) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.remedy}".strip()},
        "locations": [{"physicalLocation": _finding_place(finding)}],
        "partialFingerprints": {_FINGERPRINT: finding.id},
        "properties": {
            "confidence": finding.confidence,
            "precision": _PRECISION[finding.confidence],
            "severity": finding.severity,
        },
    }
    if finding.related:
        result["relatedLocations"] = [{"id": number, **_step(step)} for number, step in enumerate(finding.related, 1)]
        result["codeFlows"] = [_code_flow(finding)]
    if finding.suppressed:
        result["suppressions"] = [{"kind": "inSource"}]
    return result


def _code_flow(finding: Finding) -> Json:
    steps = [
        *map(_step, finding.related),
        {"physicalLocation": _finding_place(finding), "message": {"text": finding.message}},
    ]
    return {"threadFlows": [{"locations": [{"location": step} for step in steps]}]}


def _step(step: Step) -> Json:
    return {
        "physicalLocation": {**_artifact(step.file), "region": {"startLine": step.line}},
        "message": {"text": step.message},
    }


def _finding_place(finding: Finding) -> Json:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    return {**_artifact(finding.file), "region": region}


def _artifact(path: str) -> Json:
    return {"artifactLocation": {"uri": quote(path), "uriBaseId": _ROOT}}


def _invocation(flow_map: FlowMap) -> Json:
    """The run succeeded; what could not be seen is a note of it."""
    unknown = flow_map.coverage.unknown
    notes = [
        {
            "level": "note",
            "message": {
                "text": f"Unknown: {entry.what}" + (f"; set {entry.set} in eventlens.toml" if entry.set else "")
            },
            "locations": [{"physicalLocation": {**_artifact(entry.file), "region": {"startLine": max(entry.line, 1)}}}],
        }
        for entry in unknown
    ]
    return {"executionSuccessful": True, **({"toolExecutionNotifications": notes} if notes else {})}
