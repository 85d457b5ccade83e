"""What a model says of failures, acknowledgements and dead letters, in words for ``docs/libraries.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens.knowledge.schema import (
    Acknowledgement,
    Condition,
    DeadLetter,
    Declare,
    Failure,
    Option,
    Publish,
    Subscribe,
)

_MODES = {
    "auto-before": "acknowledged on delivery, before the handler",
    "auto-after": "acknowledged after the handler has returned",
    "periodic": "positions are committed on a timer",
    "manual": "the code must acknowledge",
    "none": "nothing is acknowledged",
}
_THEN = {
    "crash-and-restart": "the consumer ends and begins again at this message",
    "redeliver": "the broker delivers the message again",
    "requeue": "the message goes back to its queue",
    "log-and-skip": "the failure is logged and the message skipped",
    "drop": "the message is dropped",
    "dead-letter": "the message goes to the dead-letter channel",
    "retry-topic": "the message goes to a retry topic",
    "park": "the message is kept as failed",
    "reply-error": "the error is sent back to the caller",
    "unknown": "code that is not in the workspace decides",
}
NO_DEAD_LETTER = "none by the library where it is read"


class Policy(NamedTuple):
    """One statement. ``form`` is a row's kind, ``options`` the paths that change it, ``default`` what holds without them."""

    form: str
    options: tuple[str, ...]
    default: str
    docs: str | None


def policies_of_subscribe(entry: Subscribe) -> Iterator[Policy]:
    """What becomes of the messages that this entry delivers."""
    yield _acknowledgement(entry.acknowledgement)
    if entry.on_failure is not None:
        yield _failure(entry.on_failure)
    if entry.dead_letter is not None:
        yield _dead_letter(entry.dead_letter)
    if entry.timeout is not None:
        yield Policy(
            "timeout", tuple(entry.timeout.option or ()), _amount(entry.timeout, time=True), entry.timeout.docs
        )


def policies_of_publish(entry: Publish) -> Iterator[Policy]:
    """What the sender says about the retries of this message."""
    if entry.attempts is not None:
        yield Policy(
            "retry", tuple(entry.attempts.option or ()), f"{_amount(entry.attempts)} in all", entry.attempts.docs
        )
    if entry.drops_failed:
        yield Policy(
            "dead-letter",
            _paths(entry.drops_failed),
            f"kept as failed, but not where {conditions_text(entry.drops_failed)}",
            None,
        )


def policies_of_declare(entry: Declare) -> Iterator[Policy]:
    """How this declaration limits deliveries and names a dead-letter channel."""
    if entry.dead_letter:
        yield Policy("dead-letter", tuple(entry.dead_letter), entry.default or "", entry.docs)
    if entry.max_deliveries:
        yield Policy("retry", tuple(entry.max_deliveries), entry.default or "", entry.docs)


def _acknowledgement(said: Acknowledgement) -> Policy:
    text = "; ".join(
        [_MODES[said.mode], *(f"{_MODES[case.mode]} where {conditions_text(case.when)}" for case in said.modes)]
    )
    return Policy("acknowledge", tuple(path for case in said.modes for path in _paths(case.when)), text, said.docs)


def _failure(said: Failure) -> Policy:
    parts = [_retries(said.retries) + _THEN[said.then]]
    parts += [
        f"{_retries(case.retries)}{_THEN[case.then]} where {conditions_text(case.when)}" for case in said.then_when
    ]
    options = [
        *(said.retries.option or () if said.retries else ()),
        *(path for case in said.then_when for path in _paths(case.when)),
    ]
    return Policy("retry", tuple(options), "; ".join(parts), said.docs or (said.retries.docs if said.retries else None))


def _retries(option: Option | None) -> str:
    if option is None:
        return ""
    if option.default in (-1, None):
        return "retried without limit; then " if option.default == -1 else "retried as often as is set, then "
    return f"{option.default} retries, then " if option.default else "no retry by the library: "


def _dead_letter(said: DeadLetter) -> Policy:
    if said.none:
        return Policy("dead-letter", (), NO_DEAD_LETTER, None)
    where = f" where {conditions_text(said.when)}" if said.when else ""
    text = f"kept by the library{where}" if said.built_in else f"{NO_DEAD_LETTER} unless the option names one{where}"
    return Policy("dead-letter", (*(said.channel or ()), *_paths(said.when)), text, said.docs)


def _amount(option: Option, time: bool = False) -> str:
    if option.default is None:
        return "not set"
    return f"{option.default} {option.unit}" if time else str(option.default)


def _paths(conditions: Sequence[Condition]) -> tuple[str, ...]:
    return tuple(path for one in conditions for path in ((one.path,) if one.path else ()) + _paths(one.any))


def conditions_text(conditions: Sequence[Condition]) -> str:
    """All conditions in words; "" for none."""
    return " and ".join(_condition(one) for one in conditions)


def _condition(one: Condition) -> str:
    if one.any:
        return " or ".join(_condition(each) for each in one.any)
    where = f"`{one.path}` " if one.path else ""
    said = [
        (one.is_, f"{where}is {_value(one.is_)}"),
        (one.not_, f"{where}is not {_value(one.not_)}"),
        (one.present, f"{where}is {'given' if one.present else 'not given'}"),
        (one.matches, f"{where}matches `{one.matches}`"),
        (one.listing, f"{where}lists `{one.listing}`"),
        (one.type, f"{where}is a {_listed(one.type)}"),
        (one.not_type, f"{where}is of another type than {_listed(one.not_type)}"),
        (one.in_, f"{where}is one of {_listed(one.in_)}"),
        (one.arity, f"there are {one.arity} arguments"),
        (one.arithmetic, f"{where}is {'' if one.arithmetic else 'not '}computed"),
        (one.followed_by or None, f"{_listed(one.followed_by)} follows"),
        (one.broker, f"the broker is {one.broker}"),
    ]
    return " and ".join(text for value, text in said if value is not None)


def _listed(values: str | Sequence[object] | None) -> str:
    return _value(values) if isinstance(values, str) else " or ".join(map(_value, values or ()))


def _value(value: object) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
