"""What a container hands out: what factories make, for whoever asks for its type, by name where there are several.

A parameter of a constructor, or a field, of which only the type is declared is what the service's factories make of that type: values of
a library (``@Bean Queue billing()``, ``services.AddSingleton(_ => client.CreateSender("orders"))``), and objects that the container fills
in from a section of the configuration which their factory names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.flow.denotations import Denotation, Instance, LibraryValue, Scalar

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame


class Injection(NamedTuple):
    """What a file (``path``) provides under an injection token."""

    path: str
    value: Denotation


class _Made(NamedTuple):
    service: str | None
    path: str
    names: tuple[str, ...]
    value: LibraryValue | Instance | None
    """None where what the factory makes is not known."""
    written: str
    """The type that the factory is written to make, "" where it does not say one."""


class Provided:
    """The library values that a program's factories make."""

    def __init__(self, service_of: Callable[[str], str | None]) -> None:
        self.service_of = service_of
        self._made: list[_Made] = []
        self._filled: set[str] = set()
        """The names of the classes of which objects are made that hold a section of the configuration."""

    def record(self, path: str, names: Collection[str], value: LibraryValue | Instance | None, written: str) -> None:
        """Remember what a factory at ``path`` makes, as which type, and under which names it is handed out."""
        if isinstance(value, Instance):
            self._filled.add(value.index.name)
        self._made.append(_Made(self.service_of(path), path, tuple(names), value, written))

    def take_over(self, other: Provided, edited: Collection[str]) -> None:
        """Hold what was recorded elsewhere, outside of the edited files."""
        for one in other._made:
            if one.path not in edited:
                self.record(one.path, one.names, one.value, one.written)

    def instead_of(
        self,
        evaluator: Evaluator,
        declared: Denotations,
        asked: ir.Parameter | ir.ClassField,
        frame: Frame,
    ) -> Denotations:
        """What is handed to a parameter or field for its declared types; these where nothing is known to be."""
        wanted = [item for item in declared if self._is_open(item)] if self._made else []
        if not wanted:
            return declared
        service = self.service_of(frame.module.path)
        written = asked.type.name.rpartition(".")[2] if asked.type is not None else ""
        types = {_type_of(item) for item in wanted}
        alike = [
            one
            for one in self._made
            if one.service == service
            and (one.written == written or (one.value is not None and _type_of(one.value) in types))
        ]
        return _handed(alike, (*_said_by(evaluator, asked.decorators, frame), asked.name)) or declared

    def _is_open(self, item: Denotation) -> bool:
        """Whether only the type of something is known which a container may hand out."""
        if isinstance(item, Instance):
            return item.call is None and item.section is None and item.index.name in self._filled
        return isinstance(item, LibraryValue) and item.call is None


def _handed(made: Sequence[_Made], names: Sequence[str]) -> Denotations:
    """Of what is made as a type what has one of the names, the first that any has; else the only one."""
    for name in names:
        called = [one for one in made if name in one.names]
        if called:
            made = called
            break
    return tuple(one.value for one in made if one.value is not None) if len(made) == 1 else ()


def _type_of(value: Denotation) -> tuple[str, str]:
    if isinstance(value, LibraryValue):
        return value.model.model.library, value.type
    return (value.index.module.path, value.index.name) if isinstance(value, Instance) else ("", "")


def _said_by(evaluator: Evaluator, decorators: Sequence[ir.Value], frame: Frame) -> list[str]:
    """The names that decorators of what is asked for say (``@Qualifier("billing")``)."""
    return [
        value.value
        for decorator in decorators
        if isinstance(decorator, ir.Call)
        for argument in decorator.args
        for value in evaluator.evaluate(argument.value, frame)
        if isinstance(value, Scalar) and isinstance(value.value, str)
    ]
