"""The baseline: findings that a team has accepted for now, by their stable ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from eventlens.flow.model import Finding
from eventlens.reports.severities import in_reading_order

_VERSION = 1


class AcceptedFinding(msgspec.Struct, frozen=True):
    """Only ``id`` is compared; the rest tells a reader what was accepted."""

    id: str
    rule: str
    file: str
    message: str


class Baseline(msgspec.Struct, frozen=True):
    """The document of ``--write-baseline``."""

    version: int
    findings: list[AcceptedFinding]


class BaselineError(ValueError):
    """The bytes are not a baseline; the message says why."""


def encode(findings: Iterable[Finding]) -> bytes:
    """A baseline of the findings that are not suppressed in the source."""
    accepted = [
        AcceptedFinding(f.id, f.rule, f.file, f.message) for f in in_reading_order(findings) if not f.suppressed
    ]
    return msgspec.json.format(msgspec.json.encode(Baseline(_VERSION, accepted)), indent=2) + b"\n"


def decode(content: bytes) -> Baseline:
    """Read what `encode` wrote; raises `BaselineError`."""
    try:
        baseline = msgspec.json.decode(content, type=Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BaselineError(f"not a baseline: {error}") from error
    if baseline.version != _VERSION:
        raise BaselineError(f"has version {baseline.version}, this release reads version {_VERSION}")
    return baseline


def without_accepted(findings: Sequence[Finding], baseline: Baseline) -> list[Finding]:
    """The findings that the baseline does not hold."""
    accepted = {finding.id for finding in baseline.findings}
    return [finding for finding in findings if finding.id not in accepted]
