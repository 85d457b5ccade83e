"""Messages of a batch that a broker refuses while the call succeeds: they stand in its answer, which somebody has to look at."""

from __future__ import annotations

from itertools import dropwhile

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import statements_around
from eventlens.checks.context import CheckContext
from eventlens.checks.send_results import given_to_callers, is_used_later, sent_inside
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Publish

_WAITING = frozenset(
    ("awaited", "chained:promise", "chained:catch", "argument:all", "argument:gather", "argument:WhenAll")
)
"""What is done with a call, as its usage tells, that looks at no answer."""


def overlooked_answer(context: CheckContext, node: SiteNode, publish: Event) -> Event | None:
    """The call that gives the answer which nobody looks at; None where somebody does, or may, and where there is none.

    What hands the answer on is no end of it: in-house functions that give it back to their callers.
    """
    entry = node.match.entry
    if not isinstance(entry, Publish) or entry.refused is None:
        return None
    for sent in (*sent_inside(context, node), publish):
        if sent is None:
            return None
        usage, _ = given_to_callers(sent, sent.frame)
        left = tuple(dropwhile(_WAITING.__contains__, usage))
        if left[:1] != ("returned",):
            return sent if _is_overlooked(sent, left) else None
    return None


def _is_overlooked(sent: Event, usage: tuple[str, ...]) -> bool:
    if usage[:1] == ("dropped",):
        return True
    word, _, name = usage[0].partition(":") if usage else ("", "", "")
    if word != "assigned":
        return False
    return _is_left_away(sent) if name == "pattern" else not is_used_later(sent.node, name, sent.frame)


def _is_left_away(sent: Event) -> bool:
    """Whether the first of several results has no name (``_, err := client.PutEvents(…)``)."""
    targets = (
        one.target
        for one in statements_around(sent.frame)
        if isinstance(one, ir.Assign) and one.value is not None and one.value.start <= sent.node.start < one.value.end
    )
    return any(
        isinstance(target, ir.Sequence)
        and bool(target.items)
        and isinstance(first := target.items[0], ir.Name)
        and first.name == "_"
        for target in targets
    )
