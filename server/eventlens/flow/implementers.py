"""Classes that say they implement an interface: their files are read where a call of one of its methods is followed.

Only languages whose files belong to packages are looked through: elsewhere what implements an interface is imported where it is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_members, members
from eventlens.flow.denotations import Denotation, Environment, FunctionRef, Instance, Parameter
from eventlens.flow.program import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MOST_FILES = 24
"""In how many files classes may say that they implement something of a name: of several that are called so, one is meant."""
_MOST_IMPLEMENTERS = 6
"""With more, a method may be anything."""


def with_implementations(evaluator: Evaluator, meanings: Denotations) -> Denotations:
    """What a callee means, with the methods behind those that are only declared where none is known."""
    declared = [item for item in meanings if isinstance(item, FunctionRef) and _is_declared(item)]
    if not declared or any(isinstance(item, FunctionRef) and item not in declared for item in meanings):
        return meanings
    return (*meanings, *(behind for item in declared for behind in _behind(evaluator, item)))


def of_made_objects(evaluator: Evaluator, callee: ir.Value, frame: Frame, environment: Environment) -> Denotations:
    """The methods of the objects that the code makes and hands over, where a callee is called on a parameter that gets them: who made
    them decides, not what else implements the type. () where that is not known of every one."""
    if not environment or not isinstance(callee, ir.Member):
        return ()
    parameters = [one for one in evaluator.evaluate(callee.object, frame) if isinstance(one, Parameter)]
    made = evaluator.substitute_all(parameters, environment) if parameters else ()
    if not made or not all(isinstance(one, Instance) and one.call is not None for one in made):
        return ()
    methods = [members.member(evaluator, one, callee.name, callee, frame) for one in made]
    found = tuple(one for each in methods for one in each if isinstance(one, FunctionRef))
    return found if all(any(isinstance(one, FunctionRef) for one in each) for each in methods) else ()


def _is_declared(item: FunctionRef) -> bool:
    return item.frame.function is not None and item.frame.function.body is None and item.frame.cls is not None


def _behind(evaluator: Evaluator, item: FunctionRef) -> list[Denotation]:
    index = item.frame.cls
    function = item.frame.function
    if index is None or function is None or index.definition.is_structural:
        return []
    _read_files(evaluator, index)
    classes = [one for one in class_members.subclasses(evaluator, index) if one.definition.kind == "class"]
    if len(classes) > _MOST_IMPLEMENTERS:
        return []
    return [
        FunctionRef(method, Instance(one))
        for one in classes
        for method in one.overloads.get(
            function.name, (one.methods[function.name],) if function.name in one.methods else ()
        )
        if method.function is not None and len(method.function.parameters) == len(function.parameters)
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
