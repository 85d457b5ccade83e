"""Fields of an entity's class that the code declares unique: a row that has them already is refused."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.flow.denotations import ClassRef, Denotation, Instance, Scalar
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import ClassIndex
from eventlens.flow.walk import values_in


def unique_fields(value: Denotation, event: Event) -> Iterator[str]:
    """The fields of an entity's class that are declared unique, or are a key that the database does not make up."""
    if isinstance(value, ClassRef | Instance):
        yield from _unique_of_class(value.index)
    elif isinstance(value, Scalar) and event.place is not None:
        for module in event.place.evaluator.program.loaded():
            for index in module.classes:
                if index.name == value.value:
                    yield from _unique_of_class(index)


def _unique_of_class(index: ClassIndex) -> Iterator[str]:
    for name, field in index.fields.items():
        declared = [*field.decorators, *((field.value,) if field.value is not None else ())]
        if any(_is_unique(value) for value in declared):
            yield name


def _is_unique(value: ir.Value) -> bool:
    if isinstance(value, ir.Call) and last_name(value.callee) == "PrimaryColumn":
        return True
    for inner in values_in(value):
        if isinstance(inner, ir.Call):
            if _is_key_by_tag(inner):
                return True
            named = {argument.name: argument.value for argument in inner.args if argument.name}
            fields = {
                field.key: field.value
                for argument in inner.args
                if isinstance(argument.value, ir.Object)
                for field in argument.value.fields
            }
            for name in ("unique", "primary_key", "primaryKey", "primary"):
                given = named.get(name) or fields.get(name)
                if (
                    isinstance(given, ir.Literal)
                    and given.value is True
                    and "autoincrement" not in named
                    and "default" not in named
                ):
                    return True
    return False


def _is_key_by_tag(tag: ir.Call) -> bool:
    """Whether a field's tag says that it is the document's key (``bson:"_id"``)."""
    first = tag.args[0].value if last_name(tag.callee) == "bson" and tag.args else None
    return isinstance(first, ir.Literal) and str(first.value).partition(",")[0] == "_id"
