"""missing-correlation-id: nothing in an event says what it came of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.behaviour.added_by_setup import TRACING
from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.envelopes import Mark, report
from eventlens.flow.model import Finding

_MARK = Mark(
    name="correlation",
    fields=re.compile(
        r"\b(?:correlation|correlationid|correlating|corr|cid|trace|traceid|traceparent|tracing|span|spanid|causation|causationid|cause|conversation|baggage"
        r"|requestid|transactionid|sagaid|reqid)\b|\b(?:source|origin|trigger)\b.*\bid\b"
        r"|\b(?:request|req|transaction|txn|tx|session|saga|flow|operation|process|workflow|execution|run|job|batch|parent|root|message|command|tracking|task|invocation|reference|thread|chain) (?:id|uuid|guid|key|ref|reference|number)\b"
    ),
    surely=re.compile(r"(?i)correlation_?-?id|trace_?-?(?:id|parent)|causation_?-?id|x-request-id"),
    code=re.compile(
        r"(?i)correlat|trace_?-?(?:id|parent|context)|tracing|tracer|causation|request_?-?id|baggage|telemetry|\bmdc\b|\botel\b|\bspan\b|conversation_?id"
    ),
    texts=None,
    setup=TRACING,
)


def _run(context: CheckContext) -> Iterator[Finding]:
    yield from report(
        context,
        RULE,
        _MARK,
        "{0} carries no correlation id, so that what follows from it cannot be traced back to what caused it",
    )


RULE = Rule(
    "missing-correlation-id",
    "hint",
    "Hand on the correlation id (or traceparent) of what caused the event, in a field or header, or let tracing put it there.",
    _run,
    needs_all_sites=True,
    waits=True,
)
