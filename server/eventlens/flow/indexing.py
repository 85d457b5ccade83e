"""One walk over a module that builds its scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from eventlens import ir
from eventlens.flow.field_methods import field_set_by
from eventlens.flow.scopes import ClassIndex, Definition, Entry, Frame, MemberAssignment, grown

if TYPE_CHECKING:
    from eventlens.flow.module_index import ModuleIndex


def index_module(module: ModuleIndex, beat: Callable[[], None]) -> Frame:
    """Build the scopes of a module; fills ``module.frames`` and ``module.classes``. ``beat`` is called now and then."""
    return _Indexer(module, beat).run()


def _is_nothing(value: ir.Value) -> bool:
    return (isinstance(value, ir.Literal) and value.value is None) or (
        isinstance(value, ir.Name) and value.name == "undefined"
    )


_WALKED_AT_ONCE = 64
_MOST_DEFAULTS = 6
"""Targets with defaults within one another whose defaults are bound, too: each doubles the work below it."""
_PUTS = frozenset(("set", "put", "setProperty", "putIfAbsent"))
"""Methods that put a value under a key into a map: JavaScript's and Java's names."""


class _Indexer:
    """One walk over a module's statements and values."""

    def __init__(self, module: ModuleIndex, beat: Callable[[], None]) -> None:
        self.module = module
        self._beat = beat
        self._walked = 0
        """Functions and statements of the file itself that were walked through."""
        self.frame: Frame = Frame(module, None, None, None)
        self.cls: ClassIndex | None = None
        self._declared: set[tuple[int, str]] = set()
        """(Scope by identity, name) of the variables that declarations without a value make."""
        self._outward: list[tuple[Frame, str, Definition]] = []
        """Assignments to names that the scope may not have declared itself."""
        self._defaults = 0
        """Targets with defaults that the one being bound stands in, itself counted."""

    def run(self) -> Frame:
        top = self.frame
        self.module.add_frame(top)
        for statement in self.module.module.body:
            self._look_up()
            _STATEMENTS[type(statement)](self, statement)
        for frame, name, definition in self._outward:
            self._give_outward(frame, name, definition)
        return top

    def _look_up(self) -> None:
        """Let who waits look in: a generated file holds thousands of functions."""
        self._walked += 1
        if self._walked % _WALKED_AT_ONCE == 0:
            self._beat()

    def _give_outward(self, frame: Frame, name: str, definition: Definition) -> None:
        """An assignment to a variable of a scope around the function (``let consumer; … consumer = kafka.consumer()``) defines it there too."""
        scope: Frame | None = frame
        while scope is not None and (id(scope), name) not in self._declared:
            if scope is not frame and name in scope.definitions:
                return
            scope = scope.parent
        if scope is not None and scope is not frame:
            scope.define(name, definition._replace(frame=frame))

    # statements

    def statements(self, body: Iterable[ir.Statement]) -> None:
        for statement in body:
            _STATEMENTS[type(statement)](self, statement)

    def _arm(self, body: Sequence[ir.Statement]) -> None:
        if body:
            self.frame.arms = grown(self.frame.arms, (body[0].start, body[-1].end))
            self.statements(body)

    def _assign(self, node: ir.Assign) -> None:
        if node.operator == "+" and isinstance(node.target, ir.Member) and isinstance(node.value, _HANDLERS):
            self._listen(node)
        elif node.value is not None:
            self.value(node.value)
        if isinstance(node.target, ir.Name):
            self._note_variable(node, node.target.name)
            if node.annotation is not None:
                self.frame.declare(node.target.name, node.annotation)
        self._bind(node.target, node.start, "value", node.value, (), node.operator)

    def _note_variable(self, node: ir.Assign, name: str) -> None:
        if node.declares and (node.value is None or _is_nothing(node.value)):
            self._declared.add((id(self.frame), name))
        elif not node.declares and node.value is not None and self.frame.parent is not None:
            self._outward.append((self.frame, name, Definition(node.start, "value", node.value, (), node.operator)))

    def _bind(
        self, target: ir.Value, start: int, kind: str, value: Any, path: tuple[str, ...], operator: str = ""
    ) -> None:
        if isinstance(value, ir.Lambda) and not path and isinstance(target, ir.Name | ir.Member):
            self.module.lambda_names[id(value.function)] = target.name
        if isinstance(target, ir.Name):
            if value is not None:
                self._define(target.name, Definition(start, kind, value, path, operator))
        elif isinstance(target, ir.Member):
            base = target.object
            if value is not None and not path and kind == "value" and isinstance(base, ir.This | ir.Name):
                holder = base.name if isinstance(base, ir.Name) else ""
                assigned = MemberAssignment(start, holder, target.name, value)
                self.frame.members = grown(self.frame.members, assigned)
                if self.cls is not None and (isinstance(base, ir.This) or base.name == self.cls.name):
                    self.cls.assigned[target.name].append((self.frame, value))
            else:
                self.value(base)
            if value is not None and not path and kind == "value" and isinstance(base, ir.Name):
                self._put(base, ir.Literal(target.start, target.end, target.name), value)
            if value is not None and not path and kind == "value" and not isinstance(base, ir.This):
                self.module.shared[target.name].append((self.frame, value))
        elif isinstance(target, ir.Object):
            for field in target.fields:
                if field.spread:
                    self._bind(field.value, start, kind, value, path, operator)
                elif field.key is not None:
                    self._bind(field.value, start, kind, value, (*path, "." + field.key), operator)
        elif isinstance(target, ir.Sequence):
            for position, item in enumerate(target.items):
                if isinstance(item, ir.Spread):
                    self._bind(item.value, start, kind, value, path, operator)
                else:
                    self._bind(item, start, kind, value, (*path, f"[{position}]"), operator)
        elif isinstance(target, ir.AssignValue):  # a target with a default
            self._defaults += 1
            self._bind(target.target, start, kind, value, path, operator)
            self.value(target.value)
            if self._defaults <= _MOST_DEFAULTS:
                self._bind(target.target, start, "value", target.value, (), operator)
            self._defaults -= 1
        elif isinstance(target, ir.Index):
            self.values((target.object, target.key))
            if value is not None and not path and kind == "value":
                self._put(target.object, target.key, value)

    def _define(self, name: str, definition: Definition) -> None:
        owner = self.frame
        while owner.function is not None and name in owner.function.outer_names:
            assert owner.parent is not None
            owner = owner.parent
        if owner is not self.frame:
            definition = definition._replace(frame=self.frame)
        owner.define(name, definition)

    def _put(self, table: ir.Value, key: ir.Value, value: ir.Value) -> None:
        if isinstance(table, ir.Member) and isinstance(table.object, ir.This) and self.cls is not None:
            self.cls.entries[table.name].append(Entry(self.frame, key, value))
        elif isinstance(table, ir.Name):
            self.module.entries[table.name].append(Entry(self.frame, key, value))

    def _return(self, node: ir.Return) -> None:
        if node.value is not None:
            self.frame.returns = grown(self.frame.returns, node.value)
            self.value(node.value)

    def _branch(self, node: ir.Branch) -> None:
        self.value(node.condition)
        self._arm(node.then)
        self._arm(node.orelse)

    def _loop(self, node: ir.Loop) -> None:
        self.statements(node.init)
        if node.source is not None:
            self.value(node.source)
        if node.target is not None and node.source is not None:
            self.frame.iterated = grown(self.frame.iterated, node.source)
            self._bind(node.target, node.start, "element", node.source, ())
        self._arm(node.body)
        self.statements(node.step)
        self._arm(node.orelse)

    def _try(self, node: ir.Try) -> None:
        self.statements(node.body)
        for catch in node.catches:
            if catch.name:
                self.frame.define(catch.name, Definition(catch.start, "error", catch))
            self._arm(catch.body)
        self.statements(node.orelse)
        self.statements(node.final)

    def _with(self, node: ir.With) -> None:
        for item in node.items:
            if isinstance(item, ir.Assign | ir.Evaluate) and item.value is not None:
                self.frame.entered = grown(self.frame.entered, item.value)
            if isinstance(item, ir.Assign):
                if item.value is not None:
                    self.value(item.value)
                self._bind(item.target, item.start, "context", item.value, ())
            else:
                _STATEMENTS[type(item)](self, item)
        self.statements(node.body)

    # declarations

    def function(self, function: ir.Function, define: bool = False) -> Frame:
        self._look_up()
        outer = self.frame
        if define and function.name:
            outer.define(function.name, Definition(function.start, "function", function))
        for decorator in function.decorators:
            self.module.decorated[(decorator.start, decorator.end)] = function
        self.values(function.decorators)
        frame = Frame(self.module, function, outer, self.cls)
        self.module.add_frame(frame)
        self.frame = frame
        for parameter in function.parameters:
            self._parameter(parameter)
        if function.body is not None:
            self.statements(function.body)
        self.frame = outer
        return frame

    def _parameter(self, parameter: ir.Parameter) -> None:
        self.values(parameter.decorators)
        if parameter.default is not None:
            self.value(parameter.default)
        if parameter.pattern is not None:
            self._bind(parameter.pattern, parameter.start, "parameter", parameter, ())
        elif parameter.name:
            self.frame.define(parameter.name, Definition(parameter.start, "parameter", parameter))

    def class_(self, definition: ir.Class, define: bool = False) -> ClassIndex:
        outer_class, frame = self.cls, self.frame
        index = ClassIndex(self.module, definition, frame)
        named = (
            bool(definition.name) and definition.kind != "extension"
        )  # an extension is called like the type it extends
        if define and named:
            frame.define(definition.name, Definition(definition.start, "class", definition))
        self.module.add_class(index)
        if outer_class is not None and named:
            outer_class.nested[definition.name] = index
        self.values(definition.decorators)
        self.values(definition.base_calls)
        self.cls = index
        self._class_body(index)
        for method in definition.methods:
            method_frame = self.function(method)
            known = index.methods.get(method.name)
            if (
                known is not None
                and known.function is not None
                and known.function.kind == method.kind
                and method.body is not None
            ):
                index.overload(method.name, method_frame)
            if known is None or (method.body is not None and method.kind != "setter"):
                index.methods[method.name] = method_frame
        self.cls = outer_class
        return index

    def _class_body(self, index: ClassIndex) -> None:
        body = index.body
        body.start, body.end = index.definition.start, index.definition.end
        self.module.add_frame(body)
        outer, self.frame = self.frame, body
        for field in index.definition.fields:
            self.values(field.decorators)
            if field.value is not None:
                body.define(field.name, Definition(field.start, "value", field.value))
                if isinstance(field.value, ir.Lambda):
                    self.module.lambda_names[id(field.value.function)] = field.name
                self.value(field.value)
        self.statements(index.definition.body)
        self.frame = outer

    # values

    def values(self, values: Iterable[Any]) -> None:
        for value in values:
            handler = _VALUES.get(type(value))
            if handler is not None:
                handler(self, value)

    def value(self, value: Any) -> None:
        handler = _VALUES.get(type(value))
        if handler is not None:
            handler(self, value)

    def _object(self, node: ir.Object) -> None:
        for field in node.fields:
            if field.computed is not None:
                self.value(field.computed)
            if isinstance(field.value, ir.Lambda) and field.key is not None:
                self.module.lambda_names[id(field.value.function)] = field.key
            self.value(field.value)

    def _call(self, node: ir.Call) -> None:
        callee = node.callee
        self.frame.calls = grown(self.frame.calls, node)
        if isinstance(callee, ir.Member):
            if isinstance(callee.object, ir.Call):
                self.module.chained[(callee.object.start, callee.object.end)] = node
        elif isinstance(callee, ir.Name):
            if node.is_new:
                self.module.constructed[callee.name].append((self.frame, node))
        elif isinstance(callee, ir.Lambda):
            self.module.run_at_once[(callee.function.start, callee.function.end)] = node
        self.value(callee)
        for argument in node.args:
            value = argument.value
            if isinstance(value, _HANDED_OVER):
                self._hand_over(value, node)
            self.value(value)
        if isinstance(callee, ir.Member):
            if len(node.args) == 1:
                self._set(callee, node.args[0].value)
            elif len(node.args) == 2 and callee.name in _PUTS:
                self._put(callee.object, node.args[0].value, node.args[1].value)

    def _set(self, callee: ir.Member, value: ir.Value) -> None:
        """``order.setTopic(x)`` gives a member what ``order.topic = x`` does."""
        name = field_set_by(callee.name)
        if name and isinstance(callee.object, ir.Name):
            self.frame.members = grown(
                self.frame.members, MemberAssignment(callee.start, callee.object.name, name, value)
            )

    def _hand_over(self, value: ir.Value, call: ir.Call) -> None:
        """Remember that a function written inside an argument is given to the call."""
        if isinstance(value, ir.Lambda):
            self.module.add_handed(value.function, self.frame, call)
        elif isinstance(value, ir.Object):
            for field in value.fields:
                self._hand_over(field.value, call)
        elif isinstance(value, ir.Sequence):
            for item in value.items:
                self._hand_over(item, call)

    def _choice(self, node: ir.Choice) -> None:
        self.values(node.options)
        if node.condition is not None:
            self.value(node.condition)

    def _comprehension(self, node: ir.Comprehension) -> None:
        self.value(node.source)
        self._bind(node.target, node.start, "element", node.source, ())
        self.value(node.element)
        self.values(node.conditions)

    def _yield(self, node: ir.Yield) -> None:
        if node.value is not None:
            self.frame.yields = grown(self.frame.yields, node.value)
            self.value(node.value)

    def _listen(self, node: ir.Assign) -> None:
        """``consumer.Received += handle`` hands a listener over as ``consumer.Received(handle)`` would."""
        if node.value is None or not isinstance(node.target, ir.Member):
            return
        argument = ir.Argument(node.value.start, node.value.end, node.value)
        call = ir.Call(node.start, node.end, node.target, (argument,))
        self.module.listening[id(call)] = call
        self._call(call)

    def _send(self, node: ir.Send) -> None:
        """``producer.Input() <- message`` hands the message over as ``producer.Input(message)`` would."""
        if isinstance(node.channel, ir.Call):
            argument = ir.Argument(node.value.start, node.value.end, node.value)
            call = ir.Call(node.start, node.end, node.channel.callee, (argument,))
            self.module.sends[id(call)] = node
            self.module.sent_by[id(node)] = call
            self._call(call)
        else:
            self.values((node.channel, node.value))

    def _assign_value(self, node: ir.AssignValue) -> None:
        self.value(node.value)
        self._bind(node.target, node.start, "value", node.value, ())


