"""Settings that a schema reads out of the environment: ``z.object({ ORDERS_TOPIC: z.string() }).transform(…).parse(process.env)``,
``schema.safeParse(process.env).data``, ``Joi.object({ … }).validate(process.env).value``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, lookups
from eventlens.flow.denotations import ExternalResult, FunctionRef, LibraryValue, Record

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame

_OBJECTS = frozenset(("object", "strictObject", "looseObject"))
_BOTH = frozenset(("and", "merge"))
_SAME = frozenset((
    "strict", "strip", "passthrough", "loose", "refine", "superRefine", "check", "readonly", "brand", "default", "prefault", "describe", "partial", "required",
    "unknown", "prefs", "preferences", "options",
))  # fmt: skip
_PARSING = "parse"
_HELD_UNDER = {
    _PARSING: "", "parseAsync": "", "validateAsync": "", "safeParse": "data", "safeParseAsync": "data", "validate": "value",
}  # fmt: skip
"""Methods that have a schema read something → the member of what they give that holds what was read; "" where it is that itself."""


def is_read(evaluator: Evaluator, node: ir.Call, frame: Frame) -> bool:
    """Whether a call may have a schema read the environment."""
    if not isinstance(node.callee, ir.Member) or node.callee.name not in _HELD_UNDER or not node.args:
        return False
    given = node.args[0].value  # no name: a schema that stands elsewhere is read as if the call stood there
    return isinstance(given, ir.Member) and any(
        lookups.holds_variables(evaluator, one, given, frame) for one in evaluator.evaluate(given, frame)
    )


def read(evaluator: Evaluator, node: ir.Call, frame: Frame) -> Denotations:
    """What the schema gives; nothing where it is none, or gives what the environment holds as it is."""
    if not isinstance(node.callee, ir.Member):
        return ()
    held = _HELD_UNDER[node.callee.name]
    if held:
        return (Record(_holding(evaluator, node, node.callee.object, held), frame),)
    schemas = {
        schema.call: schema.frame
        for schema in evaluator.evaluate(node.callee.object, frame)
        if isinstance(schema, ExternalResult | LibraryValue) and isinstance(schema.call, ir.Call) and schema.frame
    }
    return tuple(d for call, around in schemas.items() for d in _given(evaluator, call, around, node))


def _given(evaluator: Evaluator, schema: ir.Call, frame: Frame, node: ir.Call) -> Denotations:
    callee = schema.callee
    if not isinstance(callee, ir.Member):
        return ()
    environment = node.args[0]
    first = schema.args[0].value if schema.args else None
    if callee.name in (*_OBJECTS, "keys") and isinstance(first, ir.Object):
        return (Record(_variables(evaluator, first, environment.value), frame),)
    if callee.name == "intersection" and len(schema.args) == 2:
        return tuple(d for one in schema.args for d in _of(evaluator, one.value, environment, frame))
    if callee.name in _BOTH and first is not None:
        return (*_of(evaluator, callee.object, environment, frame), *_of(evaluator, first, environment, frame))
    if callee.name == "extend" and isinstance(first, ir.Object):
        own = Record(_variables(evaluator, first, environment.value), frame)
        return (*_of(evaluator, callee.object, environment, frame), own)
    if callee.name == "transform" and first is not None:
        inner = ir.Argument(node.start, node.end, _parsing(evaluator, callee.object, environment))
        call = ir.Call(schema.start, schema.end, first, (inner,))
        return tuple(
            d
            for function in evaluator.evaluate(first, frame)
            if isinstance(function, FunctionRef)
            for d in application.invoke(evaluator, function, call, frame)
        )
    return _of(evaluator, callee.object, environment, frame) if callee.name in _SAME else ()


def _of(evaluator: Evaluator, schema: ir.Value, environment: ir.Argument, frame: Frame) -> Denotations:
    return evaluator.evaluate(_parsing(evaluator, schema, environment), frame)


def _holding(evaluator: Evaluator, node: ir.Call, schema: ir.Value, held: str) -> ir.Object:
    """What a call gives that holds what the schema read in a member."""
    known = evaluator.read_objects.get(id(node))
    if known is None:
        read = ir.Field(node.start, node.end, held, _parsing(evaluator, schema, node.args[0]))
        known = evaluator.read_objects[id(node)] = ir.Object(node.start, node.end, (read,))
    return known


def _parsing(evaluator: Evaluator, schema: ir.Value, environment: ir.Argument) -> ir.Call:
    """The call by which a part of the schema reads the environment: the same each time, to be known again."""
    known = evaluator.built.get(id(schema))
    if known is None:
        callee = ir.Member(schema.start, schema.end, schema, _PARSING)
        known = evaluator.built[id(schema)] = ir.Call(schema.start, schema.end, callee, (environment,))
    return known


def _variables(evaluator: Evaluator, shape: ir.Object, environment: ir.Value) -> ir.Object:
    known = evaluator.read_objects.get(id(shape))
    if known is None:
        fields = tuple(
            ir.Field(one.start, one.end, one.key, _variable(one.key, one.value, environment))
            for one in shape.fields
            if one.key is not None
        )
        known = evaluator.read_objects[id(shape)] = ir.Object(shape.start, shape.end, fields)
    return known


def _variable(name: str, schema: ir.Value, environment: ir.Value) -> ir.Value:
    """What a variable holds, or the default that its schema gives."""
    held = ir.Member(environment.start, environment.end, environment, name)
    while isinstance(schema, ir.Call) and isinstance(schema.callee, ir.Member):
        if schema.callee.name in ("default", "catch", "prefault") and schema.args:
            return ir.Choice(schema.start, schema.end, (held, schema.args[0].value))
        schema = schema.callee.object
    return held
