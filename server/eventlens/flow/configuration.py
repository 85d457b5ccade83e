"""Keys of a service's configuration as values: looked up, put into texts with placeholders, bound to fields and parameters."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.config.configuration_keys import Placeholder, placeholders, plain_of
from eventlens.config.secrets import MASK, is_secret_name
from eventlens.flow import bean_expressions
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    EnumMember,
    Hole,
    Scalar,
    Text,
    Trail,
    Trails,
    Variable,
)
from eventlens.flow.texts import as_text, join_texts

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import ClassIndex, Frame

_MAX_DEPTH = 8
_MOST_TEXTS = 8
_EXPRESSION = re.compile(r"#\{(.*)\}\s*$", re.DOTALL)
_LEFT_OPEN = re.compile(r"\$\{([^{}]*)\}")
_WITHIN = re.compile(r"(#\{[^{}]*\}|\{\{-?\s*[.$][^{}]*\}\})")
"""Expressions that stand in a text, and what a chart leaves to whoever installs it (``{{ .Values.environment }}``)."""
_BRACED = re.compile(r"\{\{([^{}]+)\}\}")
_SPLIT = re.compile(r"\s*'([^']*)'\s*\.split\(\s*'([^']*)'\s*\)\s*$")
_ASKED = re.compile(
    r"\s*@?(?:environment\s*\.\s*getProperty\(\s*'([^']+)'\s*\)"
    r"|(?:environment|systemEnvironment|systemProperties)\s*\[\s*'([^']+)'\s*\])\s*$"
)
_LITERAL = re.compile(r"\s*'([^']*)'\s*$")

# ----------------------------------------------------------------------------------------------------------------- keys


def value(evaluator: Evaluator, key: str, path: str, trail: Trails = (), depth: int = 0) -> Denotations:
    """What a key is set to for code at ``path``: by the user, an environment variable, a file; empty where nothing sets it."""
    variables = evaluator.variables
    said = variables.overriding(key, path)
    if said:
        return tuple(_given(text, (*trail, step)) for text, step in said)
    found: list[Denotation] = []
    for one in variables.keys.values(key, path):
        step = Trail(one.path, one.line, f"{one.key} is set here")
        if isinstance(one.value, str):
            text = _shown(evaluator, one.key, one.value)
            found.extend(_filled(evaluator, text, path, (*trail, step), depth + 1))
        else:
            found.append(Scalar(one.value, (*trail, step)))
    if found:
        return tuple(dict.fromkeys(found))[:_MOST_TEXTS]
    items = [d for item in variables.keys.items(key) for d in value(evaluator, item, path, trail, depth + 1)]
    return (Collection(tuple(items)),) if items else ()


def _given(text: str, trail: Trails) -> Scalar | Text:
    """What a variable is set to; what deployment fills in later is a hole."""
    parts = _LEFT_OPEN.split(text)
    if len(parts) == 1:
        return Scalar(plain_of(text), trail)
    holes = (Hole(part) if at % 2 else part for at, part in enumerate(parts))
    return Text(tuple(part for part in holes if part), trail)


def _shown(evaluator: Evaluator, key: str, text: str) -> str:
    """A value as it may be shown; what is only a reference to something else is looked up, and is a secret or not."""
    parts = placeholders(text)
    if len(parts) == 1 and isinstance(parts[0], Placeholder) and parts[0].default is None:
        return text
    return evaluator.variables.shown(key, text)


def key_or_variable(evaluator: Evaluator, key: str, node: ir.Node, frame: Frame, default: Denotations) -> Denotations:
    """A key that code asks for: its value, else the default, else the key itself as something that is not known."""
    path = frame.module.path
    trail = (Trail(path, node.start, f"{key} is read from the configuration here"),)
    if default and is_secret_name(key):
        default = (Scalar(f"{MASK}({key})", trail),)
    return value(evaluator, key, path, trail) or default or (Variable(key, path, node.start, (), trail),)


# --------------------------------------------------------------------------------------------------------------- texts


def filled(
    evaluator: Evaluator, found: Denotations, frame: Frame | None, owner: ClassIndex | None = None
) -> Denotations:
    """Texts with what the configuration says put in where placeholders stand; ``owner`` is the class whose decorator they stand in."""
    if frame is None or not any(_is_open(item) for item in found):
        return found
    path = frame.module.path
    put_in: list[Denotation] = []
    for item in found:
        if isinstance(item, Scalar) and isinstance(item.value, str) and _is_open(item):
            expression = _EXPRESSION.match(item.value)
            said = bean_expressions.read(evaluator, expression[1], frame, owner) if expression is not None else ()
            put_in.extend(said or _filled(evaluator, item.value, path, item.trail, 0))
        elif isinstance(item, EnumMember):
            put_in.append(replace(item, values=filled(evaluator, item.values, frame, owner)))
        elif isinstance(item, Collection):
            put_in.append(Collection(filled(evaluator, item.items, frame, owner)))
        else:
            put_in.append(item)
    return tuple(dict.fromkeys(put_in))


def braced(evaluator: Evaluator, found: Denotations, frame: Frame) -> Denotations:
    """Texts with what the configuration says put in where keys stand in double braces (``kafka:{{orders.topic:orders}}``). What stands in
    ``${…}`` is left to each message."""
    put_in: list[Denotation] = []
    for item in found:
        parts = (item.value,) if isinstance(item, Scalar) else item.parts if isinstance(item, Text) else ()
        if not any(isinstance(part, str) and ("{{" in part or "${" in part) for part in parts):
            put_in.append(item)
            continue
        pieces = [piece for part in parts for piece in _of_braces(evaluator, part, frame.module.path)]
        put_in.extend(_after(getattr(item, "trail", ()), one) for one in join_texts(pieces))
    return tuple(dict.fromkeys(put_in))


def _of_braces(evaluator: Evaluator, part: object, path: str) -> list[Denotations]:
    if not isinstance(part, str):
        return [(Text((part,)),)] if isinstance(part, Hole) else []
    pieces: list[Denotations] = []
    for at, inside in enumerate(_BRACED.split(part)):
        if not at % 2:
            pieces.append((_given(inside, ()),))
            continue
        key, mark, default = inside.lstrip("?").partition(":")
        pieces.append(_put_in(evaluator, Placeholder(key.strip(), default if mark else None), path, 1))
    return pieces


def _is_open(item: Denotation) -> bool:
    if isinstance(item, EnumMember):
        return any(map(_is_open, item.values))
    if isinstance(item, Collection):
        return any(map(_is_open, item.items))
    return isinstance(item, Scalar) and isinstance(item.value, str) and ("${" in item.value or "#{" in item.value)


def _filled(evaluator: Evaluator, text: str, path: str, trail: Trails, depth: int) -> Denotations:
    if depth > _MAX_DEPTH:
        return (Text((Hole(text[:80]),), trail),)
    expression = _EXPRESSION.match(text)
    if expression is not None:
        return _expression(evaluator, expression[1], path, trail, depth)
    if "${" not in text:
        return (_with_holes(text, trail),)
    pieces: list[Denotations] = []
    for part in placeholders(text):
        if isinstance(part, str):
            pieces.append((_with_holes(part),))
        else:
            pieces.append(_put_in(evaluator, part, path, depth + 1))
    if len(pieces) == 1:
        return tuple(_after(trail, item) for item in pieces[0])
    return tuple(_after(trail, item) for item in join_texts(pieces))


def _with_holes(text: str, trail: Trails = ()) -> Scalar | Text:
    """A text whose expressions are holes: what they give is not known."""
    parts = tuple(Hole(part) if at % 2 else part for at, part in enumerate(_WITHIN.split(text)))
    return Text(tuple(part for part in parts if part), trail) if len(parts) > 1 else Scalar(text, trail)


def _put_in(evaluator: Evaluator, part: Placeholder, path: str, depth: int) -> Denotations:
    found: list[Denotation] = []
    keys = _filled(evaluator, part.key, path, (), depth) if "${" in part.key else (Scalar(part.key),)
    for key in itertools.islice((d for d in keys if isinstance(d, Scalar)), _MOST_TEXTS):
        name = as_text(key.value)
        default: Denotations = ()
        if part.default is not None:
            secret = is_secret_name(name) and bool(part.default)
            default = _filled(evaluator, f"{MASK}({name})" if secret else part.default, path, (), depth)
        found.extend(value(evaluator, name, path, (), depth) or default or (Variable(name, path, 0),))
    return tuple(found) or (Text((Hole(part.key),)),)


def _expression(evaluator: Evaluator, inside: str, path: str, trail: Trails, depth: int) -> Denotations:
    """The few expressions that name channels: a text split into a list, an environment look-up, a quoted text."""
    asked = _ASKED.match(inside)
    if asked is not None:
        return value(evaluator, asked[1] or asked[2], path, trail, depth) or (
            Variable(asked[1] or asked[2], path, 0, (), trail),
        )
    texts = _filled(evaluator, inside, path, trail, depth + 1) if "${" in inside else (Scalar(inside, trail),)
    found: list[Denotation] = []
    for item in texts:
        written = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else None
        split = _SPLIT.match(written) if written is not None else None
        quoted = _LITERAL.match(written) if written is not None else None
        if isinstance(item, Collection):
            found.append(item)
        elif split is not None and isinstance(item, Scalar):
            listed = (part.strip() for part in split[1].split(split[2] or ","))
            found.append(Collection(tuple(Scalar(part, item.trail) for part in listed if part)))
        elif quoted is not None and isinstance(item, Scalar):
            found.append(Scalar(quoted[1], item.trail))
        elif "${" in inside and isinstance(item, Scalar) and re.fullmatch(r"\s*\$\{[^{}]*\}\s*", inside):
            found.append(item)
        else:
            found.append(Text((Hole(f"#{{{inside}}}"),), trail))
    return tuple(found)


def _after(trail: Trails, item: Denotation) -> Denotation:
    if isinstance(item, Scalar | Text | Variable):
        return replace(item, trail=(*trail, *item.trail))
    if isinstance(item, Collection):
        return Collection(tuple(_after(trail, inner) for inner in item.items))
    return item
