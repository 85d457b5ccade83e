"""What of the workspace a call runs: functions, classes that it makes, and what implements a method that is only declared.

The files of classes that say they implement an interface are read where a call of one of its methods is followed. Only languages whose
files belong to packages are looked through: elsewhere what implements an interface is imported where it is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, class_members, members
from eventlens.flow.denotations import ClassRef, Denotation, FunctionRef, Instance, Parameter
from eventlens.flow.overloads import applicable
from eventlens.flow.scopes import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MOST_FILES = 24
"""In how many files classes may say that they implement something of a name: of several that are called so, one is meant."""
_MOST_IMPLEMENTERS = 6
"""With more, a method may be anything."""
_MOST_CALLEES = 6
"""How many functions that a call may run are followed."""


def with_implementations(evaluator: Evaluator, meanings: Denotations) -> Denotations:
    """What a callee means, with the methods behind those that are only declared where none is known."""
    declared = [item for item in meanings if isinstance(item, FunctionRef) and _is_declared(item)]
    if not declared or any(isinstance(item, FunctionRef) and item not in declared for item in meanings):
        return meanings
    return (*meanings, *(behind for item in declared for behind in _behind(evaluator, item)))


def asked_by(evaluator: Evaluator, callee: ir.Value, frame: Frame) -> tuple[Parameter, ...]:
    """The parameters of which a callee may be a member."""
    if not isinstance(callee, ir.Member):
        return ()
    return tuple(one for one in evaluator.evaluate(callee.object, frame) if isinstance(one, Parameter))


def of_made_objects(evaluator: Evaluator, handed: Denotations, callee: ir.Member, frame: Frame) -> Denotations:
    """The methods of the objects that the code makes and hands over for the parameter on which a callee is called: who made them
    decides, not what else implements the type. () where that is not known of every one."""
    if not handed or not all(isinstance(one, Instance) and one.call is not None for one in handed):
        return ()
    methods = [members.member(evaluator, one, callee.name, callee, frame) for one in handed]
    found = tuple(one for each in methods for one in each if isinstance(one, FunctionRef))
    return found if all(any(isinstance(one, FunctionRef) for one in each) for each in methods) else ()


def run_by(evaluator: Evaluator, meanings: Denotations, call: ir.Call, frame: Frame) -> tuple[Denotation, ...]:
    """The functions and classes of the workspace that a call runs, of what its callee may mean; at most `_MOST_CALLEES`."""
    chosen = applicable(evaluator, meanings, call, frame) if len(meanings) > 1 else meanings
    return tuple(one for one in chosen if _is_code(one))[:_MOST_CALLEES]


def _is_code(meaning: Denotation) -> bool:
    """Whether a call of it runs code of the workspace: not what an interface only declares."""
    if isinstance(meaning, FunctionRef):
        return meaning.frame.function is not None and meaning.frame.function.body is not None
    return isinstance(meaning, ClassRef)


def _is_declared(item: FunctionRef) -> bool:
    return item.frame.function is not None and item.frame.function.body is None and item.frame.cls is not None


def _behind(evaluator: Evaluator, item: FunctionRef) -> list[Denotation]:
    index = item.frame.cls
    function = item.frame.function
    if index is None or function is None or index.definition.is_structural:
        return []
    asked = item.receiver.index if isinstance(item.receiver, Instance) else index
    if asked is not index and asked.definition.kind == "interface":
        inherited = _inherited(evaluator, asked, function)
        if inherited:
            return inherited
    return [
        FunctionRef(method, Instance(one))
        for one in _implementers(evaluator, index)
        for method in one.overloads.get(
            function.name, (one.methods[function.name],) if function.name in one.methods else ()
        )
        if method.function is not None and len(method.function.parameters) == len(function.parameters)
    ]


def _implementers(evaluator: Evaluator, index: ClassIndex) -> list[ClassIndex]:
    """The classes that say that they implement an interface; none where they are so many that a method may be anything."""
    _read_files(evaluator, index)
    classes = [one for one in class_hierarchy.subclasses(evaluator, index) if one.definition.kind == "class"]
    return classes if len(classes) <= _MOST_IMPLEMENTERS else []


def _inherited(evaluator: Evaluator, asked: ClassIndex, function: ir.Function) -> list[Denotation]:
    """The methods behind one that a broader interface declares, in the classes of the interface that it is asked of: it is theirs, or
    that of a class that they extend (``IOrderRepository : IRepository<Order>``)."""
    return [
        found
        for one in _implementers(evaluator, asked)
        for found in class_members.class_member(evaluator, one, function.name, Instance(one))
        if isinstance(found, FunctionRef)
        and found.frame.function is not None
        and found.frame.function.body is not None
        and len(found.frame.function.parameters) == len(function.parameters)
    ]


def _read_files(evaluator: Evaluator, index: ClassIndex) -> None:
    """Read the files of product code in which a class says that it implements something of the interface's name, once."""
    workspace = evaluator.program.workspace
    key = (index.module.path, index.name)
    if key in evaluator.implemented or not workspace.finds_by_package(index.module.path):
        return
    evaluator.implemented.add(key)
    saying = [
        one for one in workspace.declaring(index.module.path, f"<{index.name}") if workspace.source_set(one) != "test"
    ]
    if len(saying) <= _MOST_FILES:
        evaluator.program.load(saying)
