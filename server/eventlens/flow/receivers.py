"""Calls on the same object as another call, and how near they stand."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.flow.denotations import LibraryMember, LibraryValue
from eventlens.flow.matched_place import Place
from eventlens.flow.matching import Matcher
from eventlens.flow.module_index import CallSite
from eventlens.flow.scopes import Frame


def same_value(one: LibraryValue, other: LibraryValue) -> bool:
    """Whether two library values are the same object: made by the same call, or held by the same class or module under one type."""
    if one.model is not other.model or one.type != other.type:
        return False
    if one.call is not None and other.call is not None:
        return one.call is other.call
    return one.call is None and other.call is None


def calls_on_same(matcher: Matcher, place: Place, name: str) -> Iterator[CallSite]:
    """Calls of a method on the receiver of the match: in the same function first, then class, module, program."""
    receiver, frame = place.receiver, place.frame
    assert frame is not None
    sites = list(matcher.evaluator.program.calls.get(name, ()))
    sites.sort(key=lambda site: distance(frame, site))
    for site in sites:
        near = distance(frame, site)
        for other in matcher.at_receiver(site.call, site.frame):
            if receiver is None or same_value(receiver, other):
                if receiver is not None and receiver.call is None and near > 2:
                    continue
                yield site
                break


def calls_on_result(matcher: Matcher, place: Place, name: str) -> Iterator[CallSite]:
    """Calls of a method on what the subscribing call returned."""
    for site in matcher.evaluator.program.calls.get(name, ()):
        if isinstance(site.call.callee, ir.Member):
            for meaning in matcher.evaluator.evaluate(site.call.callee.object, site.frame):
                if isinstance(meaning, LibraryMember | LibraryValue) and meaning.call is place.call:
                    yield site
                    break


def distance(frame: Frame, site: CallSite) -> int:
    """How far a call stands from a scope: 0 in it, 1 in its class, 2 in its module, 3 elsewhere."""
    if site.frame is frame:
        return 0
    if site.frame.cls is not None and site.frame.cls is frame.cls:
        return 1
    return 2 if site.frame.module is frame.module else 3
