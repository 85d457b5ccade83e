"""The fields of declared types: interfaces, aliases, classes, data classes and models, generics filled in.

A type is read as it is written, in the scope where it is written, because an alias of an envelope (``EventEnvelope<OrderPlaced>``)
says more than the class that it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from eventlens import ir
from eventlens.flow import class_hierarchy, schema_zod, written_types
from eventlens.flow.denotations import ClassRef, External
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.field_declarations import declared_field, is_left_out, naming, wire_name
from eventlens.flow.model import PayloadField, Place
from eventlens.flow.module_index import decorator_name
from eventlens.flow.schemas import MAX_DEPTH, merged, place_of, room
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.type_texts import is_nothing, type_text

_SAME = frozenset(
    ("Promise", "Awaitable", "Coroutine", "Observable", "Readonly", "Required", "NonNullable", "Annotated", "Final", "NotRequired", "DeepReadonly")
)  # fmt: skip
"""Types whose content is that of their first argument."""
_MAX_WAYS = 16


@dataclass(frozen=True, eq=False)
class Written:
    """A type as written, in the scope where its names mean something, with what stands for type parameters there."""

    ref: ir.TypeRef
    frame: Frame
    bound: Mapping[str, Written] = field(default_factory=dict)


class Shape(NamedTuple):
    """The fields of a type; ``place`` is where the type that was asked for is declared, ``name`` its name ("" where it has none)."""

    fields: list[PayloadField]
    name: str = ""
    place: Place | None = None


class TypeReader:
    """Reads the fields of types of one program."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def shape(self, written: Written) -> Shape | None:
        """The fields of a type; None where it is no object of known fields."""
        return self._shape(written, 1, ())

    def shape_of_event(self, written: Written, event: str | None) -> Shape | None:
        """The fields of a type; of a union the alternative that is the event's, by its name or its literal type field."""
        alternatives = list(self._alternatives(written, 0)) if event is not None else []
        for one in alternatives if len(alternatives) > 1 else ():
            shape = self.shape(one)
            if shape is not None and (shape.name == event or any(f.type == repr(event) for f in shape.fields)):
                return shape
        return self.shape(written)

    def _alternatives(self, written: Written, hops: int) -> Iterator[Written]:
        ref = written.ref
        if ref.name == "|":
            for part in ref.args[:_MAX_WAYS]:
                yield from self._alternatives(self._within(part, written), hops)
            return
        for found in written_types.reference(self.evaluator, ref, written.frame) if hops < MAX_DEPTH else ():
            aliased = found.index.definition.aliased if isinstance(found, ClassRef) else None
            if isinstance(found, ClassRef) and aliased is not None and aliased.name == "|":
                here = Written(aliased, found.index.frame, self._bindings(found.index, written))
                yield from self._alternatives(here, hops + 1)
                return
        yield written

    def shape_of_class(self, index: ClassIndex) -> Shape | None:
        """The fields of a class, interface or alias by itself."""
        return self._of_class(index, {}, 1, ())

    def field_of(self, name: str, written: Written) -> PayloadField:
        """A field of a type as written."""
        return self._field(ir.ClassField(written.ref.start, written.ref.end, name, written.ref), written, 1, ())

    # ------------------------------------------------------------------------------------------------------- types

    def _shape(self, written: Written, depth: int, inside: tuple[int, ...]) -> Shape | None:
        ref = written.ref
        if depth > MAX_DEPTH or len(inside) > _MAX_WAYS:
            return None
        if ref.name in written.bound:
            return self._shape(written.bound[ref.name], depth, (*inside, id(ref)))
        if ref.name == "{}":
            return Shape([self._field(one, written, depth, inside) for one in ref.fields][: room(depth)])
        if ref.name in ("|", "&"):
            return self._of_several(written, depth, inside)
        last = ref.name.rpartition(".")[2]
        if ref.args and (last in _SAME or last in ("Partial", "Pick", "Omit")):
            return self._of_wrapper(written, last, depth, inside)
        if schema_zod.is_inferred(ref):
            return self._of_zod(ref.args[0], written.frame, depth)
        for found in written_types.reference(self.evaluator, ref, written.frame):
            if isinstance(found, ClassRef):
                return self._of_class(found.index, self._bindings(found.index, written), depth, inside)
        return None

    def _of_several(self, written: Written, depth: int, inside: tuple[int, ...]) -> Shape | None:
        parts = [
            self._shape(self._within(part, written), depth, inside) for part in written.ref.args if not is_nothing(part)
        ]
        found = [part for part in parts if part is not None]
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        if written.ref.name == "|":
            return Shape(merged([part.fields for part in found]))
        return Shape(list({one.name: one for part in found for one in part.fields}.values()))

    def _of_wrapper(self, written: Written, name: str, depth: int, inside: tuple[int, ...]) -> Shape | None:
        shape = self._shape(self._within(written.ref.args[0], written), depth, inside)
        if shape is None or name in _SAME:
            return shape
        if name == "Partial":
            return shape._replace(fields=[msgspec.structs.replace(one, optional=True) for one in shape.fields])
        named = {literal for each in written.ref.args[1:2] for literal in _literals(each)}
        return shape._replace(fields=[one for one in shape.fields if (one.name in named) is (name == "Pick")])

    def _of_zod(self, ref: ir.TypeRef, frame: Frame, depth: int) -> Shape | None:
        return self.shape_of_value_schema(schema_zod.inferred_from(self.evaluator, ref, frame), depth)

    def shape_of_value_schema(self, values: tuple[object, ...], depth: int = 1) -> Shape | None:
        """The fields that a schema made of values (``z.object({…})``) accepts."""
        for call, frame in schema_zod.schema_calls(values):
            fields = schema_zod.fields_of(self.evaluator, call, frame, depth)
            if fields:
                return Shape(fields, "", place_of(frame.module, call.start))
        return None

    def _bindings(self, index: ClassIndex, written: Written) -> dict[str, Written]:
        names = index.definition.type_parameters or tuple(_generic_names(index))
        return {name: self._within(given, written) for name, given in zip(names, written.ref.args, strict=False)}

    def _within(self, ref: ir.TypeRef, around: Written) -> Written:
        return Written(ref, around.frame, around.bound)

    # ----------------------------------------------------------------------------------------------------- classes

    def _of_class(
        self, index: ClassIndex, bound: Mapping[str, Written], depth: int, inside: tuple[int, ...]
    ) -> Shape | None:
        definition = index.definition
        if definition.kind == "enum" or id(index) in inside:
            return None
        inside = (*inside, id(index))
        place = place_of(index.module, definition.name_start)
        if definition.kind == "alias":
            aliased = definition.aliased
            shape = self._shape(Written(aliased, index.frame, bound), depth, inside) if aliased is not None else None
            return Shape(shape.fields, index.name, place) if shape is not None else None
        fields = list(self._class_fields(index, bound, depth, inside).values())[: room(depth)]
        if not fields and definition.kind == "class":
            return None
        return Shape(fields, index.name, place)

    def _class_fields(
        self, index: ClassIndex, bound: Mapping[str, Written], depth: int, inside: tuple[int, ...]
    ) -> dict[str, PayloadField]:
        """Those of the bases first; a field that is declared again stands where it stood, as it is declared last."""
        found: dict[str, PayloadField] = {}
        for base in index.definition.bases:
            for ref in written_types.reference(self.evaluator, base, index.frame):
                if isinstance(ref, ClassRef) and ref.index.definition.kind != "enum" and id(ref.index) not in inside:
                    here = self._bindings(ref.index, Written(base, index.frame, bound))
                    shape = self._of_class(ref.index, here, depth, inside)
                    found.update((one.name, one) for one in (shape.fields if shape is not None else ()))
        around = Written(_NO_TYPE, index.body, bound)
        style = naming(self.evaluator, index)
        for name, one in {wire_name(one, style): one for one in own_fields(index)}.items():
            if name in found or len(found) < room(
                depth
            ):  # what is beyond it is not shown, and a generated class may have thousands
                found[name] = msgspec.structs.replace(self._field(one, around, depth, inside), name=name)
        return found

    def _field(self, one: ir.ClassField, around: Written, depth: int, inside: tuple[int, ...]) -> PayloadField:
        facts = declared_field(one, around.frame, self.evaluator)
        written = self._within(one.type, around) if one.type is not None else None
        content, repeated = _element(written) if written is not None else (None, False)
        inner = self._shape(content, depth + 1, inside) if content is not None and depth < MAX_DEPTH else None
        return PayloadField(
            name=one.name,
            type=self._text(one, written),
            format=facts.format,
            optional=facts.optional,
            doc=facts.doc,
            default=facts.default,
            repeated=repeated,
            fields=inner.fields if inner is not None else [],
        )

    def _text(self, one: ir.ClassField, written: Written | None) -> str:
        if written is None:
            return _type_of_literal(one.value)
        text = type_text(written.ref, written.frame.module.module, bound=_bound_texts(written))
        enum = self._enum_values(written)
        return f"{text}({enum})" if enum else text

    def _enum_values(self, written: Written) -> str:
        """The first values of an enum, where a field is of one."""
        for found in written_types.reference(self.evaluator, written.ref, written.frame):
            if isinstance(found, ClassRef) and found.index.definition.kind == "enum":
                names = [member.name for member in found.index.definition.fields if not member.name.startswith("_")]
                return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        return ""


