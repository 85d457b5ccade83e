"""Command-line options as values: what a program is run with when nobody says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow.denotations import ExternalResult
from eventlens.flow.module_index import last_name

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame

_PARSED = frozenset(("parse_args", "parse_known_args", "opts", "argv", "parse", "parseSync"))
_DECLARING = ("add_argument", "option", "requiredOption")
_WITH_DEFAULT = {
    "pydantic": ("Field",), "dataclasses": ("field",), "typer": ("Option", "Argument"), "fastapi": ("Query", "Header"), "attr": ("ib",), "attrs": ("field",),
    "sqlmodel": ("Field",), "click": ("option", "argument"),
}  # fmt: skip


def parsed(evaluator: Evaluator, item: ExternalResult, name: str) -> Denotations:
    """The default of an option read off parsed arguments (``args.topic`` of ``add_argument("--topic", default="orders")``)."""
    if item.external.path[-1:] == () or item.external.path[-1] not in _PARSED:
        return ()
    module = item.frame.module
    for method in _DECLARING:
        for site in module.calls.get(method, ()):
            if name in _names(site.call):
                return _default(evaluator, site.call, site.frame, 2)
    return ()


def declared(evaluator: Evaluator, frame: Frame, parameter: ir.Parameter) -> Denotations:
    """The default that an option decorator gives to a parameter (``@click.option("--topic", default="orders")``)."""
    if frame.function is None:
        return ()
    outer = frame.parent or frame
    for decorator in frame.function.decorators:
        if (
            isinstance(decorator, ir.Call)
            and last_name(decorator.callee) in ("option", "argument")
            and parameter.name in _names(decorator)
        ):
            return _default(evaluator, decorator, outer, None)
    return ()


def _names(call: ir.Call) -> Iterator[str]:
    """The names under which an option is read: its destination, else its long flag."""
    for argument in call.args:
        if argument.name == "dest" and isinstance(argument.value, ir.Literal):
            yield str(argument.value.value)
        elif argument.name is None and isinstance(argument.value, ir.Literal) and isinstance(argument.value.value, str):
            flag = next(
                (word for word in argument.value.value.replace(",", " ").split() if word.startswith("--")),
                argument.value.value.split(" ")[0],
            )
            bare = flag.lstrip("-")
            yield bare.replace("-", "_")
            yield _camel(bare)


def _camel(flag: str) -> str:
    head, *rest = flag.split("-")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _default(evaluator: Evaluator, call: ir.Call, frame: Frame, position: int | None) -> Denotations:
    for argument in call.args:
        if argument.name == "default":
            return evaluator.evaluate(argument.value, frame)
        if isinstance(argument.value, ir.Object):
            for field in argument.value.fields:
                if field.key == "default":
                    return evaluator.evaluate(field.value, frame)
    given = [argument for argument in call.args if argument.name is None]
    if position is not None and position < len(given):
        return evaluator.evaluate(given[position].value, frame)
    return ()


def described_default(evaluator: Evaluator, package: str, name: str, call: ir.Call, frame: Frame) -> Denotations | None:
    """What a field or parameter descriptor stands for when nothing is given (``Field(default="orders")``); None for any other call."""
    if name not in _WITH_DEFAULT.get(package.partition(".")[0], ()):
        return None
    for argument in call.args:
        if argument.name in ("default_factory", "factory"):
            made = ir.Call(argument.start, argument.end, argument.value, ())
            return evaluator.evaluate(made, frame)
        if argument.name == "default":
            return evaluator.evaluate(argument.value, frame)
    first = call.args[0] if call.args and call.args[0].name is None and not call.args[0].spread else None
    is_flag = (
        first is not None
        and isinstance(first.value, ir.Literal)
        and isinstance(first.value.value, str)
        and first.value.value.startswith("-")
    )
    return evaluator.evaluate(first.value, frame) if first is not None and not is_flag else ()
