"""The names of types: of what values are, and of what the type parameters of functions and classes stand for.

A type parameter is symbolic, like any other: ``Parameter(frame, "<T>")`` of a generic function, ``Part(Receiver, "<T>")`` of a class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_members, written_types
from eventlens.flow.denotations import (
    MAX_PARTS,
    Binding,
    ClassRef,
    Denotation,
    External,
    ExternalResult,
    Instance,
    LibraryMember,
    Opaque,
    Parameter,
    Part,
    Receiver,
    Scalar,
    depth,
)
from eventlens.flow.scopes import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

TYPE_NAME = "<type>"
"""The step of a `Part` from a value to the name of its type."""
_CLASS_OF = frozenset(("GetType", "getClass"))
_NAME_OF = frozenset(("getSimpleName", "getName", "Name"))
_FROM_AND_TO = 2
_SAME = frozenset(("Elem",))
"""What a type that points to another is asked for that one: here they are the same."""


def parameter_of(scope: Frame, name: str) -> Denotation | None:
    """What a name means that is a type parameter of the function of a scope, or of its class."""
    if scope.function is not None and name in scope.function.type_parameters:
        return Parameter(scope, f"<{name}>")
    if scope.cls is not None and name in scope.cls.definition.type_parameters:
        return Part(Receiver(scope.cls), f"<{name}>")
    return None


def is_type_parameter(item: Denotation) -> bool:
    """Whether a symbolic value is a type parameter."""
    word = item.name if isinstance(item, Parameter) else item.step if isinstance(item, Part) else ""
    return word.startswith("<") and word != TYPE_NAME


def type_name(evaluator: Evaluator, item: Denotation) -> Denotations:
    """The name of the type of a value, or of a class; of what hangs on a caller, symbolic."""
    if isinstance(item, Instance) and item.call is None and item.index.definition.kind == "interface":
        return (Opaque(f"the type of a value that is declared as {item.index.name}", operator=TYPE_NAME),)
    if isinstance(item, Instance | ClassRef):
        return (Scalar(item.index.name),)
    if isinstance(item, External):
        return (Scalar(item.path[-1]),) if item.path else ()
    if isinstance(item, Parameter) and not is_type_parameter(item):
        declared = [one for one in written_types.declared_types(evaluator, item) if isinstance(one, Instance)]
        if declared and not any(_stands_for_others(one) for one in declared):
            return tuple(Scalar(one.index.name) for one in declared)
    if isinstance(item, ExternalResult | Part | LibraryMember) and _is_given_by_call(item):
        said = _said_by_call(evaluator, item.call, item.frame)
        if said:
            return said
    if isinstance(item, Parameter | Part) and depth(item) < MAX_PARTS:
        return (Part(item, TYPE_NAME),)
    return ()


def argument_of_declared(evaluator: Evaluator, item: Parameter, number: int) -> Denotations:
    """The class that is the n-th argument of a parameter's declared type (``Func<OrderPaid, Task> handler``); a type parameter is symbolic."""
    function = item.frame.function
    declared = [one.type for one in function.parameters if one.name == item.name] if function is not None else []
    return tuple(one for written in declared for one in _argument(evaluator, written, item.frame, number))


def argument_of_variable(evaluator: Evaluator, name: str, frame: Frame, number: int) -> Denotations:
    """The same of the type with which a variable is declared that a scope sees (``List<OrderPaid> paid = []``)."""
    scope: Frame | None = frame
    while scope is not None and name not in scope.definitions and name not in scope.declared:
        scope = scope.parent
    return _argument(evaluator, scope.declared.get(name), scope, number) if scope is not None else ()


def _argument(evaluator: Evaluator, written: ir.TypeRef | None, frame: Frame, number: int) -> Denotations:
    if written is None or number >= len(written.args):
        return ()
    return tuple(
        Scalar(one.index.name) if isinstance(one, ClassRef) else Part(one, TYPE_NAME)
        for one in written_types.reference(evaluator, written.args[number], frame)
        if isinstance(one, ClassRef | Parameter | Part)
    )


def _is_given_by_call(item: ExternalResult | Part | LibraryMember) -> bool:
    """Whether a value is what the call of a method gave that is not known."""
    if isinstance(item, Part):
        return item.step == "()"
    return isinstance(item, ExternalResult) or item.names[-1] == "()"


