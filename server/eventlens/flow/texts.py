"""Texts: joining parts, string methods, fallbacks, and the name that finally comes out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.config.infrastructure import has_holes, without_holes
from eventlens.config.secrets import MASK, is_secret_name, masked, masked_code
from eventlens.flow.denotations import (
    MAX_PARTS,
    VARIABLE,
    Collection,
    Denotation,
    EnumMember,
    FunctionRef,
    Hole,
    Items,
    Parameter,
    Part,
    Receiver,
    Scalar,
    Text,
    Trail,
    Trails,
    Variable,
    depth,
    is_symbolic,
)

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame
    from eventlens.flow.variables import Variables

_MAX_TEXTS = 8
_UNCHANGED = frozenset(
    ("toString", "trim", "Trim", "strip", "valueOf", "encode", "decode", "as_str", "format_map", "__str__")
)


def separated(text: str, joint: str = "_") -> str:
    """``OrderPlaced`` as ``order_placed``, or with another joint."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", joint, text).lower()


WORD_CASES: Mapping[str, Callable[[str], str]] = {
    "{snake-case}": separated,
    "{kebab-case}": lambda text: separated(text, "-"),
    "{snake-case-digits}": lambda text: re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", "_", separated(text)),
    "{lower}": str.lower,
    "{upper}": str.upper,
}
"""Steps of a `Part` from a text to the same words in another case."""
_CASE_METHODS = {
    "Underscore": "{snake-case}",
    "Kebaberize": "{kebab-case}",
    "ToLowerInvariant": "{lower}",
    "ToLower": "{lower}",
}