_HANDED_OVER = (ir.Lambda, ir.Object, ir.Sequence)
"""What may be, or hold, a function that is given to a call."""
_HANDLERS = (ir.Lambda, ir.Member, ir.Name)
"""What can be added to an event as its listener."""
_STATEMENTS: dict[type, Callable[[_Indexer, Any], object]] = {
    ir.Evaluate: lambda indexer, node: indexer.value(node.value),
    ir.Assign: _Indexer._assign,
    ir.Return: _Indexer._return,
    ir.Throw: lambda indexer, node: indexer.value(node.value),
    ir.Jump: lambda indexer, node: None,
    ir.Branch: _Indexer._branch,
    ir.Loop: _Indexer._loop,
    ir.Try: _Indexer._try,
    ir.With: _Indexer._with,
    ir.Block: lambda indexer, node: indexer.statements(node.body),
    ir.FunctionDeclaration: lambda indexer, node: indexer.function(node.function, define=True),
    ir.ClassDeclaration: lambda indexer, node: indexer.class_(node.definition, define=True),
}
_VALUES: dict[type, Callable[[_Indexer, Any], object]] = {
    ir.Template: lambda indexer, node: indexer.values(node.parts),
    ir.Member: lambda indexer, node: indexer.value(node.object),
    ir.Index: lambda indexer, node: indexer.values((node.object, node.key)),
    ir.Object: _Indexer._object,
    ir.Sequence: lambda indexer, node: indexer.values(node.items),
    ir.Spread: lambda indexer, node: indexer.value(node.value),
    ir.Call: _Indexer._call,
    ir.Await: lambda indexer, node: indexer.value(node.value),
    ir.Lambda: lambda indexer, node: indexer.function(node.function),
    ir.ClassValue: lambda indexer, node: indexer.class_(node.definition),
    ir.Choice: _Indexer._choice,
    ir.Operation: lambda indexer, node: indexer.values(node.operands),
    ir.Comprehension: _Indexer._comprehension,
    ir.Spawn: lambda indexer, node: indexer.value(node.value),
    ir.Send: _Indexer._send,
    ir.Receive: lambda indexer, node: indexer.value(node.channel),
    ir.Yield: _Indexer._yield,
    ir.AssignValue: _Indexer._assign_value,
    ir.Unknown: lambda indexer, node: indexer.values(node.parts),
}