def _said_by_call(evaluator: Evaluator, call: ir.Value | None, frame: Frame | None) -> Denotations:
    """The class that a call of a method that is not known names as what it gives: its type argument (``dto.Adapt<OrderPlaced>()``), the
    second where it says from what to what (``mapper.Map<Order, OrderPlaced>(order)``)."""
    if not isinstance(call, ir.Call) or call.is_new or frame is None or not 1 <= len(call.type_args) <= _FROM_AND_TO:
        return ()
    found = written_types.reference(evaluator, call.type_args[-1], frame)
    return tuple(Scalar(one.index.name) for one in found if isinstance(one, ClassRef))


def qualified_name(index: ClassIndex) -> str:
    """The name of a class of the workspace with its package, as the language's own runtime gives it."""
    package = index.module.module.package
    return f"{package}.{index.name}" if package else index.name


def module_name(frame: Frame) -> str:
    """What a module is called where it is imported from the root of its sources (``billing.tasks``)."""
    dotted = frame.module.path.rpartition(".")[0].replace("/", ".").removesuffix(".__init__")
    for root in ("src.", "app."):
        if dotted.startswith(root):
            return dotted[len(root) :]
    return dotted


def qualified_function_name(frame: Frame) -> str:
    """The name of a function of the workspace with its module, and its class where it is a method."""
    names = (module_name(frame), frame.cls.name if frame.cls else "", frame.function.name if frame.function else "")
    return ".".join(filter(None, names))


def _stands_for_others(item: Instance) -> bool:
    """Whether a declared type says less than the value: it is an interface, or an abstract class."""
    return item.index.definition.kind == "interface" or item.index.definition.is_abstract


def step(evaluator: Evaluator, item: Denotation, one: str) -> Denotations:
    """``<type>``, or the type parameter ``<T>`` of a class as an object of it says."""
    if one == TYPE_NAME:
        return type_name(evaluator, item)
    if isinstance(item, Instance) and item.call is not None and item.frame is not None:
        names = item.index.definition.type_parameters
        position = names.index(one[1:-1]) if one[1:-1] in names else -1
        if 0 <= position < len(item.call.type_args):
            return written_types.reference(evaluator, item.call.type_args[position], item.frame)
    return ()


def given(evaluator: Evaluator, binding: Binding, parameter: Parameter) -> Denotations:
    """What a type parameter of a function stands for in a call: as written there, else as its arguments say."""
    function = binding.frame.function
    name = parameter.name[1:-1]
    if function is None or name not in function.type_parameters:
        return (parameter,)
    position = function.type_parameters.index(name)
    if position < len(binding.call.type_args):
        found = written_types.reference(evaluator, binding.call.type_args[position], binding.caller)
        return evaluator.substitute_all(found, binding.environment)
    for at, declared in enumerate(function.parameters):
        if declared.type is None or declared.type.name != name:
            continue
        values = evaluator.substitute_all((Parameter(binding.frame, declared.name or f"#{at}"),), (binding,))
        return tuple(dict.fromkeys(d for value in values for d in class_members.class_as_value(value)))
    return ()


def method_result(evaluator: Evaluator, call: ir.Call, callee: ir.Member, frame: Frame) -> Denotations | None:
    """The class that ``x.GetType()`` gives, the name that ``X.class.getSimpleName()`` gives; None for other calls."""
    if call.args or callee.name not in _CLASS_OF | _NAME_OF | _SAME:
        return None
    found: list[Denotation] = []
    for item in evaluator.evaluate(callee.object, frame):
        if callee.name in _CLASS_OF:
            found.extend(class_members.class_as_value(item))
        elif isinstance(item, ClassRef) or _is_class(item):
            found.extend((item,) if callee.name in _SAME else type_name(evaluator, item))
    return tuple(dict.fromkeys(found)) or None


def _is_class(item: Denotation) -> bool:
    return is_type_parameter(item) or (isinstance(item, Part) and item.step == "__class__")


def class_member(item: Denotation, name: str) -> Denotations:
    """What is read off a type as a value: itself (``typeof(X)``), or its name."""
    if isinstance(item, External):
        if name in ("Name", "simpleName") and item.path[-1:] == ("class",) and len(item.path) > 1:
            return (Scalar(item.path[-2]),)
        return ()
    if name == "class":
        return (item,)
    if name not in ("Name", "simpleName"):
        return ()
    return (Scalar(item.index.name),) if isinstance(item, ClassRef) else (Part(item, TYPE_NAME),)


def is_type(item: Denotation) -> bool:
    """Whether a symbolic value is a type: a type parameter, or the class of something."""
    return _is_class(item)
