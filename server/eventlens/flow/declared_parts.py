"""The parts of a declared type by the names that they have in code and on the wire, and whether those are all that travel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.flow import class_hierarchy, written_types
from eventlens.flow.denotations import ClassRef, Instance
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.field_declarations import declared_field, naming, wire_name
from eventlens.flow.field_methods import field_read_by
from eventlens.flow.module_index import decorator_name
from eventlens.flow.plain_types import PLAIN_BASES
from eventlens.flow.schema_types import own_fields
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.type_texts import is_nothing

_RESHAPING = frozenset(
    ("JsonTypeInfo", "JsonSerialize", "JsonConverter", "JsonUnwrapped", "JsonAnyGetter", "JsonAnySetter", "JsonExtensionData", "JsonRawValue", "JsonValue",
     "model_serializer", "JsonIdentityInfo", "JsonAutoDetect", "Schema", "Document", "MessagePackObject", "ProtoContract", "JsonAdapter",
     "JsonPolymorphic", "JsonDerivedType")
)  # fmt: skip
"""Decorators of classes, fields and methods by which another shape travels, or a library adds fields."""
_OWN_FORMS = frozenset(
    ("toJSON", "toJson", "to_json", "to_dict", "as_dict", "asdict", "model_dump", "dict", "json", "serialize", "MarshalJSON", "writeReplace",
     "__json__", "GetObjectData", "Serialize", "toObject", "ToJson")
)  # fmt: skip
"""Methods by which a class decides itself what travels."""
_OPEN = frozenset(
    (
        "dict",
        "Dict",
        "Mapping",
        "Record",
        "object",
        "Object",
        "Any",
        "any",
        "unknown",
        "Map",
        "HashMap",
        "interface{}",
        "dynamic",
        "?",
    )
)
"""Types that say nothing of what is inside."""
_SIGNATURE = re.compile(rb"\[\s*\w+\s*:\s*(?:string|number|symbol)\s*\]\s*\??:")
_KINDS = {
    **dict.fromkeys(("string", "str", "String"), "text"),
    **dict.fromkeys(
        ("number", "int", "float", "Int", "Integer", "long", "Long", "double", "Double", "Float", "short", "Short", "int32", "int64", "uint",
         "uint32", "uint64", "float32", "float64"),
        "number",
    ),
    **dict.fromkeys(("boolean", "bool", "Boolean", "Bool"), "truth"),
}  # fmt: skip


class Part(NamedTuple):
    """One field of a type. ``names`` are those under which it may travel, folded; ``wire`` the one that is meant."""

    field: ir.ClassField
    frame: Frame
    names: frozenset[str]
    wire: str
    is_optional: bool


def folded(name: str) -> str:
    """A field's name without what naming policies of serializers change: case and separators."""
    return name.replace("_", "").replace("-", "").lower()


def parts_of(evaluator: Evaluator, index: ClassIndex) -> dict[str, Part]:
    """The fields of a class and its bases by their folded names in code; a field that is declared again counts as nearest."""
    found: dict[str, Part] = {}
    for current in class_hierarchy.bases(evaluator, index):
        style = naming(evaluator, current)
        for one in own_fields(current):
            found.setdefault(folded(one.name), _part(evaluator, one, current.body, style))
    return found


