"""What a value means: names, members, literals and calls followed through the program, without running anything.

`Evaluator.evaluate` gives the denotations of a value in a scope. It is symbolic: a parameter stays a `Parameter` unless the
environment (the calls through which the scope was entered) says what it got. Results are memoised per value and scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from eventlens import ir
from eventlens.flow import (
    call_results,
    class_hierarchy,
    class_members,
    defined_names,
    documents,
    exported_names,
    extensions,
    lists,
    lookups,
    members,
    own_assignments,
    scope_functions,
    substitution,
    tables,
    texts,
    written_types,
)
from eventlens.flow.catalogue import Catalogue
from eventlens.flow.denotations import (
    ClassRef,
    Collection,
    Denotation,
    Environment,
    External,
    FunctionRef,
    Items,
    LibraryMember,
    LibraryValue,
    Opaque,
    Part,
    Receiver,
    Record,
    Scalar,
    Table,
    Trail,
    unique,
)
from eventlens.flow.program import Program
from eventlens.flow.provided import Injection, Provided
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.variables import Variables

Denotations: TypeAlias = "tuple[Denotation, ...]"

_ARITHMETIC = frozenset(("+", "-", "*", "/", "//", "%", "**"))
_MAX_DEPTH = 60
_LINKS = 24
"""So many calls and members of a chain are looked through at once."""
_MAX_STEPS = 4000
"""How many values one question may lead to: code that builds values from values without end stays unknown."""


class Evaluator:
    """Evaluates values of a program against a catalogue of library models."""

    def __init__(self, program: Program, catalogue: Catalogue, variables: Variables | None = None) -> None:
        self.program = program
        self.catalogue = catalogue
        self.variables = variables or Variables()
        """What deployment and configuration files say."""
        self.sections: dict[int, str | None] = {}
        """The section of the configuration that a class is bound to, by the identity of the class; None for none."""
        self.read_from_files: dict[ClassIndex, bool] = {}
        """Whether objects of a class are filled with what a configuration file holds."""
        self._memo: dict[tuple[ir.Value, Frame], Denotations] = {}
        self._busy: set[tuple[ir.Value, Frame]] = set()
        self.exporting: set[tuple[str, str]] = set()
        """Exports being looked up: a cycle of re-exports ends here."""
        self.implemented: set[tuple[str, str]] = set()
        """(file, name) of the interfaces whose implementers were read."""
        self.typing: set[int] = set()
        """Declared types and literals being looked into (by identity): what contains itself ends here."""
        self.looking: set[tuple[int, str, int]] = set()
        """Members of objects being looked up: one that is defined by itself ends here."""
        self._substituting = 0
        self._fuel = _MAX_STEPS
        self.calling: set[tuple[int, int]] = set()
        """Calls being followed: recursion ends here."""
        self.substituted: set[tuple[int, int]] = set()
        """Calls of symbolic values whose results are being filled in: what gives itself again ends here."""
        self.called_back: dict[tuple[int, int], Denotations] = {}
        """What parameters get as callbacks: (function's scope, position) → library values."""
        self.injections: dict[str, tuple[Injection, ...]] = {}
        """Injection token → what is provided under it."""
        self.registered: set[tuple[str, str]] = set()
        """(library, injection token) of every registration that makes a value of the library."""
        self.decided_by_arguments: dict[External, bool] = {}
        """Exports of which it hangs on what they are called with what they make (``boto3.client(service)``)."""
        self.provided = Provided(lambda path: None)
        """What containers hand out of libraries."""
        self.built: dict[int, ir.Call] = {}
        """The construction that a chain of a generated builder's methods is, by the identity of its last call."""
        self.mapped: dict[int, ir.Call] = {}
        """The call of the function that ``list.map`` is given with an element of the list, by the identity of the call of ``map``."""
        self.cuts = 0
        """How often an answer was cut short because it was being looked for already, or led too far: counted, to know what was not."""
        self.brought_in: dict[tuple[Frame, str], Denotations] = {}
        """(module's scope, name) → what a name means there that the module does not define, where only declarations decide it."""
        self.bases: dict[ClassIndex, tuple[tuple[ClassIndex, dict[str, ir.TypeRef]], ...]] = {}
        """The bases of classes, and what type parameters stand for there (see `class_hierarchy.bases`)."""
        self.external_bases: dict[
            ClassIndex, tuple[tuple[External | LibraryValue, ir.TypeRef | None, ClassIndex], ...]
        ] = {}
        """What classes or their bases extend outside the workspace."""
        self.read_objects: dict[int, ir.Object] = {}
        """What schemas of objects read out of the environment (see `parsed_environment`), by the identity of the literal."""
        self.own_decorators: dict[tuple[Frame, bool], tuple[tuple[ir.Value, Frame], ...]] = {}
        """What functions put on those that they decorate (see `own_decorators.carried`)."""
        self.parts: dict[ClassIndex, list[ClassIndex]] = {}
        """The other parts of classes that several files make up."""
        self.implementing: dict[ClassIndex, tuple[int, list[ClassIndex]]] = {}
        """Interface → the program's generation and who was found then to implement it without saying so."""
        self._documents: dict[str, Any] = {}
        self._depth = 0
        self._dispatch: dict[type, Callable[[Any, Frame], Denotations]] = {
            ir.Literal: self._literal,
            ir.Template: self._template,
            ir.Name: self._name,
            ir.This: self._this,
            ir.Member: self._member,
            ir.Index: self._index,
            ir.Object: lambda node, frame: (Record(node, frame),),
            ir.Sequence: lambda node, frame: (Items(node, frame),),
            ir.Call: partial(call_results.result, self),
            ir.Await: lambda node, frame: self.evaluate(node.value, frame),
            ir.Receive: self._receive,
            ir.Spread: lambda node, frame: self.evaluate(node.value, frame),
            ir.Lambda: lambda node, frame: (FunctionRef(frame.module.frame_for(node.function)),),
            ir.ClassValue: lambda node, frame: (ClassRef(frame.module.class_for(node.definition)),),
            ir.Choice: self._choice,
            ir.Operation: self._operation,
            ir.Comprehension: lambda node, frame: (Collection(self.evaluate(node.element, frame)),),
            ir.AssignValue: lambda node, frame: self.evaluate(node.value, frame),
        }

    # ------------------------------------------------------------------------------------------------------- entry

    def evaluate(self, value: ir.Value, frame: Frame, environment: Environment = ()) -> Denotations:
        """The denotations of ``value`` in ``frame``; empty where nothing at all can be said."""
        symbolic = self._symbolic(value, frame)
        if not environment:
            return symbolic
        return self.substitute_all(symbolic, environment)

    def substitute_all(self, denotations: Iterable[Denotation], environment: Environment) -> Denotations:
        """The denotations with parameters and receivers replaced by what the environment binds."""
        if not environment or self._substituting > _MAX_DEPTH:
            return tuple(denotations)
        if not self._substituting and not self._depth:
            self._fuel = _MAX_STEPS
        self._fuel -= 1
        if self._fuel < 0:
            self.cuts += 1
            return ()
        self._substituting += 1
        try:
            return unique(found for item in denotations for found in substitution.substitute(self, item, environment))
        finally:
            self._substituting -= 1

    def _symbolic(self, value: ir.Value, frame: Frame) -> Denotations:
        key = (value, frame)
        known = self._memo.get(key)
        if known is not None:
            return known
        if not self._substituting and not self._depth:
            self._links_first(value, frame)
            self._fuel = _MAX_STEPS
        self._fuel -= 1
        if key in self._busy or self._depth > _MAX_DEPTH or self._fuel < 0:
            self.cuts += 1
            return ()
        handler = self._dispatch.get(type(value))
        if handler is None:
            return (self.opaque(value, frame),)
        self._busy.add(key)
        self._depth += 1
        try:
            result = handler(value, frame)
        finally:
            self._busy.discard(key)
            self._depth -= 1
        if self._depth == 0 or (result and self._fuel > 0):
            self._memo[key] = result
        return result

    def _links_first(self, value: ir.Value, frame: Frame) -> None:
        """Evaluate the links of a long chain of calls from its beginning, so that none leads too deep (a route of a hundred steps)."""
        links: list[ir.Value] = []
        current = value
        while isinstance(current, ir.Call | ir.Member):
            current = current.callee if isinstance(current, ir.Call) else current.object
            links.append(current)
        for link in reversed(links[_LINKS::_LINKS]):
            self._symbolic(link, frame)

    def forget(self) -> None:
        """Drop what was answered so far: more is known now of what is injected."""
        self._memo.clear()
        self.called_back.clear()
        self.sections.clear()
        self.read_from_files.clear()
        self.bases.clear()
        self.external_bases.clear()
        self.implementing.clear()

    def forget_answers(self) -> None:
        """Let go of what can be worked out again."""
        self._memo, self.bases, self.external_bases, self.parts, self.implementing = {}, {}, {}, {}, {}
        self.brought_in = {}

    def document(self, path: str) -> Any:
        """The content of a configuration file of the workspace; None where it cannot be read."""
        if path not in self._documents:
            self._documents[path] = documents.content_of(self, path)
        return self._documents[path]

    def opaque(self, value: ir.Value, frame: Frame) -> Opaque:
        """What is not known, as it is written."""
        return Opaque(self.source(value, frame), frame.module.path, value.start)

    def source(self, node: ir.Node, frame: Frame, limit: int = 120) -> str:
        """The text of a node as it is written, on one line, at most ``limit`` characters."""
        try:
            text = self.program.workspace.text(frame.module.path)[node.start : node.end]
        except (OSError, KeyError):
            return "?"
        return " ".join(text[: limit * 4].decode("utf-8", "replace").split())[:limit]

    # ------------------------------------------------------------------------------------------------------ values

    def _literal(self, node: ir.Literal, frame: Frame) -> Denotations:
        return (Scalar(node.value, (Trail(frame.module.path, node.start, "written here"),), node.is_regex),)

    def _template(self, node: ir.Template, frame: Frame) -> Denotations:
        return texts.concatenate([(part, self.evaluate(part, frame)) for part in node.parts], self, frame)

    def _this(self, node: ir.This, frame: Frame) -> Denotations:
        if frame.cls is None:
            return (self.opaque(node, frame),)
        method: Frame | None = frame
        while method is not None and (method.function is None or method.function.kind == "lambda"):
            method = method.parent
        if method is not None and method.function is not None and method.function.kind in ("static", "class"):
            return (ClassRef(frame.cls),)
        if frame.cls.definition.kind == "extension":
            return (Receiver(frame.cls), *extensions.extended_type(self, frame.cls))
        return (Receiver(frame.cls),)

    def _member(self, node: ir.Member, frame: Frame) -> Denotations:
        base = node.object
        if isinstance(base, ir.Super) or (isinstance(base, ir.Call) and isinstance(base.callee, ir.Super)):
            return class_members.inherited(self, frame, node.name)
        if isinstance(base, ir.Name):
            assigned = self.assigned_member(base.name, node.name, frame, node.start)
            if assigned is not None:
                return assigned
        given = own_assignments.given_before(node.name, frame, node.start) if isinstance(base, ir.This) else None
        if given is not None:
            return self.evaluate(given, frame)
        found = unique(
            d for item in self.evaluate(base, frame) for d in members.member(self, item, node.name, node, frame)
        )
        if self.program.workspace.finds_by_package(frame.module.path):
            found = self._by_full_name(found, frame) or found
            found = (*extensions.extended(self, found, base, node.name, frame), *found)
        found = (*extensions.of_libraries(self, found, node.name, frame), *found)
        return found or (self.opaque(node, frame),)

    def _by_full_name(self, found: Denotations, frame: Frame) -> Denotations:
        """What a dotted name of a type means whose first part nothing brings in (``new Shop.Data.Orders(…)``)."""
        outside = found[0] if len(found) == 1 else None
        if not isinstance(outside, External) or outside.package or not all(part[:1].isupper() for part in outside.path):
            return ()
        return exported_names.qualified(self, frame.module, ".".join(outside.path))

    def assigned_member(self, base: str, name: str, frame: Frame, offset: int) -> Denotations | None:
        """What ``base.name = …`` gave a member of a local before ``offset``; None where nothing did."""
        for assignment in reversed(frame.members):
            if assignment.base == base and assignment.name == name and assignment.start < offset:
                return self.evaluate(assignment.value, frame)
        return None

    def _index(self, node: ir.Index, frame: Frame) -> Denotations:
        if isinstance(node.key, ir.Unknown) and node.key.what == "slice":
            return lists.part_of(self, self.evaluate(node.object, frame), node, frame) or (self.opaque(node, frame),)
        given = self.evaluate(node.key, frame)
        keys = [d.value for d in given if isinstance(d, Scalar)]
        found: list[Denotation] = []
        for item in self.evaluate(node.object, frame):
            if keys and not (isinstance(item, Table) and any(isinstance(key, bool | None) for key in keys)):
                for key in keys:
                    step = f"[{key:d}]" if isinstance(key, int) else str(key)
                    found.extend(members.step(self, item, step, node, frame))
            else:
                named = lookups.under_given_name(self, item, given, node, frame)
                if not named and isinstance(item, Table):
                    named = tables.values_under(self, item, node.key, node, frame)
                found.extend(named or members.elements(self, item, node, frame))
        return unique(found) or (self.opaque(node, frame),)

    def _receive(self, node: ir.Receive, frame: Frame) -> Denotations:
        channel = self.evaluate(node.channel, frame)
        return unique(d for item in channel for d in members.elements(self, item, node, frame)) or (
            self.opaque(node, frame),
        )

    def _choice(self, node: ir.Choice, frame: Frame) -> Denotations:
        options = [self.evaluate(option, frame) for option in node.options]
        if node.condition is None:
            return texts.first_of(options)
        return unique(d for option in options for d in option)

    def _operation(self, node: ir.Operation, frame: Frame) -> Denotations:
        operator = node.operator
        if operator == "+" and len(node.operands) > 1:
            parts = [(part, self.evaluate(part, frame)) for part in node.operands]
            if not texts.is_sum(parts):
                return texts.concatenate(parts, self, frame)
        elif operator == "and":
            return self.evaluate(node.operands[-1], frame)
        computed = (operator in _ARITHMETIC and len(node.operands) > 1) or operator in ("++", "--")
        return (replace(self.opaque(node, frame), operator=operator if computed else ""),)

    # ------------------------------------------------------------------------------------------------------- names

    def _name(self, node: ir.Name, frame: Frame) -> Denotations:
        found = self.name(node.name, frame, node.start)
        if not scope_functions.is_unknown_global(found):
            return found
        if (
            frame.cls is not None
            and node.name[:1].isupper()
            and self.program.workspace.finds_by_package(frame.module.path)
        ):
            found = class_members.inherited(self, frame, node.name) or found
        if frame.function is not None and frame.function.kind == "lambda" and scope_functions.is_unknown_global(found):
            opened = scope_functions.opened_member(self, node.name, node, frame)
            if frame.cls is not None and all(isinstance(one, LibraryMember | Part) for one in opened):
                opened = class_members.declared_member(self, frame.cls, node.name) or opened
            return opened or found
        return found

    def name(self, name: str, frame: Frame, offset: int) -> Denotations:
        """What a name means at a byte offset of a scope; a global where nothing in the workspace defines it."""
        return defined_names.at(self, name, frame, offset)

    def module_name(self, name: str, top: Frame) -> Denotations:
        """What a module-level name means: definition, import, or global."""
        return defined_names.of_module(self, name, top)

    def follow(self, denotations: Denotations, path: Iterable[str], node: ir.Node, frame: Frame) -> Denotations:
        """The denotations of the part that ``path`` (``.name``, ``[0]``, ``[]``) leads to."""
        for one in path:
            denotations = unique(
                d for item in denotations for d in members.step(self, item, one.removeprefix("."), node, frame)
            )
        return denotations

    # ------------------------------------------------------------------------------------------------------ types

    def typed(self, reference: ir.TypeRef | None, frame: Frame) -> Denotations:
        """What a value of a declared type is: an instance of a workspace class, a library value, a literal."""
        return written_types.typed(self, reference, frame)

    def class_of(self, value: Denotation) -> ClassIndex | None:
        """The workspace class of an instance or receiver."""
        return class_hierarchy.class_of(value)
