"""What the declaration of one field says beside its type: name on the wire, format, default, description.

Field functions (``Field(alias=…, description=…)``, ``field(default=…)``) and decorators (``@IsUUID()``, ``@Expose({name: …})``,
``@ApiProperty({description: …})``) are known by name: that they come from pydantic or class-validator changes nothing of what is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.config.message_schemas import one_line
from eventlens.flow import class_hierarchy
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.type_texts import is_nullable

_FIELD_CALLS = frozenset(("Field", "field", "attrib", "ib", "Meta", "Factory"))
_FORMATS = {
    "IsUUID": "uuid",
    "IsEmail": "email",
    "IsISO8601": "date-time",
    "IsDateString": "date-time",
    "IsUrl": "uri",
    "IsUrI": "uri",
    "IsInt": "integer",
    "IsISO4217CurrencyCode": "ISO 4217",
    "IsISO31661Alpha2": "ISO 3166",
    "IsPhoneNumber": "phone",
    "IsMongoId": "ObjectId",
    "IsJWT": "jwt",
    "IsIP": "ip",
    "IsPositive": "> 0",
}
"""What class-validator's decorators say of a value."""
_BOUNDS = {"Min": "≥", "Max": "≤", "MinLength": "length ≥", "MaxLength": "length ≤"}
_ARGUMENT_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "max_length": "length ≤"}
_NAMING = frozenset(
    ("Expose", "JsonProperty", "JsonPropertyName", "SerializedName", "SerialName", "DataMember", "json")
)
"""What gives a field its name on the wire."""
_TAGS = frozenset(("json",))
"""Those whose text holds more than the name (``json:"order_id,omitempty"``)."""
_ALIASES = ("serialization_alias", "alias", "name")
_CAMEL = re.compile(r"_+([a-z0-9])")


class DeclaredField(NamedTuple):
    """What a field's declaration says of it."""

    optional: bool
    doc: str
    default: str | None
    format: str


def declared_field(one: ir.ClassField, frame: Frame, evaluator: Evaluator) -> DeclaredField:
    """The facts of a field's declaration, which stands in ``frame``."""
    optional = one.optional or is_nullable(one.type) or any(_name(d) == "IsOptional" for d in one.decorators)
    return DeclaredField(
        optional=optional,
        doc=one_line(one.doc) or next((text for text in _descriptions(one) if text), ""),
        default=_default(one, frame, evaluator),
        format=", ".join(dict.fromkeys(_formats(one))),
    )


def wire_name(one: ir.ClassField, style: str) -> str:
    """The name under which a field travels, in a class that renames its fields in a ``style`` (see `naming`)."""
    for call in _field_calls(one):
        for key in _ALIASES:
            text = _text(_argument(call, key))
            if text:
                return text
    for decorator in one.decorators:
        if _name(decorator) in _NAMING and isinstance(decorator, ir.Call):
            text = _written_name(decorator)
            if text:
                return text
    return _restyled(one.name, style) if style else one.name


def _written_name(decorator: ir.Call) -> str:
    """The name that a decorator, annotation, attribute or tag gives its field."""
    text = _text(_option(decorator, "name"))
    for name in ("PropertyName", "Name", "value"):
        text = text or _text(_argument(decorator, name))
    if not text and decorator.args and decorator.args[0].name is None:
        text = _text(decorator.args[0].value)
    return text.partition(",")[0] if _name(decorator) in _TAGS else text


def is_left_out(one: ir.ClassField) -> bool:
    """Whether a field's declaration says that it does not travel."""
    for decorator in one.decorators:
        name = _name(decorator)
        if name == "JsonIgnore" and not (isinstance(decorator, ir.Call) and decorator.args):
            return True
        if (
            name in _TAGS
            and isinstance(decorator, ir.Call)
            and decorator.args
            and _text(decorator.args[0].value) == "-"
        ):
            return True
    return False


