"""What becomes of a message: retries, dead letters, acknowledgement."""

from __future__ import annotations

from typing import Any, Literal

from eventlens.knowledge.schema.values import Option
from eventlens.knowledge.schema.vocabulary import Base, Conditions, Paths, Then


class Failure(Base, frozen=True, kw_only=True):
    """What happens when the handler fails: own retries (with default), then ``then``.

    ``then_when`` lists exceptions to ``then``: the first whose conditions hold wins.
    """

    retries: Option | None = None
    then: Then = "redeliver"
    then_when: list[FailureCase] = []
    docs: str | None = None


class FailureCase(Base, frozen=True, kw_only=True):
    when: Conditions
    then: Then
    retries: Option | None = None


class DeadLetter(Base, frozen=True, kw_only=True):
    """How a dead-letter channel is given at this place: value paths, or ``built-in`` by the library; only ``when`` the conditions hold.

    ``none``: the library is known to have none, which only its page says.
    ``elsewhere``: a broker that neither the library nor the code chooses may keep failed messages itself.
    """

    channel: Paths | None = None
    built_in: bool = False
    none: bool = False
    elsewhere: bool = False
    when: Conditions = []
    docs: str | None = None


def as_dead_letter(value: Any) -> Any:
    if value == "none":
        return {"none": True}
    return {"built-in": True} if value == "built-in" else value


class Acknowledgement(Base, frozen=True, kw_only=True):
    """When the broker is told that a message is done.

    ``mode``: "auto-before" (on delivery, before the handler) · "auto-after" (after the handler returned) · "periodic" (a timer commits positions) ·
    "manual" (the code must) · "none". ``modes`` decide by conditions, the first that holds wins.
    """

    mode: Literal["auto-before", "auto-after", "periodic", "manual", "none"] = "auto-after"
    modes: list[AcknowledgementCase] = []
    docs: str | None = None


class AcknowledgementCase(Base, frozen=True, kw_only=True):
    when: Conditions
    mode: Literal["auto-before", "auto-after", "periodic", "manual", "none"]
