"""Working out Terraform's expressions: locals, variables, module inputs and outputs, templates and the common functions.

A value is plain (text with ``${…}`` for what is not known, number, truth value, None, list, dict), `Made` (an attribute of a
resource or data source) or `Elsewhere` (an output of a module that lies outside of the files).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from eventlens.config.hcl import Block, Call, Choice, Each, Expression, ListOf, Literal, ObjectOf, Reference, Template
from eventlens.config.infrastructure import hole

_MAX_DEPTH = 40
_MAX_ITEMS = 200
_LONGEST_TEXT = 20_000
_FORMAT = re.compile(r"%(?:%|[-+ 0#]*\d*(?:\.\d+)?[svdq])")


class Made(msgspec.Struct, frozen=True):
    """``attribute`` of a resource, by its address within ``module``; ``key`` is its instance's."""

    module: str
    address: str
    attribute: str
    key: str | int | None = None


class Elsewhere(msgspec.Struct, frozen=True):
    """An output of the module that is called at ``address``, whose files are not known."""

    address: str
    output: str


Value: TypeAlias = "str | int | float | bool | list[Any] | dict[str, Any] | Made | Elsewhere | None"


class ModuleScope:
    """One use of a module: its blocks with the inputs that it is given. ``address`` is "" for a root module."""

    def __init__(
        self, folder: str, blocks: Sequence[tuple[str, Block]], inputs: Mapping[str, Value], address: str = ""
    ) -> None:
        self.folder = folder
        self.address = address
        self.inputs = inputs
        self.children: dict[str, ModuleScope | None] = {}
        """Modules called here, by name; None for one that lies elsewhere."""
        self.locals: dict[str, Expression] = {}
        self.known: dict[str, Value] = {}
        """Locals that were worked out; one that is made of itself is a hole."""
        self.variables: dict[str, Block] = {}
        self.outputs: dict[str, Expression] = {}
        self.resources: dict[str, tuple[str, Block]] = {}
        """File and block by address (``aws_sqs_queue.orders``, ``data.aws_sqs_queue.orders``)."""
        self.calls: dict[str, tuple[str, Block]] = {}
        for path, block in blocks:
            self._file(path, block)

    def _file(self, path: str, block: Block) -> None:
        if block.type == "locals":
            self.locals.update(block.attributes)
        elif block.type == "variable" and block.labels:
            self.variables[block.labels[0]] = block
        elif block.type == "output" and block.labels and "value" in block.attributes:
            self.outputs[block.labels[0]] = block.attributes["value"]
        elif block.type == "module" and block.labels:
            self.calls[block.labels[0]] = (path, block)
        elif block.type in ("resource", "data") and len(block.labels) > 1:
            prefix = "data." if block.type == "data" else ""
            self.resources[prefix + ".".join(block.labels[:2])] = (path, block)


Bound: TypeAlias = "Mapping[str, Value]"
"""What ``each``, ``count`` and the names of a ``for`` expression stand for, by their dotted names."""


def instances(scope: ModuleScope, block: Block) -> list[tuple[str | int | None, Bound]]:
    """The instances of a block: one, or those that ``for_each`` and ``count`` over known values make, by key."""
    over = worked_out(scope, block.attributes["for_each"]) if "for_each" in block.attributes else None
    if isinstance(over, dict):
        return [(key, {"each.key": key, "each.value": item}) for key, item in list(over.items())[:_MAX_ITEMS]]
    if isinstance(over, list):
        return [(str(item), {"each.key": item, "each.value": item}) for item in over[:_MAX_ITEMS]]
    count = worked_out(scope, block.attributes["count"]) if "count" in block.attributes else None
    if isinstance(count, int) and not isinstance(count, bool) and 1 < count <= _MAX_ITEMS:
        return [(index, {"count.index": index}) for index in range(count)]
    return [(None, {})]


