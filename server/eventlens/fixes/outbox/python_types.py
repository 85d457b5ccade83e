"""The declared types of members, as the engine resolves them."""

from __future__ import annotations

from eventlens import ir
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox.python_code import Members
from eventlens.flow.program import ClassIndex, Frame

_MAPPED = ("Mapped",)


def member_types(context: FixContext, frame: Frame) -> Members:
    """Looks up the annotated fields of workspace classes: of what a parameter is declared as, or a local was made of."""
    evaluator = context.checks.graph.evaluator

    def member_type(name: str, member: str, offset: int) -> str:
        values = list(evaluator.name(name, frame, offset))
        function = frame.function
        for parameter in function.parameters if function is not None else ():
            if parameter.name == name and parameter.type is not None:
                values += evaluator.typed(parameter.type, frame)
        classes = {id(index): index for value in values if (index := evaluator.class_of(value)) is not None}
        types = {_type_of(index, member) for index in classes.values()}
        return types.pop() if len(types) == 1 else ""

    return member_type


def _type_of(index: ClassIndex, member: str) -> str:
    field = index.fields.get(member)
    written: ir.TypeRef | None = field.type if field is not None else None
    if written is not None and written.name.rpartition(".")[2] in _MAPPED and written.args:
        written = written.args[0]
    return written.name if written is not None else ""
