"""Where a failure ends up that a catch lets out: with who deals with it, with nobody, or at the end of a loop that is still wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tree_sitter import Node

from eventlens.behaviour.events import CallStep, Event
from eventlens.behaviour.failures import Outcome, outcome
from eventlens.behaviour.protections import Protection, protections
from eventlens.checks.context import Subject
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import FUNCTIONS, LOOPS
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode

_RETHROWING = frozenset(("pika",))
"""Libraries whose own loop ends when a callback fails (https://pika.readthedocs.io/en/stable/modules/channel.html)."""

End = Literal["heard", "callers", "unheard", "consuming", "turns"]
"""heard: the library or the broker deals with it · callers: those who publish through the function do · unheard: nobody waits for what
fails, or another catch swallows it · consuming: no further message is taken · turns: further attempts, or the other parts of the
message, do not get their turn."""


_TITLES = {"consuming": "Let the failure out, which ends the loop", "callers": "Let the failure out to the callers"}


def title_of(end: End) -> str:
    """How an offer is called that lets a failure out which ends up there."""
    return _TITLES.get(end, "Let the failure out")


def end_of_failure(context: FixContext, subject: Subject, clause: Node) -> End:
    """Where the failures end that the catch ``clause``, about which ``subject`` was reported, would let out."""
    site = subject.at
    loop = _loop_around(clause)
    if site is None or (loop is not None and not _takes_messages(loop, subject.frame, site)):
        return "turns" if loop is not None else "heard"
    if site.role == "publish":
        return "callers"
    around = _around(context, subject, site)
    own = next((one for one in around if one.node is subject.node), None)
    steps = own.level.outer if own is not None else ()
    if any(_is_dropped(context, site, step) for step in steps):
        return "unheard"
    if any(_is_one_of_several(context, site, step) for step in steps):
        return "turns"
    further = around[around.index(own) + 1 :] if own is not None else []
    met = next((one for one in _met(context, further, site) if one != "rethrown"), None)
    if met is not None:
        return "heard" if met == "handled" else "unheard"
    return "consuming" if site.handler.loop is not None or site.match.library in _RETHROWING else "heard"


def is_unreadable(context: FixContext, subject: Subject) -> bool:
    """Whether what fails is the reading of the message: it fails each time that the message comes again."""
    site = subject.at
    return site is not None and any(
        one.effect == "parse" and _is_what_fails(one, subject) for one in context.checks.delivery_events(site)
    )


def _is_what_fails(event: Event, subject: Subject) -> bool:
    return bool(subject.related) and subject.related[0].node is event.node


def _around(context: FixContext, subject: Subject, site: SiteNode) -> list[Protection]:
    """The catches around what fails, innermost first, within a turn of the loop or in the handler."""
    events = context.checks.delivery_events(site)
    return next((list(protections(one)) for one in events if _is_what_fails(one, subject)), [])


def _met(context: FixContext, catches: list[Protection], site: SiteNode) -> Iterator[Outcome]:
    """What becomes of a failure at each catch further out."""
    return (outcome(one, context.checks.delivery_events(site)) for one in catches)


def _is_dropped(context: FixContext, site: SiteNode, step: CallStep) -> bool:
    """Whether nobody waits for an asynchronous function that is called, or looks at the error that one of Go gives."""
    function = step.callee.function
    events = context.checks.delivery_events(site)
    usage = next((one.usage for one in events if one.kind == "call" and one.node is step.call), ("returned",))
    if context.file(step.frame.module.path).language == "go":
        return usage[:1] == ("dropped",)
    return function is not None and function.is_async and not {"awaited", "returned"} & set(usage)


def _is_one_of_several(context: FixContext, site: SiteNode, step: CallStep) -> bool:
    """Whether a call is made in each turn of a loop over something else than messages."""
    root = context.file(step.frame.module.path).tree.root_node
    call = root.named_descendant_for_byte_range(step.call.start, step.call.end)
    loop = _loop_around(call) if call is not None else None
    return loop is not None and not _takes_messages(loop, step.frame, site)


def _loop_around(node: Node) -> Node | None:
    """The innermost loop of the same function around a node."""
    around = node.parent
    while around is not None and around.type not in (*LOOPS, *FUNCTIONS):
        around = around.parent
    return around if around is not None and around.type in LOOPS else None


def _takes_messages(loop: Node, frame: Frame | None, site: SiteNode) -> bool:
    """Whether a loop in a scope's function is the one whose turns are messages, or stands around that one."""
    own, taking = site.handler.loop_frame, site.handler.loop
    if own is None or taking is None or frame is None or own.module is not frame.module:
        return False
    return loop.start_byte <= taking.start and taking.end <= loop.end_byte