def as_text(value: str | int | float | bool | None) -> str:
    """A scalar as it reads inside a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def parts_of(denotation: Denotation, written: str) -> list[tuple[tuple[str | Hole, ...], Trails]]:
    """The texts that a denotation can be as part of a longer text; ``written`` names the hole it leaves otherwise."""
    if isinstance(denotation, Scalar):
        return [((as_text(denotation.value),), denotation.trail)]
    if isinstance(denotation, Text):
        return [(denotation.parts, denotation.trail)]
    if isinstance(denotation, EnumMember):
        return [found for value in denotation.values for found in parts_of(value, written)]
    if isinstance(denotation, Variable):
        return [((Hole(denotation.name, denotation),), denotation.trail)]
    if isinstance(denotation, Parameter):
        return [((Hole(denotation.name.lstrip("#"), denotation),), ())]
    if isinstance(denotation, Part | Receiver):
        known = denotation.step if isinstance(denotation, Part) and denotation.step.isidentifier() else ""
        return [((Hole(known if known and written == "?" else written, denotation),), ())]
    return [((Hole(written),), ())]


def concatenate(parts: Sequence[tuple[ir.Value, Denotations]], evaluator: Evaluator, frame: Frame) -> Denotations:
    """The texts that joining the parts can give."""
    alternatives = []
    for node, denotations in parts:
        written = evaluator.source(node, frame, 40) if not isinstance(node, ir.Literal) else ""
        spoken = [item for item in denotations if not isinstance(item, FunctionRef)] or denotations
        texts = [text for item in spoken for text in parts_of(item, written)] or [((Hole(written),), ())]
        alternatives.append(texts[:_MAX_TEXTS])
    joined = itertools.islice(itertools.product(*alternatives), _MAX_TEXTS)
    return tuple(
        _join([piece for texts in combination for piece in texts[0]], sum((t[1] for t in combination), ()))
        for combination in joined
    )


def is_sum(parts: Sequence[tuple[ir.Value, Denotations]]) -> bool:
    """Whether adding the parts is arithmetic: one is a number and none is text."""
    known = [item for _, denotations in parts for item in denotations]
    numbers = any(isinstance(item, Scalar) and isinstance(item.value, int | float) for item in known)
    return numbers and not any(
        isinstance(item, Text | EnumMember) or (isinstance(item, Scalar) and isinstance(item.value, str))
        for item in known
    )


def _join(pieces: Iterable[str | Hole], trail: Trails) -> Denotation:
    merged: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece != "":
            merged.append(piece)
    if all(isinstance(piece, str) for piece in merged):
        return Scalar("".join(piece for piece in merged if isinstance(piece, str)), trail)
    return Text(tuple(merged), trail)


def join_texts(denotations: Sequence[Denotations], separator: str = "", filtered: bool = False) -> Denotations:
    """The texts of several denotations side by side, with a separator between. Where a list is ``filtered``, some may be missing."""
    alternatives = [
        [text for item in some for text in parts_of(item, "?")][:_MAX_TEXTS] or [((Hole("?"),), ())]
        for some in denotations
        if some or not filtered
    ]
    found: list[Denotation] = []
    for combination in itertools.islice(itertools.product(*alternatives), _MAX_TEXTS):
        pieces: list[str | Hole] = []
        for position, (parts, _) in enumerate(combination):
            hole = parts[0] if filtered and position and len(parts) == 1 else None
            if isinstance(hole, Hole):
                pieces.append(replace(hole, lead=separator))
                continue
            if position and separator:
                pieces.append(separator)
            pieces.extend(parts)
        found.append(_join(pieces, sum((trail for _, trail in combination), ())))
    return tuple(found)


def note(denotations: Denotations, path: str, offset: int, message: str) -> Denotations:
    """The same texts with one more step of evidence."""
    if not any(isinstance(item, Scalar | Text | Variable) for item in denotations):
        return denotations
    step = Trail(path, offset, message)
    return tuple(
        replace(item, trail=(*item.trail, step))
        if isinstance(item, Scalar | Text | Variable) and len(item.trail) < 8
        else item
        for item in denotations
    )


def first_of(options: Sequence[Denotations]) -> Denotations:
    """The value of a fallback chain: the first option that is surely there, with the later ones where it may be missing."""
    found: list[Denotation] = []
    for position, option in enumerate(options):
        rest = options[position + 1 :]
        variables = [item for item in option if isinstance(item, Variable)]
        if variables and rest and len(option) == len(variables):
            default = first_of(rest)
            return (*found, *(replace(item, default=item.default or default) for item in variables))
        known = [item for item in option if not (isinstance(item, Scalar) and item.value in (None, ""))]
        found.extend(item for item in known if item not in found)
        if known and all(isinstance(item, Scalar | EnumMember) for item in known) and len(known) == len(option):
            break
    return tuple(found)


def method_result(evaluator: Evaluator, call: ir.Call, callee: ir.Member, frame: Frame) -> Denotations | None:
    """The result of a string method on known text (also ``separator.join`` and ``list.join``); None where it is not one."""
    name = callee.name
    if speaks(name) and (name in _UNCHANGED or not call.args):
        return of_method(name, evaluator.evaluate(callee.object, frame))
    if name in ("toLowerCase", "lower", "toUpperCase", "upper", "replace", "replaceAll", "concat"):
        receiver = evaluator.evaluate(callee.object, frame)
        if not receiver or not all(isinstance(item, Scalar | Text | EnumMember) for item in receiver):
            return None
        return _changed(evaluator, call, name, receiver, frame)
    if name in _CASE_METHODS and not call.args:
        receiver = evaluator.evaluate(callee.object, frame)
        found = tuple(d for item in receiver for d in in_case(item, _CASE_METHODS[name]))
        return found or None
    if name == "join":
        return _joined(evaluator, call, callee, frame)
    return None


def speaks(method: str) -> bool:
    """Whether a method may be one that only speaks of its receiver (see `of_method`)."""
    return method == "name" or method in _UNCHANGED


def of_method(name: str, receiver: Denotations) -> Denotations | None:
    """What a method gives that leaves a text as it is, or says what a constant is called; None where it is neither."""
    if name == "name":
        constants = [item for item in receiver if isinstance(item, EnumMember)]
        return tuple(Scalar(item.name) for item in constants) if len(constants) == len(receiver) > 0 else None
    known = receiver and all(
        isinstance(item, Scalar | Text | Variable | EnumMember) or _is_read(item) for item in receiver
    )
    return receiver if known and name in _UNCHANGED else None


def in_case(item: Denotation, step: str) -> Denotations:
    """A text in another case (a step of `WORD_CASES`); of what hangs on a caller, symbolic."""
    if isinstance(item, Scalar | Text | EnumMember):
        return (_mapped(item, WORD_CASES[step]),)
    return (Part(item, step),) if isinstance(item, Parameter | Part) and depth(item) < MAX_PARTS else ()


def _is_read(item: Denotation) -> bool:
    """Whether a value is that of an environment variable whose name a caller says."""
    return isinstance(item, Part) and item.step == VARIABLE


def _changed(evaluator: Evaluator, call: ir.Call, name: str, receiver: Denotations, frame: Frame) -> Denotations | None:
    arguments = [evaluator.evaluate(argument.value, frame) for argument in call.args]
    if name == "concat":
        return join_texts([receiver, *arguments])
    if "ower" in name:
        return tuple(_mapped(item, str.lower) for item in receiver)
    if "pper" in name:
        return tuple(_mapped(item, str.upper) for item in receiver)
    plain = [
        a[0].value
        for a in arguments
        if len(a) == 1 and isinstance(a[0], Scalar) and isinstance(a[0].value, str) and not a[0].is_regex
    ]
    if len(plain) != 2:
        return None
    return tuple(_mapped(item, lambda text: text.replace(plain[0], plain[1])) for item in receiver)


def _mapped(item: Denotation, change: object) -> Denotation:
    assert callable(change)
    if isinstance(item, Scalar):
        return replace(item, value=change(as_text(item.value)))
    if isinstance(item, Text):
        return replace(item, parts=tuple(change(part) if isinstance(part, str) else part for part in item.parts))
    if isinstance(item, EnumMember):
        return replace(item, values=tuple(_mapped(value, change) for value in item.values))
    return item


def _joined(evaluator: Evaluator, call: ir.Call, callee: ir.Member, frame: Frame) -> Denotations | None:
    receiver = evaluator.evaluate(callee.object, frame)
    argument = evaluator.evaluate(call.args[0].value, frame) if call.args else (Scalar(","),)
    for items, separator in ((receiver, argument), (argument, receiver)):
        known = [d.value for d in separator if isinstance(d, Scalar) and isinstance(d.value, str)]
        lists = [d for d in items if isinstance(d, Items)]
        if known and lists:
            elements = [evaluator.evaluate(item, lists[0].frame, lists[0].environment) for item in lists[0].node.items]
            made = callee.object if items is receiver else call.args[0].value
            filtered = isinstance(made, ir.Call) and isinstance(made.callee, ir.Member) and made.callee.name == "filter"
            return join_texts(elements, known[0], filtered)
    return None


# ------------------------------------------------------------------------------------------------------ final names


@dataclass(frozen=True, slots=True)
class Name:
    """A name that came out: ``text`` has ``*`` for holes, ``template`` names them; ``known`` when there are none."""

    text: str
    template: str
    known: bool
    trail: Trails
    unknown: tuple[Variable, ...] = ()
    is_regex: bool = False
    holes: tuple[str, ...] = ()
    """Parts that are not known and no variables, as they are written."""
    also: Trails = field(default=(), compare=False)
    """Evidence of equal names that stand beside this one (the default of a variable that is set to the same), which is not shown."""
    is_default: bool = field(default=False, compare=False)
    """Whether it stands in for a variable that nothing seen sets: a deployment may set it otherwise."""

    @property
    def is_whole(self) -> bool:
        """Whether the text is the name itself: no part of it is unknown, and none a secret that is not shown."""
        return "*" not in self.text and MASK not in self.text

    @property
    def whole_trail(self) -> Trails:
        """All evidence, what is not shown too."""
        return (*self.trail, *self.also)

    def beside(self, other: Name) -> Name:
        """This name with the evidence of an equal one."""
        return replace(self, also=tuple(dict.fromkeys((*self.also, *other.whole_trail))))


def names(denotations: Iterable[Denotation], variables: Variables) -> list[Name]:
    """The names that denotations stand for, environment variables looked up; what is no text is left out."""
    found: dict[str, Name] = {}
    for denotation in denotations:
        for name in _names(denotation, variables):
            if name.text.strip("*") or name.unknown or name.known:
                known = found.get(name.text)
                found[name.text] = name if known is None else known.beside(name)
    return list(found.values())


def _names(denotation: Denotation, variables: Variables, depth: int = 0) -> list[Name]:
    if isinstance(denotation, Scalar):
        if denotation.value is None or isinstance(denotation.value, bool):
            return []
        text = masked(as_text(denotation.value))
        return [Name(text, text, True, denotation.trail, is_regex=denotation.is_regex)]
    if isinstance(denotation, EnumMember):
        return [name for value in denotation.values for name in _names(value, variables, depth)]
    if isinstance(denotation, Collection):
        return [name for value in denotation.items for name in _names(value, variables, depth)]
    if isinstance(denotation, Variable) and depth < 5:
        return _variable_names(denotation, variables, depth)
    if isinstance(denotation, Text):
        return _text_names(denotation, variables, depth)
    return []


def _variable_names(variable: Variable, variables: Variables, depth: int) -> list[Name]:
    values = variables.lookup(variable.name, variable.path)
    found = [name for item in variable.default for name in _names(item, variables, depth + 1)]
    if values:
        defaults = {name.text: name.whole_trail for name in found}
        return [
            Name(text, value, not has_holes(value), (*variable.trail, step), also=defaults.get(text, ()))
            for value, step in values
            for text in [without_holes(value)]
        ]
    if found and is_secret_name(variable.name):
        found = [replace(name, text=mark, template=mark) for name in found[:1] for mark in [f"{MASK}({variable.name})"]]
    if found:
        return [replace(name, trail=(*variable.trail, *name.trail), is_default=True) for name in found]
    return [Name("*", "${" + variable.name + "}", False, variable.trail, (variable,))]


def _text_names(text: Text, variables: Variables, depth: int) -> list[Name]:
    alternatives: list[list[Name]] = []
    for part in text.parts:
        if isinstance(part, str):
            alternatives.append([Name(part, part, True, ())])
        elif part.of is not None and not is_symbolic(part.of):
            alternatives.append(_names(part.of, variables, depth + 1) or [_hole(part, variables)])
        else:
            alternatives.append([_hole(part, variables)])
        if isinstance(part, Hole) and part.lead:
            alternatives[-1] = [
                replace(name, text=part.lead + name.text, template=part.lead + name.template)
                for name in alternatives[-1]
            ]
    found = []
    for combination in itertools.islice(itertools.product(*alternatives), _MAX_TEXTS):
        whole = (
            re.sub(r"\*+", "*", "".join(name.text for name in combination))
            if any(not n.known for n in combination)
            else "".join(n.text for n in combination)
        )
        found.append(
            Name(
                masked(whole),
                masked("".join(name.template for name in combination)),
                all(name.known for name in combination),
                (*text.trail, *(step for name in combination for step in name.trail)),
                tuple(variable for name in combination for variable in name.unknown),
                holes=tuple(hole for name in combination for hole in name.holes),
                also=tuple(step for name in combination for step in name.also),
                is_default=any(name.is_default for name in combination),
            )
        )
    return found


def _hole(hole: Hole, variables: Variables) -> Name:
    stated = variables.stated(hole.name)
    if stated is not None:
        return Name(stated[0], stated[0], True, (stated[1],))
    return Name("*", "${" + masked_code(hole.name) + "}", False, (), holes=(hole.name,))
