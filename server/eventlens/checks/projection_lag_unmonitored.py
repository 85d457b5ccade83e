"""projection-lag-unmonitored: nothing measures how far a read model is behind its events, beside alarms on other things.

That nothing is seen to measure it says little by itself: alarms are set up in many places outside of a repository. Where the workspace shows where
its people do it, and that they left this out, it says something.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.checks.announced import entity_of
from eventlens.checks.bookkeeping import keeps_books
from eventlens.checks.context import CheckContext, Consumer, Rule, channel_text, event_evidence
from eventlens.flow.model import Finding, Step

_STORES = frozenset(("eventstoredb",))
"""Brokers whose streams are what a system knows: who only writes rows by them makes a view of it."""
_LOGS = frozenset(("kafka", "kinesis", "dynamodb-streams"))
"""Brokers of which that is known only where the code calls it so."""
_CALLED = re.compile(r"(?i)projection|projector|read_?-?models?|denormali[sz]|materiali[sz]ed?_?-?view|read_?-?side")
_POSITION = re.compile(r"(?i)checkpoint")
"""Tables in which a projection keeps how far it has come."""
_ALARM = re.compile(
    rb"aws_cloudwatch_metric_alarm|AWS::CloudWatch::Alarm|datadog_monitor|google_monitoring_alert_policy|azurerm_monitor_metric_alert"
    rb"|grafana_rule_group|(?m:^\s*-\s*alert:\s*\S)|\bnew\s+(?:\w+\.)?Alarm\(|\bcloudwatch\.Alarm\("
)
"""How templates, rules and code declare an alarm."""
_LAG = re.compile(
    rb"(?i)iterator_?age|(?-i:(?<![A-Za-z])[Ll]ag(?![a-z]|-unmonitored)|[a-z]Lag(?![a-z])|(?<![A-Z])LAG(?![A-Z]))|burrow|kminion|kafka[-_]?exporter|staleness|freshness|max_?offset_?diff"
    rb"|end_?offsets?\b|fetch_?topic_?offsets|watermark|(?:projection|read_?model|subscription)[-_. ]?(?:delay|gap|position|age|health|behind)"
    rb"|checkpoint[^\n]{0,80}(?:health|metric|gauge|alarm|alert|\bage|behind)|(?:health|metric|gauge|alarm|alert)[^\n]{0,80}checkpoint"
)
"""How anything speaks of how far a consumer is behind; the name of this rule, in a comment, measures nothing."""


def _run(context: CheckContext) -> Iterator[Finding]:
    found: dict[str, list[tuple[Consumer, Event]]] = defaultdict(list)
    for consumer in context.consumers():
        written = _row_of_view(context, consumer)
        if written is not None:
            found[consumer.site.service or ""].append((consumer, written))
    alarm = _first_alarm(context) if found else None
    if alarm is None or _is_measured(context):
        return
    for projections in found.values():
        yield _report(context, projections, alarm)


def _row_of_view(context: CheckContext, consumer: Consumer) -> Event | None:
    """A row that a projection writes; None for a consumer that is none, or does more than write."""
    site = consumer.site
    is_view = site.broker in _STORES or (site.broker in _LOGS and _is_called_so(consumer))
    if not is_view or site.interaction != "event" or context.is_cut(consumer.node):
        return None
    if any(one.kind in ("publish", "send", "sent") or is_outside_effect(one) for one in consumer.events):
        return None
    return next((one for one in consumer.events if is_write(one) and not _is_of_books(entity_of(one))), None)


def _is_of_books(table: str) -> bool:
    return keeps_books(table) or _POSITION.search(table) is not None


def _is_called_so(consumer: Consumer) -> bool:
    site, handler = consumer.site, consumer.node.handler.frame
    own = handler.cls.name if handler is not None and handler.cls is not None else ""
    place = site.handler.file if site.handler is not None else site.file
    return any(
        _CALLED.search(name) for name in (site.group or "", own, place, site.handler.name if site.handler else "")
    )


def _first_alarm(context: CheckContext) -> Step | None:
    """Where the workspace first declares an alarm on anything."""
    for path, text in _texts(context):
        found = _ALARM.search(text)
        if found is not None:
            return Step(
                file=path,
                line=text.count(b"\n", 0, found.start()) + 1,
                message="alarms on other things are declared here",
            )
    return None


def _is_measured(context: CheckContext) -> bool:
    return any(_LAG.search(text) for _, text in _texts(context))


def _texts(context: CheckContext) -> Iterator[tuple[str, bytes]]:
    workspace = context.graph.program.workspace
    for path in (*workspace.configs(), *workspace.sources()):
        context.beat()
        if workspace.source_set(path) != "test":
            yield path, workspace.text_if_there(path)


def _report(context: CheckContext, projections: list[tuple[Consumer, Event]], alarm: Step) -> Finding:
    consumer, written = projections[0]
    more = f", like {len(projections) - 1} more of this service" if len(projections) > 1 else ""
    entity = entity_of(written) or "rows"
    finding = context.finding(
        RULE,
        f"writes {entity} by the events of {channel_text(consumer.site)}{more}, and nothing here measures how far it is behind, while there are alarms "
        "on other things: who reads it is not told when it is old",
        at=consumer.node,
        related=[event_evidence(one, f"{entity_of(one) or 'a row'} is written here") for _, one in projections[:4]],
    )
    return msgspec.structs.replace(finding, related=[*finding.related, alarm])


RULE = Rule(
    "projection-lag-unmonitored",
    "info",
    "Measure how far the projection is behind (lag, age of the newest event), and raise an alarm where that grows.",
    _run,
    needs_all_sites=True,
    waits=True,
)
