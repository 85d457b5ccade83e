"""What a handling goes on with in place of what an attempt did not give: an empty part of the content, a value that was there before."""

from __future__ import annotations

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.events import Event, names_given
from eventlens.behaviour.paths import statements_around
from eventlens.behaviour.protections import Protection
from eventlens.flow.walk import mentions, owner_name, statements_in


def goes_on(event: Event, protection: Protection) -> bool:
    """Whether the handling goes on with what the failed call gave, as far as it came: another call takes that, or the object of which it is a part."""
    names = names_given(event.usage) | _taking(event) - {protection.error}
    if any(isinstance(one, ir.Return | ir.Jump | ir.Throw) for one in statements_in(protection.body)):
        return False
    return any(
        call.start >= protection.node.end
        and not failures.only_tells(call)
        and any(mentions(argument.value, names) for argument in call.args)
        for call in event.frame.calls
    )


def _taking(event: Event) -> set[str]:
    """The local names that take some of what a call gives, or whose members do (``task.Started, err = parse(text)``)."""
    targets = (
        one.target
        for one in statements_around(event.frame)
        if isinstance(one, ir.Assign) and one.value is not None and one.value.start <= event.node.start < one.value.end
    )
    parts = (part for one in targets for part in (one.items if isinstance(one, ir.Sequence) else (one,)))
    return {name for part in parts if (name := owner_name(part))}


def has_fallback(event: Event, protection: Protection) -> bool:
    """Whether the variable that takes the content, or what is made of it, has a usable value already (``value = raw; try: value = parse(raw) …``)."""
    attempt = protection.attempt
    names = names_given(event.usage) | _given_a_value(attempt)
    return attempt is not None and any(
        isinstance(one, ir.Assign)
        and isinstance(one.target, ir.Name)
        and one.target.name in names
        and one.start < attempt.start
        and one.value is not None
        and not _is_empty(one.value)
        for one in statements_around(event.frame)
    )


def _given_a_value(attempt: ir.Try | None) -> set[str]:
    """The variables of the code around that an attempt gives a value where it succeeds."""
    done = (*attempt.body, *attempt.orelse) if attempt is not None else ()
    return {
        one.target.name
        for one in statements_in(done)
        if isinstance(one, ir.Assign) and isinstance(one.target, ir.Name) and not one.declares
    }


def _is_empty(value: ir.Value) -> bool:
    """Whether a value stands for nothing: null, or an object or list without content."""
    if isinstance(value, ir.Literal):
        return not value.value
    return (isinstance(value, ir.Object) and not value.fields) or (isinstance(value, ir.Sequence) and not value.items)