_NO_TYPE = ir.TypeRef(0, 0, "?")


def _bound_texts(written: Written) -> dict[str, str]:
    return {
        name: type_text(value.ref, value.frame.module.module, bound=_bound_texts(value))
        for name, value in written.bound.items()
    }


def _literals(ref: ir.TypeRef) -> Iterator[object]:
    if ref.name == "|":
        for part in ref.args:
            yield from _literals(part)
    elif ref.name == '"':
        yield ref.literal


def _generic_names(index: ClassIndex) -> Iterator[str]:
    """``Generic[T, U]`` among the bases."""
    for base in index.definition.bases:
        if base.name.rpartition(".")[2] in ("Generic", "Protocol"):
            yield from (argument.name for argument in base.args)


def _element(written: Written) -> tuple[Written, bool]:
    """The type of the elements of a list, and whether it is one; nothing is no alternative."""
    ref = written.ref
    if ref.name in written.bound:
        return _element(written.bound[ref.name])
    if ref.name == "|":
        some = [part for part in ref.args if not is_nothing(part)]
        return _element(Written(some[0], written.frame, written.bound)) if len(some) == 1 else (written, False)
    last = ref.name.rpartition(".")[2]
    if last in _LISTS and ref.args:
        return Written(ref.args[0], written.frame, written.bound), True
    if last in _SAME and ref.args:
        return _element(Written(ref.args[0], written.frame, written.bound))
    return written, False


