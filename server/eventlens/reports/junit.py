"""Findings as a JUnit report: one test case a finding, failed when it is severe enough to fail the run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from eventlens.flow.model import Finding, Severity
from eventlens.reports.severities import at_least, in_reading_order

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_report(findings: Sequence[Finding], fail_on: Severity) -> str:
    """The XML document. Without findings it holds one test case that passed."""
    shown = in_reading_order(finding for finding in findings if not finding.suppressed)
    failed = {finding.id for finding in at_least(shown, fail_on)}
    counts = {"name": "eventlens", "tests": str(max(len(shown), 1)), "failures": str(len(failed)), "errors": "0"}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", counts)
    for finding in shown:
        _case(suite, finding, finding.id in failed)
    if not shown:
        ElementTree.SubElement(suite, "testcase", {"classname": "eventlens", "name": "no findings"})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False).join(
        ['<?xml version="1.0" encoding="UTF-8"?>\n', "\n"]
    )


def _case(suite: ElementTree.Element, finding: Finding, failed: bool) -> None:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    named = {
        "classname": f"eventlens.{finding.rule}",
        "name": _xml(place),
        "file": _xml(finding.file),
        "line": str(finding.line),
    }
    case = ElementTree.SubElement(suite, "testcase", named)
    told = (
        ElementTree.SubElement(case, "failure", {"type": finding.severity, "message": _xml(finding.message)})
        if failed
        else ElementTree.SubElement(case, "system-out")
    )
    evidence = [f"{step.file}:{step.line} {step.message}" for step in finding.related]
    told.text = _xml(
        "\n".join(
            [
                f"{finding.severity}: {finding.message}",
                place,
                *evidence,
                *([f"Remedy: {finding.remedy}"] if finding.remedy else []),
            ]
        )
    )


def _xml(text: str) -> str:
    """``text`` without the characters that no XML document may hold."""
    return _NOT_XML.sub("\ufffd", text)
