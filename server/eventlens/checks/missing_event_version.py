"""missing-event-version: nothing in an event says which version of its shape it has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.behaviour.added_by_setup import REGISTRY
from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.envelopes import Mark, report
from eventlens.flow.model import Finding

_MARK = Mark(
    name="version",
    fields=re.compile(
        r"\b(?:version|versions|ver|v|rev|revision|schema|specversion|schemaversion|eventversion|dataschema|dataschemaversion|vsn)\b"
    ),
    surely=re.compile(
        r"(?i)(?:schema|event|message|payload|contract|data)_?-?version|specversion|dataschema|schema_?-?id$"
    ),
    code=re.compile(
        r"(?i)version|\bv\d+\b|[a-z]v\d+\b|schema_?(?:id|url|registry)|avro|protobuf|proto\.Marshal|revision"
    ),
    texts=re.compile(r"(?i)(?<![a-z])v\d+(?![a-z0-9])|(?-i:[a-z])V\d+(?![A-Za-z0-9])|version=|\.avsc$|\.proto$"),
    setup=REGISTRY,
)


def _run(context: CheckContext) -> Iterator[Finding]:
    yield from report(context, RULE, _MARK, "{0} carries no version, so that a consumer cannot tell which shape it has")


RULE = Rule(
    "missing-event-version",
    "hint",
    "Send the version of the event's shape along: a field or header such as schemaVersion, or a version in its type's name.",
    _run,
    needs_all_sites=True,
    waits=True,
)
