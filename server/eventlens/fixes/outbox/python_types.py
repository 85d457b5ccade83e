"""The declared types of members, as the engine resolves them."""

from __future__ import annotations

from eventlens import ir
from eventlens.fixes.context import FixContext
from eventlens.fixes.python_code import Members
from eventlens.flow.denotations import ClassRef, Denotation
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.scopes import ClassIndex, Frame

_MAPPED = ("Mapped",)


def member_types(context: FixContext, frame: Frame) -> Members:
    """Looks up the annotated fields of workspace classes: of what a parameter is declared as, or a local was made of."""
    evaluator = context.checks.graph.evaluator

    def _rows(frame: Frame, name: str) -> list[Denotation]:
        """The model that a local was read or made through (``session.get(Order, id)``, ``Order.objects.get(…)``)."""
        found: list[Denotation] = []
        for definition in frame.definitions.get(name, ()):
            value = definition.value.value if isinstance(definition.value, ir.Await) else definition.value
            if definition.kind != "value" or not isinstance(value, ir.Call) or not isinstance(value.callee, ir.Member):
                return []
            of, called = value.callee.object, value.callee.name
            if called in ("get", "get_one") and len(value.args) == 2:
                found += evaluator.evaluate(value.args[0].value, frame)
            elif called in ("get", "create") and isinstance(of, ir.Member) and of.name == "objects":
                found += evaluator.evaluate(of.object, frame)
        return found

    def member_type(name: str, member: str, offset: int) -> str:
        values = list(evaluator.name(name, frame, offset))
        function = frame.function
        for parameter in function.parameters if function is not None else ():
            if parameter.name == name and parameter.type is not None:
                values += evaluator.typed(parameter.type, frame)
        values += _rows(frame, name)
        classes = {id(index): index for value in values if (index := _class_of(evaluator, value)) is not None}
        types = {_type_of(index, member) for index in classes.values()}
        return types.pop() if len(types) == 1 else ""

    return member_type


def _class_of(evaluator: Evaluator, value: Denotation) -> ClassIndex | None:
    return value.index if isinstance(value, ClassRef) else evaluator.class_of(value)


def _type_of(index: ClassIndex, member: str) -> str:
    field = index.fields.get(member)
    written: ir.TypeRef | None = field.type if field is not None else None
    if written is not None and written.name.rpartition(".")[2] in _MAPPED and written.args:
        written = written.args[0]
    return written.name if written is not None else ""
