"""Parameters and receivers replaced by what callers pass for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from eventlens import ir
from eventlens.flow import (
    accessors,
    application,
    class_hierarchy,
    lists,
    members,
    texts,
    type_names,
)
from eventlens.flow.denotations import (
    Binding,
    Collection,
    Denotation,
    Environment,
    ExternalResult,
    FunctionRef,
    Hole,
    Instance,
    Items,
    LibraryMember,
    LibraryValue,
    Parameter,
    Part,
    Receiver,
    Record,
    Scalar,
    Table,
    Text,
    Variable,
    is_symbolic,
)
from eventlens.flow.scopes import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MAX_ENVIRONMENT = 8


def substitute(evaluator: Evaluator, item: Denotation, environment: Environment) -> Denotations:
    """``item`` with its parameters and receivers replaced by what the environment binds."""
    if isinstance(item, Parameter):
        binding = next((b for b in environment if b.frame is item.frame), None)
        if binding is None:
            return (item,)
        found = (
            type_names.given(evaluator, binding, item)
            if type_names.is_type_parameter(item)
            else argument(evaluator, binding, item)
        )
        outer = lists.enclosing(binding, environment)
        return evaluator.substitute_all(found, outer) if outer and not binding.environment else found
    if isinstance(item, Receiver):
        return _receiver(evaluator, item, environment)
    if isinstance(item, Part):
        return _part(evaluator, item, environment)
    if isinstance(item, Text):
        return _text(evaluator, item, environment)
    if isinstance(item, Variable) and item.default:
        return (replace(item, default=evaluator.substitute_all(item.default, environment)),)
    if isinstance(item, Collection):
        return (Collection(evaluator.substitute_all(item.items, environment)),)
    if isinstance(item, Table):
        entries = tuple(
            (evaluator.substitute_all(keys, environment), evaluator.substitute_all(values, environment))
            for keys, values in item.entries
        )
        literal = _enclosed(item.literal, environment) if item.literal is not None else None
        return (replace(item, literal=literal, entries=entries),)
    if isinstance(item, Record | Items | FunctionRef | Instance | LibraryValue):
        return (_enclosed(item, environment),)
    if isinstance(item, ExternalResult):
        result = _enclosed(item, environment)
        return (item,) if result is item else application.given_more(evaluator, result)
    if isinstance(item, LibraryMember):
        inner = replace(item, value=_enclosed(item.value, environment))
        part = _enclosed(inner, environment)
        return (part,) if part is inner else application.given_more(evaluator, part)
    return (item,)


_Enclosed = TypeVar(
    "_Enclosed", bound="Record | Items | FunctionRef | Instance | LibraryValue | LibraryMember | ExternalResult"
)


def _enclosed(item: _Enclosed, environment: Environment) -> _Enclosed:
    """A structured value that remembers the bindings of the functions in whose scope it stands."""
    if item.frame is None:
        return item
    scopes = []
    # an object that a function made (``From(message)``) also holds what its callers gave
    for scope in (item.frame, *(b.caller for b in item.environment)):
        inner: Frame | None = scope
        while inner is not None:
            scopes.append(inner)
            inner = inner.parent
    classes = [scope.cls for scope in scopes if scope.cls is not None]
    wanted = tuple(b for b in environment if b.frame in scopes or (b.receiver is not None and b.frame.cls in classes))
    if not wanted:
        return item
    known = [b for b in wanted if b not in item.environment]
    return replace(item, environment=(*item.environment, *known)[:_MAX_ENVIRONMENT])


def _receiver(evaluator: Evaluator, item: Receiver, environment: Environment) -> Denotations:
    for binding in environment:
        receiver = binding.receiver
        if receiver is None or binding.frame.cls is None:
            continue
        if binding.frame.cls is item.index or _related(evaluator, receiver, item.index):
            return (receiver,)
    return (item,)


def _related(evaluator: Evaluator, receiver: Denotation, index: ClassIndex) -> bool:
    own = class_hierarchy.class_of(receiver)
    return own is not None and any(base is index for base in class_hierarchy.bases(evaluator, own))


def _part(evaluator: Evaluator, item: Part, environment: Environment) -> Denotations:
    named = _named_argument(evaluator, item, environment)
    if named:
        return named
    spoken = _spoken(evaluator, item, environment)
    if spoken is not None:
        return spoken
    bases = substitute(evaluator, item.base, environment)
    if bases == (item.base,):
        return (item,)
    frame = environment[0].caller
    found: list[Denotation] = []
    for base in bases:
        if is_symbolic(base):
            known = (
                members.step(evaluator, base, item.step, environment[0].call, frame)
                if isinstance(base, Receiver) and base != item.base and item.step != "()"
                else ()
            )
            found.extend(known if known and not any(is_symbolic(one) for one in known) else (replace(item, base=base),))
        elif item.step == "()":
            found.extend(_called(evaluator, base, item, environment))
        else:
            found.extend(members.step(evaluator, base, item.step, environment[0].call, frame))
    return tuple(found)


def _spoken(evaluator: Evaluator, item: Part, environment: Environment) -> Denotations | None:
    """What a method without a body in the workspace says of its receiver (``topic.toString()``, ``order.getTopic()``), where callers
    say what that is; None for other parts."""
    method = item.base
    if item.step != "()" or not isinstance(method, Part) or item.call is None or item.call.args:
        return None
    receiver = substitute(evaluator, method.base, environment)
    spoken = texts.of_method(method.step, receiver) if receiver != (method.base,) else None
    if spoken is not None:
        return spoken
    read = [accessors.of_object(evaluator, one, method.step) for one in receiver]
    return tuple(d for found in read for d in found) if read and all(read) else None


def takes_keywords(item: Denotation) -> bool:
    """Whether a part is what a caller gives under a name to a function that takes any (``**kwargs``)."""
    if not isinstance(item, Part) or not isinstance(item.base, Parameter) or item.base.frame.function is None:
        return False
    name = item.base.name
    return any(one.name == name and one.kind == "keywords" for one in item.base.frame.function.parameters)


def _named_argument(evaluator: Evaluator, item: Part, environment: Environment) -> Denotations:
    """What a call gives under a name to a function that takes any."""
    if not takes_keywords(item):
        return ()
    assert isinstance(item.base, Parameter)
    frame = item.base.frame
    for binding in (b for b in environment if b.frame is frame):
        for given in binding.call.args:
            if given.name == item.step:
                return evaluator.evaluate(given.value, binding.caller, binding.environment)
    return ()


def _called(evaluator: Evaluator, base: Denotation, item: Part, environment: Environment) -> Denotations:
    """What the call of a part gives on ``base``; a call that gives itself again on a base of its own kind ends there."""
    key = (id(item.call), id(item.frame))
    if item.call is None or item.frame is None or key in evaluator.substituted:
        return ()
    evaluator.substituted.add(key)
    try:
        return evaluator.substitute_all(application.call(evaluator, base, item.call, item.frame), environment)
    finally:
        evaluator.substituted.discard(key)


def _text(evaluator: Evaluator, item: Text, environment: Environment) -> Denotations:
    if not any(isinstance(part, Hole) and part.of is not None for part in item.parts):
        return (item,)
    pieces: list[Denotations] = []
    for part in item.parts:
        if isinstance(part, str):
            pieces.append((Scalar(part, item.trail if not pieces else ()),))
        elif part.of is None:
            pieces.append((Text((part,)),))
        elif part.lead is not None:
            pieces.append(_with_lead(evaluator, part, part.lead, environment))
        else:
            pieces.append(substitute(evaluator, part.of, environment) or (Text((Hole(part.name),)),))
    return texts.join_texts(pieces)


def _with_lead(evaluator: Evaluator, part: Hole, lead: str, environment: Environment) -> Denotations:
    """What a part of a text that may be missing is, with what stands before it."""
    assert part.of is not None
    given = substitute(evaluator, part.of, environment)
    found = tuple(one for one in given if not (isinstance(one, Scalar) and one.value is None))
    symbolic = tuple(Text((replace(part, of=one),)) for one in found if is_symbolic(one))
    known = tuple(one for one in found if not is_symbolic(one))
    return (*symbolic, *(texts.join_texts([(Scalar(lead),), known]) if known else ())) or (Scalar(""),)


def argument(evaluator: Evaluator, binding: Binding, parameter: Parameter) -> Denotations:
    """What a call gives to a parameter; its default where the call leaves it out."""
    function = binding.frame.function
    if function is None:
        return (parameter,)
    for position, declared in enumerate(function.parameters):
        if parameter.name in (declared.name, f"#{position}"):
            return _known(evaluator, binding, declared, position)
    return (parameter,)


def _known(evaluator: Evaluator, binding: Binding, declared: ir.Parameter, position: int) -> Denotations:
    """`_given`, remembered where the search for it was not cut short by one around it."""
    name, generation = declared.name or f"#{position}", evaluator.program.generation
    known = binding.given.get(name)
    if known is not None and known[0] == generation:
        return known[1]
    cuts, is_free = evaluator.cuts, not evaluator.substituted
    found = _given(evaluator, binding, declared, position)
    if is_free and evaluator.cuts == cuts:
        binding.given[name] = (generation, found)
    return found


def _given(evaluator: Evaluator, binding: Binding, declared: ir.Parameter, position: int) -> Denotations:
    arguments = binding.call.args
    for given in arguments:
        if given.name is not None and given.name == declared.name:
            return evaluator.evaluate(given.value, binding.caller, binding.environment)
    at = position + binding.first
    positional = [given for given in arguments if given.name is None and given.spread != "**"]
    if declared.kind == "rest":
        return (
            Collection(
                tuple(
                    d
                    for given in positional[at:]
                    for value in evaluator.evaluate(given.value, binding.caller, binding.environment)
                    for d in (
                        members.elements(evaluator, value, binding.call, binding.caller) if given.spread else (value,)
                    )
                )
            ),
        )
    if declared.kind == "normal" and at < len(positional) and not any(given.spread for given in positional[: at + 1]):
        return evaluator.evaluate(positional[at].value, binding.caller, binding.environment)
    for given in arguments:
        if given.spread == "**" and declared.name:
            spread = evaluator.evaluate(given.value, binding.caller, binding.environment)
            return tuple(
                d
                for item in spread
                for d in members.member(evaluator, item, declared.name, binding.call, binding.caller)
            )
    if declared.default is not None and binding.frame.parent is not None:
        return evaluator.evaluate(declared.default, binding.frame.parent)
    return ()