def naming(evaluator: Evaluator, index: ClassIndex) -> str:
    """How a class renames all of its fields: "camel", "pascal", "kebab" or ""."""
    for current in class_hierarchy.bases(evaluator, index):
        for one in current.definition.fields:
            if one.name == "model_config" and isinstance(one.value, ir.Call):
                return _style(_argument(one.value, "alias_generator"))
            if one.name == "model_config" and isinstance(one.value, ir.Object):
                return _style(next((f.value for f in one.value.fields if f.key == "alias_generator"), None))
        for decorator in current.definition.decorators:
            if _name(decorator) == "dataclass_json" and isinstance(decorator, ir.Call):
                return _style(_argument(decorator, "letter_case"))
        for nested in current.nested.values():
            if nested.name == "Config" and "alias_generator" in nested.fields:
                return _style(nested.fields["alias_generator"].value)
    return ""


def _style(value: ir.Value | None) -> str:
    name = last_name(value).lower() if isinstance(value, ir.Name | ir.Member | ir.Call) else ""
    return next((style for style in ("camel", "pascal", "kebab") if style in name), "")


def _restyled(name: str, style: str) -> str:
    if style == "kebab":
        return name.replace("_", "-")
    camel = _CAMEL.sub(lambda found: found[1].upper(), name)
    return camel[:1].upper() + camel[1:] if style == "pascal" else camel


def _field_calls(one: ir.ClassField) -> Iterator[ir.Call]:
    for value in (one.value, *one.decorators):
        if isinstance(value, ir.Call) and _name(value) in _FIELD_CALLS:
            yield value


def _descriptions(one: ir.ClassField) -> Iterator[str]:
    for call in _field_calls(one):
        yield one_line(_text(_argument(call, "description")))
    for decorator in one.decorators:
        if isinstance(decorator, ir.Call):
            yield one_line(_text(_option(decorator, "description")))
            if _name(decorator) == "Doc" and decorator.args:
                yield one_line(_text(decorator.args[0].value))


def _default(one: ir.ClassField, frame: Frame, evaluator: Evaluator) -> str | None:
    value = one.value
    calls = list(_field_calls(one))
    if calls and calls[0] is value:
        positional = next((a.value for a in calls[0].args if a.name is None), None)
        value = _argument(calls[0], "default") or (positional if _name(calls[0]) == "Field" else None)
    if value is None or isinstance(value, ir.Call) or (isinstance(value, ir.Literal) and value.value is None):
        return None
    text = evaluator.source(value, frame, 40)
    return None if text in ("...", "undefined", "") else text


def _formats(one: ir.ClassField) -> Iterator[str]:
    for decorator in one.decorators:
        name = _name(decorator)
        if name in _FORMATS:
            yield _FORMATS[name]
        elif name in _BOUNDS and isinstance(decorator, ir.Call) and decorator.args:
            yield from _bound(_BOUNDS[name], decorator.args[0].value)
    for call in _field_calls(one):
        for key, sign in _ARGUMENT_BOUNDS.items():
            yield from _bound(sign, _argument(call, key))


def _bound(sign: str, value: ir.Value | None) -> Iterator[str]:
    if isinstance(value, ir.Literal) and isinstance(value.value, int | float):
        yield f"{sign} {value.value}"


def _name(value: ir.Value) -> str:
    return last_name(value.callee if isinstance(value, ir.Call) else value)


def _argument(call: ir.Call, name: str) -> ir.Value | None:
    return next((argument.value for argument in call.args if argument.name == name), None)


def _option(call: ir.Call, name: str) -> ir.Value | None:
    """A field of the options object that a decorator gets."""
    given = call.args[0].value if call.args else None
    if not isinstance(given, ir.Object):
        return None
    return next((one.value for one in given.fields if one.key == name), None)


def _text(value: ir.Value | None) -> str:
    return value.value if isinstance(value, ir.Literal) and isinstance(value.value, str) else ""