_LISTS = written_types.COLLECTION_TYPES | {"frozenset"}


def own_fields(index: ClassIndex) -> Iterator[ir.ClassField]:
    """The fields of a class itself that travel: no constants, functions or private members; with those that its constructor makes."""
    definition = index.definition
    declared = [one for one in definition.fields if _travels(one)]
    yield from declared
    constructor = index.constructor
    if constructor is None or constructor.function is None:
        return
    known = {one.name for one in declared}
    for parameter in constructor.function.parameters:
        assigned = parameter.property or any(
            isinstance(value, ir.Name) and value.name == parameter.name
            for frame, value in index.assigned.get(parameter.name, ())
            if frame is constructor
        )
        if assigned and parameter.name not in known and not parameter.name.startswith(("_", "#")):
            yield ir.ClassField(
                parameter.start, parameter.end, parameter.name, parameter.type, parameter.default,
                optional=parameter.optional, decorators=parameter.decorators,
            )  # fmt: skip


def _travels(one: ir.ClassField) -> bool:
    return not (
        one.static
        or one.embedded  # its fields are those of a base
        or one.hidden
        or is_left_out(one)
        or one.name.startswith(("_", "#"))
        or (one.type is not None and one.type.name == "=>")
    )


def _type_of_literal(value: ir.Value | None) -> str:
    if not isinstance(value, ir.Literal) or value.value is None:
        return "unknown"
    return {bool: "boolean", int: "number", float: "number", str: repr(value.value)}[type(value.value)]


def is_message_class(evaluator: Evaluator, index: ClassIndex) -> bool:
    """Whether a class can be that of a message: no client, service or handler, nor an interface of things that are done."""
    definition = index.definition
    if definition.kind == "interface" and definition.methods and not definition.fields:
        return all(_GETTER.match(method.name) for method in definition.methods)
    if definition.kind != "class":
        return True
    external = [base for base, _, _ in class_hierarchy.external_bases(evaluator, index)]
    if any(isinstance(base, External) and last_path(base) in _MODELS for base in external):
        return True
    names = {decorator_name(d) for d in definition.decorators}
    return not names & _SERVICES


def names_record(written: ir.TypeRef) -> bool:
    """Whether a type is called like what a broker's client hands over (``SQSRecord``, ``amqp.Delivery``): what a handler is given
    beside it is no message."""
    return _RECORD.search(written.name) is not None


def last_path(base: External) -> str:
    return base.path[-1] if base.path else ""


_GETTER = re.compile(r"(?:get|is|has)(?:[A-Z_]|$)|<")
_RECORD = re.compile(r"(?:Record|Records|Message|Msg|Delivery|Envelope|Event|Job)$")
_MODELS = frozenset(("BaseModel", "Struct", "TypedDict", "NamedTuple", "AvroModel", "AvroBaseModel", "SQLModel"))
_SERVICES = frozenset(
    ("Injectable", "Controller", "Module", "Entity", "Service", "Repository", "injectable", "singleton")
)
