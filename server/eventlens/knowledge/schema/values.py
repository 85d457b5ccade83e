"""Where values of a library come from, and options with their documented defaults."""

from __future__ import annotations

from typing import Literal

from eventlens.knowledge.schema.vocabulary import Base, Conditions, Path, Paths


class Source(Base, frozen=True, kw_only=True):
    """One way in which a value of a library type comes to be. Exactly one of the first group is set."""

    new: str | None = None
    """Constructing (or, in Python, calling) an export, or a subclass of it."""
    call: str | None = None
    """The result of a call, awaited or not; in a ``with`` also the bound name."""
    member: str | None = None
    """A member of an export or another value: ``Client.topics``; ``Type.*`` for any member."""
    type: str | None = None
    """A declared type (parameter, field, return). The exports named under ``new`` are types without saying so."""
    parameter: str | None = None
    """The parameter of a callback that a call receives: ``Consumer.run 0.eachMessage 0`` = call, path of the callback, parameter index or name.

    The word ``decorated`` in place of the path means the function that carries the call as its decorator (``App.task decorated 0``)."""
    element: str | None = None
    """What iterating (``for``, ``async for``) over that value type, or over the result of that callable pattern, gives."""
    decorated: str | None = None
    """A field or constructor parameter that carries this decorator (``@InjectQueue('orders')``); ``bind`` may use ``decorator n``."""
    decorator: str | None = None
    """A function that carries this decorator: its name, also where it is imported, is the value (``@app.task`` makes a task of a
    function). Paths in ``bind`` are seen from the decorated function (``decorator name``, ``={module}.{function}``)."""
    decorated_parameter: str | None = None
    """A parameter of a handler that carries this decorator (``@Payload()``, ``@Ctx()``)."""
    method_parameter: str | None = None
    """A parameter of a method that a user's class overrides: ``mixins.ConsumerMixin get_consumers 0`` = the export that the class
    extends, the method, the parameter's index (the receiver not counted) or name."""
    instance_of: str | None = None
    """An export that is itself the value (a module-level singleton, a namespace object)."""
    bind: dict[str, Path] = {}
    """Names under which models refer to parts of the making call: ``{options: "0"}`` → ``Consumer.options.groupId``.

    Where several sources match one value, the first that has the name gives it. A member of the value with a bound name that no
    model describes reads as what is bound (``const { queue } = await channel.assertQueue("orders")`` with ``bind: {queue: "0"}``)."""
    token: Path | None = None
    """Which registration (see ``registrations``) the value belongs to, by token.

    A ``decorated`` source with a token makes a value of this type only where such a registration is known; a declared type needs none."""
    when: Conditions = []

    def check(self) -> None:
        origins = [
            name
            for name in (
                "new",
                "call",
                "member",
                "type",
                "parameter",
                "element",
                "decorated",
                "decorator",
                "decorated_parameter",
                "method_parameter",
                "instance_of",
            )
            if getattr(self, name)
        ]
        if len(origins) != 1:
            raise ValueError(
                f"a value has exactly one origin (new, call, member, type, parameter, element, decorated, …); this one has {origins or 'none'}"
            )


class Option(Base, frozen=True, kw_only=True):
    """A setting with the library's documented default: the value at ``option`` (path alternatives), else ``default``."""

    option: Paths | None = None
    default: str | int | float | bool | None = None
    unit: Literal["milliseconds", "seconds", "minutes"] = "milliseconds"
    """Of a number that is a time, in the code and in ``default``."""
    includes_first: bool = False
    """The number in the code counts the first try as well (``attempts = "4"`` is three retries); ``default`` does not."""
    docs: str | None = None