def worked_out(scope: ModuleScope, expression: Expression | None, bound: Bound | None = None, depth: int = 0) -> Value:
    """The value of an expression; a text that is one hole where nothing is known."""
    if depth > _MAX_DEPTH:
        return hole("")
    if expression is None or isinstance(expression, Literal):
        return expression.value if expression is not None else None
    bound = bound or {}
    if isinstance(expression, Template):
        text = "".join(as_text(scope, worked_out(scope, part, bound, depth + 1)) for part in expression.parts)
        return text if len(text) <= _LONGEST_TEXT else hole("")
    if isinstance(expression, Reference):
        return _referred(scope, expression, bound, depth + 1)
    if isinstance(expression, ListOf):
        return [worked_out(scope, item, bound, depth + 1) for item in expression.items[:_MAX_ITEMS]]
    if isinstance(expression, ObjectOf):
        return {
            as_text(scope, worked_out(scope, key, bound, depth + 1)): worked_out(scope, value, bound, depth + 1)
            for key, value in expression.entries[:_MAX_ITEMS]
        }
    if isinstance(expression, Call):
        return _called(scope, expression, bound, depth + 1)
    if isinstance(expression, Choice):
        return _first_known([worked_out(scope, option, bound, depth + 1) for option in expression.options])
    if isinstance(expression, Each):
        return _each(scope, expression, bound, depth + 1)
    return hole(expression.text)


