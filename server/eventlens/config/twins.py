"""Checks what a file says against one of our types: each has a twin of pydantic, which names every mistake and its place.

The types themselves are frozen and quick to load; a twin is made when the first file is to be checked, and most programs read none.
"""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Annotated, Any, ForwardRef, TypeAlias, TypeVar, Union, get_args, get_origin

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from eventlens.config.written_types import Checked, Shortened, Written

_CONFIGURATION = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
_Twins: TypeAlias = dict[type[Written], "type[BaseModel] | None"]
"""By what they check; None for one that is being made."""
_Kind = TypeVar("_Kind", bound=Written)


def validated(kind: type[_Kind], raw: object) -> _Kind:
    """What ``raw``, a parsed document, says. Raises `pydantic.ValidationError` with all mistakes in it."""
    checked = _twin_of(kind).model_validate(raw)
    return msgspec.convert(checked.model_dump(by_alias=True, exclude_unset=True), kind)


@cache
def _twin_of(kind: type[Written]) -> type[BaseModel]:
    twins: _Twins = {}
    made = _twin(kind, twins)
    names = {one.__name__: twin for one, twin in twins.items()}
    for twin in names.values():
        assert twin is not None
        twin.model_rebuild(_types_namespace=names)
    return made


def _twin(kind: type[Written], twins: _Twins) -> type[BaseModel]:
    """A model with the same fields and the same name."""
    twins[kind] = None
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        default: Any = field.default if field.default is not msgspec.NODEFAULT else ...
        said = Field(default, alias=field.encode_name)
        if field.default_factory is not msgspec.NODEFAULT:
            said = Field(default_factory=field.default_factory, alias=field.encode_name)
        fields[field.name] = (_mirrored(field.type, twins), said)

    def check(twin: Any) -> Any:
        kind.check(twin)
        return twin

    validators: dict[str, Any] = {"check": model_validator(mode="after")(check)}
    made: type[BaseModel] = create_model(kind.__name__, __config__=_CONFIGURATION, __validators__=validators, **fields)
    twins[kind] = made
    return made


def _mirrored(annotation: Any, twins: _Twins) -> Any:
    """A field's type with twins in place of our own types, and validators in place of what it says of its values."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Written):
        # A condition may hold conditions: while its twin is being made, its name stands for it.
        return (
            (twins[annotation] or ForwardRef(annotation.__name__)) if annotation in twins else _twin(annotation, twins)
        )
    if origin is Annotated:
        whole = (_mirrored(arguments[0], twins), *map(_validator, annotation.__metadata__))
        return Annotated[whole]
    if origin in (Union, UnionType):
        return Union[tuple(_mirrored(one, twins) for one in arguments)]  # of a forward reference, too
    if origin in (list, dict, tuple):
        return origin[tuple(one if one is ... else _mirrored(one, twins) for one in arguments)]
    return annotation


def _validator(said: Shortened | Checked) -> BeforeValidator | AfterValidator:
    if isinstance(said, Shortened):
        return BeforeValidator(said.whole)

    def checked(text: str) -> str:
        said.check(text)
        return text

    return AfterValidator(checked)