def inline_parts(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> dict[str, Part]:
    """The fields of a type that is written out where it is used."""
    return {folded(one.name): _part(evaluator, one, frame, "") for one in written.fields}


def _part(evaluator: Evaluator, one: ir.ClassField, frame: Frame, style: str) -> Part:
    wire = wire_name(one, style)
    optional = (
        declared_field(one, frame, evaluator).optional
        or (one.value is not None and not _is_no_default(one.value))
        or any("omitempty" in evaluator.source(decorator, frame) for decorator in one.decorators)
        or _is_pointer(evaluator, one, frame)
    )
    return Part(one, frame, frozenset((folded(one.name), folded(wire))), wire, optional)


def _is_pointer(evaluator: Evaluator, one: ir.ClassField, frame: Frame) -> bool:
    """Whether a star before its type says that a field may hold nothing."""
    if one.type is None or not one.type.start:
        return False
    before = ir.Node(one.type.start - 1, one.type.start)
    return evaluator.source(before, frame) == "*"


def _is_no_default(value: ir.Value) -> bool:
    """Whether an initial value only keeps a compiler content (``= string.Empty``, ``= default!``)."""
    return isinstance(value, ir.Unknown) or (isinstance(value, ir.Member) and value.name == "Empty")


def may_travel_too(evaluator: Evaluator, index: ClassIndex) -> frozenset[str]:
    """Folded names under which a serializer may write out what methods give."""
    return frozenset(
        folded(name)
        for current in class_hierarchy.bases(evaluator, index)
        for method in current.methods
        for name in (method, field_read_by(method))
        if name
    )


def is_whole(evaluator: Evaluator, index: ClassIndex, is_made: bool) -> bool:
    """Whether the declared fields are all that travels of an object of a class; ``is_made``: of one that the code constructs as that class."""
    if index.definition.kind not in ("class", "interface"):
        return False
    if not is_made and (index.definition.is_abstract or class_hierarchy.subclasses(evaluator, index)):
        return False
    return all(_brings_only_fields(evaluator, current) for current in class_hierarchy.bases(evaluator, index))


def names_all(evaluator: Evaluator, node: ir.Node, frame: Frame) -> bool:
    """Whether a type as it is written names all of its fields, and leaves none to a signature (``[key: string]: unknown``)."""
    return _SIGNATURE.search(evaluator.program.workspace.text(frame.module.path), node.start, node.end) is None


def _brings_only_fields(evaluator: Evaluator, index: ClassIndex) -> bool:
    definition = index.definition
    decorators = [
        *definition.decorators,
        *(decorator for one in definition.fields for decorator in one.decorators),
        *(decorator for one in definition.methods for decorator in one.decorators),
    ]
    return (
        not any(decorator_name(one).removesuffix("Attribute") in _RESHAPING for one in decorators)
        and not any(method in _OWN_FORMS for method in index.methods)
        and not definition.base_calls
        and names_all(evaluator, definition, index.body)
        and not any(parameter.kind == "keywords" for parameter in _constructed_with(index))
        and not _allows_extra(evaluator, index)
        and all(_is_plain_base(evaluator, base, index) for base in definition.bases)
    )


def _constructed_with(index: ClassIndex) -> tuple[ir.Parameter, ...]:
    constructor = index.constructor
    return constructor.function.parameters if constructor is not None and constructor.function is not None else ()


def _allows_extra(evaluator: Evaluator, index: ClassIndex) -> bool:
    configured = [one for one in index.definition.fields if one.name == "model_config"]
    configured += [nested.fields["extra"] for nested in index.nested.values() if "extra" in nested.fields]
    return any(one.value is not None and "allow" in evaluator.source(one.value, index.body) for one in configured)


def _is_plain_base(evaluator: Evaluator, base: ir.TypeRef, index: ClassIndex) -> bool:
    if base.name.rpartition(".")[2] in PLAIN_BASES:
        return True
    return any(isinstance(one, ClassRef) for one in written_types.reference(evaluator, base, index.frame))


def has_tags(one: ir.ClassField) -> bool:
    """Whether a field's own tag says how it is read, by a decoder that takes no value of another type."""
    return any(decorator_name(decorator) == "json" for decorator in one.decorators)


_TEXTS = frozenset(("string", "str", "String"))
_BYTES = frozenset(("bytes", "Buffer", "Uint8Array", "byte", "Byte", "ByteArray", "ArrayBuffer"))
"""Types of what was not decoded yet."""


def is_bytes(written: ir.TypeRef | None) -> bool:
    """Whether a type is that of bytes, which may be an object that was encoded."""
    if written is None:
        return False
    return written.name in _BYTES or (written.name == "[]" and bool(written.args) and written.args[0].name in _BYTES)


def is_open(written: ir.TypeRef) -> bool:
    """Whether a type says nothing of what is inside, as that of text which is to be decoded does."""
    if written.name == "|":
        return any(is_open(one) for one in written.args if not is_nothing(one))
    inner = written.args[0].name if written.name == "[]" and written.args else written.name
    if inner in _TEXTS or is_bytes(written):
        return True
    return written.name.rpartition(".")[2] in _OPEN


def types_in(written: ir.TypeRef) -> Iterator[ir.TypeRef]:
    """The alternatives of a type that are something."""
    if written.name == "|":
        for one in written.args:
            yield from types_in(one)
    elif not is_nothing(written):
        yield written


def kinds_of(evaluator: Evaluator, written: ir.TypeRef | None, frame: Frame) -> frozenset[str]:
    """What a field of a type is on the wire, "text", "number", "truth", "list" or "object"; empty where that is not certain."""
    found = [_kind(evaluator, one, frame) for one in types_in(written)] if written is not None else []
    return frozenset(found) if found and all(found) else frozenset()


def _kind(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> str:
    last = written.name.rpartition(".")[2]
    classes = classes_of(evaluator, written, frame)
    if classes:
        return "object" if all(one.definition.kind in ("class", "interface") for one in classes) else ""
    if last in written_types.COLLECTION_TYPES:
        return "list"
    if written.name == "{}":
        return "object"
    return _KINDS.get(last, "")


def classes_of(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> list[ClassIndex]:
    """The classes of the workspace of which a value of a type is."""
    return [one.index for one in evaluator.typed(written, frame) if isinstance(one, Instance)]
