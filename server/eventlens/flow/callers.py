"""Who calls a function: direct calls, constructions, and functions handed over to something that calls them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eventlens import ir
from eventlens.flow import (
    application,
    class_hierarchy,
    constructions,
    handed_functions,
    members,
    overloads,
    structural,
    substitution,
    written_types,
)
from eventlens.flow.call_chains import Caller, binding_environment
from eventlens.flow.denotations import (
    Denotation,
    FunctionRef,
    Instance,
    LibraryValue,
    Parameter,
    Part,
    Receiver,
    unique,
)
from eventlens.flow.evaluation import Denotations, Evaluator
from eventlens.flow.module_index import CallSite, ModuleIndex
from eventlens.flow.reach import Reach
from eventlens.flow.scopes import ClassIndex, Frame

_MAX_CALLERS = 400
_MAX_READINGS = 80
"""For how many questions modules are read: a workspace that asks more is too large to read it all for what callers pass."""
_MAX_HOPS = 5
"""Through how many callers an object is followed back to where it is made."""
_MAX_STEPS = 300
"""How many parameters one search for what callers pass may look at."""
_PASSING = 0
"""In `Callers._busy`: a search for what callers pass is under way."""


_ANYTHING = frozenset(("Any", "any", "unknown", "object", "?"))
"""Types that say nothing about a value."""


class Callers:
    """Finds and remembers the callers of functions, reading the modules that could hold them first."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._known: dict[tuple[int, bool], tuple[int, list[Caller]]] = {}
        """(Function, whether asked from outside) → the program's generation and the callers found then."""
        self._busy: set[int] = set()
        """Functions whose callers are being looked for; a sentinel while what callers pass is."""
        self._passing: set[tuple[Parameter, int]] = set()
        self._budget = 0
        self._reading = False
        """Whether modules are read for what callers pass: only where a site hangs on the answer."""
        self._readings = 0
        self._answers: dict[tuple[Parameter, int], tuple[int, Denotations]] = {}
        self._variables: tuple[int, list[str]] = (-1, [])
        self._variables_of: dict[str, list[str]] = {}
        self._expanded: set[tuple[str, str, int]] = set()
        self.reach = Reach(evaluator.program)
        self.near: frozenset[str] | None = None
        """The files alone in which it is asked what callers hand over to be called on (see `library_values`); None for all."""
        self.left_out = 0
        """Grows with every value that was not followed because it stands in another file."""

    def forget_answers(self) -> None:
        """Let go of what can be worked out again."""
        self._known, self._answers = {}, {}
        self.reach.forget_answers()

    def of(self, frame: Frame, read: bool = True) -> list[Caller]:
        """The callers of the function of ``frame`` among the modules that can import it; with ``read`` False, among those read so far.

        A search for what callers pass asks for callers in turn: there only calls are found that need no such search themselves.
        """
        names = self.names(frame)
        if read:
            self._expand(frame, names)
            names = self.names(frame)  # a module that was read now may pass it on under another name
        key = (id(frame), not self._busy)
        known = self._known.get(key)
        if known is not None and known[0] == self.evaluator.program.generation:
            return known[1]
        if id(frame) in self._busy:
            return []
        self.evaluator.program.workspace.beat()
        self._busy.add(id(frame))
        try:
            found = list(self._find(frame, names))[:_MAX_CALLERS]
        finally:
            self._busy.discard(id(frame))
        self._known[key] = (self.evaluator.program.generation, found)
        return found

    def names(self, frame: Frame) -> list[str]:
        """The names by which the function can be called."""
        function = frame.function
        if function is None:
            return []
        if function.kind == "constructor" and frame.cls is not None:
            classes = [frame.cls.name, *(sub.name for sub in class_hierarchy.subclasses(self.evaluator, frame.cls))]
            return [*classes, *self._class_variables(), "super", "__init__"]
        known = function.name or frame.module.lambda_names.get(id(function)) or frame.module.name_as_whole(frame)
        return [known, *sorted(self.evaluator.program.renamed.get(known, ()))] if known else self._returned_names(frame)

    def _returned_names(self, frame: Frame) -> list[str]:
        """Names of what holds a function that another function returns (``const publish = publisher('orders')``)."""
        maker = frame.parent
        if (
            maker is None
            or maker.function is None
            or not any(isinstance(value, ir.Lambda) and value.function is frame.function for value in maker.returns)
        ):
            return []
        names = ["()"]
        for caller in self.of(maker):
            for name, definitions in caller.frame.definitions.items():
                names.extend(name for definition in definitions if _unwrapped(definition.value) is caller.call)
            names.extend(
                assignment.name for assignment in caller.frame.members if _unwrapped(assignment.value) is caller.call
            )
            if caller.frame.cls is not None:
                names.extend(
                    f.name
                    for f in caller.frame.cls.definition.fields
                    if f.value is not None and _unwrapped(f.value) is caller.call
                )
        return names

    def _class_variables(self) -> list[str]:
        """Names of variables that hold a class (``consumer_class = consumers[topic]``) and are called somewhere."""
        program = self.evaluator.program
        if self._variables[0] != program.generation:
            for module in program.loaded():
                if module.path not in self._variables_of:
                    self._variables_of[module.path] = list(_called_variables(module))
            names = {name for found in self._variables_of.values() for name in found}
            self._variables = (program.generation, sorted(names))
        return self._variables[1]

    # ------------------------------------------------------------------------------------------------ what to read

    def _expand(self, frame: Frame, names: list[str]) -> None:
        """Read the modules that import the function's module and mention one of its names."""
        wanted = [name for name in names if name not in ("super", "__init__", "()")]
        owners, declared = [frame.module], set(wanted)
        if frame.cls is not None:
            classes = list(class_hierarchy.bases(self.evaluator, frame.cls))
            classes.extend(structural.interfaces(self.evaluator, frame.cls, wanted))
            owners.extend(base.module for base in classes)
            declared = {base.name for base in classes if base.name} or declared
            wanted = wanted or [frame.cls.name]
        key = (frame.module.path, frame.name, len(wanted))
        if key in self._expanded or not wanted:
            return
        reached = self.reach.modules(owners, declared, wanted)
        self.evaluator.program.expect_imports(reached)
        self.evaluator.program.load(reached)
        self._expanded.add(key)

    # -------------------------------------------------------------------------------------------------- who calls

    def _find(self, frame: Frame, names: list[str]) -> Iterator[Caller]:
        seen: set[int] = set()
        for name in dict.fromkeys(names):
            for site in self.evaluator.program.called(name, frame.module):
                if id(site.call) not in seen:
                    for caller in self._direct(frame, site):
                        seen.add(id(site.call))
                        yield caller
            for site in self.evaluator.program.mentioned(name, frame.module):
                if id(site.call) not in seen:
                    for caller in handed_functions.handed_over(self.evaluator, frame, site):
                        seen.add(id(site.call))
                        yield caller
                        break
        if not seen:
            yield from handed_functions.called_back(self.evaluator, frame, names)

    def _direct(self, frame: Frame, site: CallSite) -> Iterator[Caller]:
        function = frame.function
        assert function is not None
        if function.kind == "constructor" and frame.cls is not None:
            if constructions.constructs(self.evaluator, frame.cls, site):
                yield Caller(site.frame, site.call, FunctionRef(frame, Instance(frame.cls, site.call, site.frame)))
            return
        seen = False
        meanings = overloads.applicable(
            self.evaluator, self.evaluator.evaluate(site.call.callee, site.frame), site.call, site.frame
        )
        for callee in meanings:
            if isinstance(callee, FunctionRef) and callee.frame is frame:
                seen = True
                for receiver in self._receivers(callee, site):
                    yield Caller(site.frame, site.call, replace(callee, receiver=receiver))
        if (
            not seen
            and not self._is_nested()
            and frame.cls is not None
            and not any(isinstance(callee, FunctionRef) for callee in meanings)
        ):
            for callee in meanings:
                if isinstance(callee, Part) and self._may_be_anything(callee.base):
                    for found in self.resolve_reading(callee):
                        if isinstance(found, FunctionRef) and found.frame is frame:
                            yield Caller(site.frame, site.call, found)

    def _is_nested(self) -> bool:
        """Whether callers are looked for inside another search."""
        return len(self._busy) > 1

    def _may_be_anything(self, base: Denotation) -> bool:
        """Whether only the callers can say what a value is: a parameter, or a part of one, whose type is not declared, or is an
        interface that anything may implement."""
        while isinstance(base, Part):
            base = base.base
        if not isinstance(base, Parameter) or base.frame.function is None:
            return False
        for position, parameter in enumerate(base.frame.function.parameters):
            if base.name in (parameter.name, f"#{position}"):
                return (
                    parameter.type is None
                    or parameter.type.name.rpartition(".")[2] in _ANYTHING
                    or any(
                        isinstance(declared, Instance) and self._says_only_shape(declared.index)
                        for declared in self.evaluator.typed(parameter.type, base.frame.outside)
                    )
                )
        return True

    def _says_only_shape(self, index: ClassIndex) -> bool:
        """Whether a declared type is an interface that anything may implement, or that no class of the workspace says it implements."""
        definition = index.definition
        return definition.is_structural or (
            definition.kind == "interface" and not class_hierarchy.subclasses(self.evaluator, index)
        )

    def _receivers(self, callee: FunctionRef, site: CallSite) -> tuple[Denotation | None, ...]:
        """The objects on which a method is called: constructions where they can be found, else what the type says."""
        receiver = callee.receiver
        if (
            self._is_nested()
            or not isinstance(receiver, Instance)
            or receiver.call is not None
            or not isinstance(site.call.callee, ir.Member)
        ):
            return (receiver,)
        written = site.call.callee.object
        own = list(class_hierarchy.bases(self.evaluator, receiver.index))
        found = [
            value
            for meaning in self.evaluator.evaluate(written, site.frame)
            if isinstance(meaning, Parameter | Part)
            for value in self.resolve(meaning, _MAX_HOPS)
            if isinstance(value, Instance)
            and (value.index in own or receiver.index in list(class_hierarchy.bases(self.evaluator, value.index)))
        ]
        return unique(found) or (receiver,)

    # ------------------------------------------------------------------------------------------------ what comes in

    def resolve(self, value: Denotation, depth: int = _MAX_HOPS) -> Denotations:
        """What a symbolic value can be, over all callers known: parameters become what is passed, receivers what is constructed."""
        if depth == 0:
            return ()
        if isinstance(value, Parameter):
            return self._passed(value, depth)
        if isinstance(value, Part):
            if substitution.takes_keywords(value):
                return self._gathered(value, depth)
            bases = self.resolve(value.base, depth)
            frame = _frame_of(value)
            if frame is None:
                return ()
            if value.step == "()":
                if value.call is None or value.frame is None:
                    return ()
                return unique(
                    d for base in bases for d in application.call(self.evaluator, base, value.call, value.frame)
                )
            node = ir.Unknown(0, 0, value.step)
            return unique(d for base in bases for d in members.step(self.evaluator, base, value.step, node, frame))
        if isinstance(value, Receiver):
            return constructions.instances(self.evaluator, value.index)
        return (value,)

    def resolve_reading(self, value: Denotation) -> Denotations:
        """As `resolve`, with the modules read in which callers can stand."""
        outer, self._reading = self._reading, self._readings < _MAX_READINGS
        self._readings += 1
        try:
            return self.resolve(value, _MAX_HOPS)
        finally:
            self._reading = outer

    def _passed(self, value: Parameter, depth: int) -> Denotations:
        """What the callers pass for a parameter. A search that grows beyond its budget gives what it has: the rest is unknown."""
        if not self._busy:
            self._budget = _MAX_STEPS
        known = self._answers.get((value, depth))
        if known is not None and known[0] == self.evaluator.program.generation:
            return known[1]
        if self._budget <= 0 or (value, depth) in self._passing:
            return ()
        self._budget -= 1
        outermost = _PASSING not in self._busy
        self._busy.add(_PASSING)
        self._passing.add((value, depth))
        try:
            found = self._gathered(value, depth)
        finally:
            self._passing.discard((value, depth))
            if outermost:
                self._busy.discard(_PASSING)
        if self._budget > 0:
            self._answers[(value, depth)] = (self.evaluator.program.generation, found)
        return found

    def _gathered(self, value: Parameter | Part, depth: int) -> Denotations:
        found: list[Denotation] = []
        frame = _frame_of(value)
        for caller in self.of(frame, read=self._reading)[:24] if frame is not None else ():
            environment = binding_environment([caller], self.evaluator)
            for item in self.evaluator.substitute_all((value,), environment):
                if item == value:
                    continue
                is_open = isinstance(item, Parameter | Part | Receiver)
                found.extend((self.resolve(item, depth - 1) or self._injected(item)) if is_open else (item,))
        return unique(found)

    def _injected(self, value: Denotation) -> Denotations:
        """The value of a library that a container hands to a constructor, which nobody calls."""
        if (
            not isinstance(value, Parameter)
            or value.frame.function is None
            or value.frame.function.kind != "constructor"
        ):
            return ()
        declared = written_types.declared_types(self.evaluator, value)
        return tuple(one for one in declared if isinstance(one, LibraryValue) and one.call is not None)

    def library_values(self, value: Denotation, typed: bool = False) -> list[LibraryValue]:
        """The library values that a value is or, through its callers, can be; with ``typed`` also where a type is declared.

        A declared type says what a value is, but not which one: to find the one that is subscribed elsewhere, callers are asked too.
        """
        if isinstance(value, LibraryValue):
            return [value]
        if isinstance(value, Parameter | Part) and (typed or self._may_be_anything(value)):
            if self._is_far(value):
                self.left_out += 1
                return []
            found = self.resolve_reading(value) if typed else self.resolve(value, _MAX_HOPS)
            return [item for item in found if isinstance(item, LibraryValue)]
        return []

    def made_objects(self, value: Denotation) -> list[Instance]:
        """The objects of the workspace's classes that code makes and hands to a constructor, for a value that it keeps."""
        if self._is_far(value):
            self.left_out += 1
            return []
        found = self.resolve_reading(value)
        made = [one for one in found if isinstance(one, Instance) and one.call is not None]
        return made if len(made) == len(found) else []

    def _is_far(self, value: Denotation) -> bool:
        frame = None if self.near is None else _frame_of(value)
        return frame is not None and self.near is not None and frame.module.path not in self.near


def _called_variables(module: ModuleIndex) -> Iterator[str]:
    for name, sites in module.calls.items():
        for site in sites:
            if isinstance(site.call.callee, ir.Name):
                definitions = site.frame.definitions.get(name, ())
                if any(
                    definition.kind == "value" and isinstance(definition.value, ir.Index | ir.Choice | ir.Call)
                    for definition in definitions
                ):
                    yield name
                    break


def _unwrapped(value: object) -> object:
    return value.value if isinstance(value, ir.Await) else value


def _frame_of(value: Denotation) -> Frame | None:
    while isinstance(value, Part):
        value = value.base
    if isinstance(value, Parameter):
        return value.frame
    return value.index.body if isinstance(value, Receiver) else None