def as_text(scope: ModuleScope, value: Value) -> str:
    """A value within a text; a resource stands for its name."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Made):
        return hole(f"{value.address}.{value.attribute}")
    if isinstance(value, Elsewhere):
        return hole(f"{value.address}.{value.output}")
    return hole("")


def _first_known(options: Sequence[Value]) -> Value:
    known = [one for one in options if one not in (None, "", [], {})]
    certain = [one for one in known if not (isinstance(one, str) and one.startswith("${") and one.endswith("}"))]
    return next(iter(certain or known), None)


def _referred(scope: ModuleScope, reference: Reference, bound: Bound, depth: int) -> Value:
    names = [
        name if isinstance(name, str | int) else _key(worked_out(scope, name, bound, depth)) for name in reference.names
    ]
    written = ".".join(map(str, names))
    for length in (2, 1):
        head = ".".join(map(str, names[:length]))
        if len(names) >= length and head in bound:
            return _along(scope, bound[head], names[length:], written)
    if len(names) > 1:
        found = _HEADS.get(str(names[0]), _resource)(scope, names, depth)
        if found is not None:
            return found
    return hole(written)


def _key(value: Value) -> str | int:
    return value if isinstance(value, str | int) else "?"


def _along(scope: ModuleScope, value: Value, names: Sequence[str | int], written: str) -> Value:
    for name in names:
        if isinstance(value, dict) and str(name) in value:
            value = value[str(name)]
        elif isinstance(value, list) and isinstance(name, int) and name < len(value):
            value = value[name]
        elif isinstance(value, Made | Elsewhere) and isinstance(name, int):
            continue
        elif isinstance(value, Made) and isinstance(name, str):
            value = msgspec.structs.replace(value, attribute=name)
        else:
            return hole(written)
    return value


def _local(scope: ModuleScope, names: Sequence[str | int], depth: int) -> Value:
    name, written = str(names[1]), ".".join(map(str, names))
    if name not in scope.locals:
        return None
    if name not in scope.known:
        scope.known[name] = hole(written)
        scope.known[name] = worked_out(scope, scope.locals[name], {}, depth)
    return _along(scope, scope.known[name], names[2:], written)


def _variable(scope: ModuleScope, names: Sequence[str | int], depth: int) -> Value:
    name = str(names[1])
    written = ".".join(map(str, names))
    if name in scope.inputs:
        return _along(scope, scope.inputs[name], names[2:], written)
    block = scope.variables.get(name)
    if block is None or "default" not in block.attributes:
        return None
    default = worked_out(scope, block.attributes["default"], {}, depth)
    return None if default in (None, "") else _along(scope, default, names[2:], written)


def _module(scope: ModuleScope, names: Sequence[str | int], depth: int) -> Value:
    name = str(names[1])
    rest = [one for one in names[2:] if not isinstance(one, int)]
    if name not in scope.calls or not rest:
        return None
    child = scope.children.get(name)
    if child is None:
        return Elsewhere(f"{scope.address}module.{name}", ".".join(map(str, rest)))
    output = child.outputs.get(str(rest[0]))
    if output is None:
        return None
    return _along(child, worked_out(child, output, {}, depth), rest[1:], ".".join(map(str, names)))


def _data(scope: ModuleScope, names: Sequence[str | int], depth: int) -> Value:
    return _made(scope, ".".join(map(str, names[:3])), names[3:])


def _resource(scope: ModuleScope, names: Sequence[str | int], depth: int) -> Value:
    return _made(scope, ".".join(map(str, names[:2])), names[2:])


def _made(scope: ModuleScope, address: str, rest: Sequence[str | int]) -> Value:
    if address not in scope.resources:
        return None
    block = scope.resources[address][1]
    repeats = "for_each" in block.attributes or "count" in block.attributes
    key = rest[0] if rest and repeats and (isinstance(rest[0], int) or len(rest) > 1) else None
    attribute = next((one for one in reversed(rest) if isinstance(one, str) and one != key), "id")
    return Made(scope.address, address, attribute, key)


def _path(scope: ModuleScope, names: Sequence[str | int], depth: int) -> Value:
    return scope.folder or "." if names[1] in ("module", "root", "cwd") else None


_HEADS = {"local": _local, "var": _variable, "module": _module, "data": _data, "path": _path}


def _each(scope: ModuleScope, expression: Each, bound: Bound, depth: int) -> Value:
    over = worked_out(scope, expression.over, bound, depth)
    pairs: list[tuple[Value, Value]] = []
    if isinstance(over, dict):
        pairs = list(over.items())
    elif isinstance(over, list):
        pairs = list(enumerate(over)) if len(expression.names) > 1 else [(item, item) for item in over]
    listed: list[Value] = []
    table: dict[str, Value] = {}
    for key, item in pairs[:_MAX_ITEMS]:
        own = {**bound, expression.names[-1]: item} if expression.names else dict(bound)
        if len(expression.names) > 1:
            own[expression.names[0]] = key
        value = worked_out(scope, expression.value, own, depth)
        if expression.key is None:
            listed.append(value)
        else:
            table[as_text(scope, worked_out(scope, expression.key, own, depth))] = value
    return listed if expression.key is None else table


def _called(scope: ModuleScope, call: Call, bound: Bound, depth: int) -> Value:
    given = [worked_out(scope, argument, bound, depth) for argument in call.arguments[:_MAX_ITEMS]]
    if not given:
        return hole(call.name)
    first = given[0]
    if call.name in ("jsonencode", "tostring", "toset", "tolist", "tomap", "nonsensitive", "sensitive", "abspath"):
        return first
    if call.name in ("try", "coalesce", "coalescelist"):
        return _first_known(given)
    if call.name in ("one", "element"):
        return first[0] if isinstance(first, list) and first else first
    if call.name == "lookup" and isinstance(first, dict) and len(given) > 1:
        return first.get(as_text(scope, given[1]), given[2] if len(given) > 2 else None)
    if call.name == "merge":
        return {key: value for table in given if isinstance(table, dict) for key, value in table.items()}
    if call.name in ("concat", "flatten"):
        return [item for one in given for each in (one if isinstance(one, list) else [one]) for item in _flat(each)]
    if call.name in ("keys", "values") and isinstance(first, dict):
        return list(first) if call.name == "keys" else list(first.values())
    if call.name == "jsondecode" and isinstance(first, str):
        return decoded(first)
    return _text_function(scope, call.name, given)


def _flat(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]


def _text_function(scope: ModuleScope, name: str, given: list[Value]) -> Value:
    texts = [as_text(scope, one) for one in given]
    first = texts[0]
    if name == "format":
        return _formatted(first, texts[1:])
    if name == "join" and len(given) > 1 and isinstance(given[1], list):
        return first.join(as_text(scope, item) for item in given[1])
    if name in ("lower", "upper") and "${" not in first:
        return first.lower() if name == "lower" else first.upper()
    if name in ("lower", "upper", "trimspace", "basename"):
        return posixpath.basename(first) if name == "basename" else first
    if name == "replace" and len(texts) == 3 and not texts[1].startswith("/"):
        return "${".join(_replaced(part, index, texts) for index, part in enumerate(first.split("${")))
    if name in ("trimprefix", "trimsuffix") and len(texts) == 2:
        return first.removeprefix(texts[1]) if name == "trimprefix" else first.removesuffix(texts[1])
    return hole(name)


def _replaced(part: str, index: int, texts: list[str]) -> str:
    """Replace in a piece of text outside of the hole that it begins with."""
    name, closing, rest = part.partition("}") if index else ("", "", part)
    return name + closing + rest.replace(texts[1], texts[2])


def _formatted(pattern: str, texts: list[str]) -> str:
    left = iter(texts)
    return _FORMAT.sub(lambda match: "%" if match[0] == "%%" else next(left, hole("")), pattern)


def decoded(text: str) -> Value:
    """A JSON text as a value; None where it is broken."""
    try:
        found: Value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found
