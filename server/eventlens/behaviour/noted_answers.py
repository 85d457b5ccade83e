"""What a function found out and noted for later: a flag that it sets, a number that it counts up, and the conditions under which it does."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.missing_rows import branches_towards
from eventlens.behaviour.paths import statements_around
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame

MORE_OR_LESS = frozenset(("<", "<=", ">", ">="))


def noted_by(condition: ir.Value, arm: str, frame: Frame) -> Iterator[tuple[ir.Branch, str]]:
    """The branches, with their arms, that decide what was noted and a condition asks, where it leads to an arm."""
    for one, towards in parts(condition, arm):
        if isinstance(one, ir.Name):
            yield from _where_set(one.name, towards == "then", frame)
        elif isinstance(one, ir.Operation) and one.operator in MORE_OR_LESS and towards == "then":
            yield from _where_counted({side.name for side in one.operands if isinstance(side, ir.Name)}, frame)


def _where_counted(names: set[str], frame: Frame) -> Iterator[tuple[ir.Branch, str]]:
    """Where that is counted which is to be more than none (``if (created > 0) …``)."""
    for statement in statements_around(frame) if names else ():
        if isinstance(statement, ir.Assign) and statement.operator == "+" and last_name(statement.target) in names:
            yield from branches_towards(_body(frame), statement)


def _where_set(name: str, wanted: bool, frame: Frame) -> Iterator[tuple[ir.Branch, str]]:
    """Where a flag is set to what is wanted, and where it is not set to anything else (``if (changed) …``)."""
    for statement in statements_around(frame):
        value = statement.value if isinstance(statement, ir.Assign) else None
        if not isinstance(value, ir.Literal) or not isinstance(value.value, bool) or not _sets(statement, name):
            continue
        for branch, arm in branches_towards(_body(frame), statement):
            if value.value == wanted:
                yield branch, arm
            elif branch.start <= statement.start < branch.end:
                yield branch, "orelse" if arm == "then" else "then"


def _sets(statement: ir.Statement, name: str) -> bool:
    return isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name) and statement.target.name == name


def _body(frame: Frame) -> tuple[ir.Statement, ...]:
    return frame.function.body or () if frame.function is not None else ()


def parts(condition: ir.Value, arm: str) -> Iterator[tuple[ir.Value, str]]:
    """The conditions that are joined by and, or, not, each with the arm to which it leads."""
    if isinstance(condition, ir.Await):
        yield from parts(condition.value, arm)
    elif isinstance(condition, ir.Operation) and condition.operator in ("and", "or"):
        for one in condition.operands:
            yield from parts(one, arm)
    elif isinstance(condition, ir.Operation) and condition.operator == "not":
        yield from parts(condition.operands[0], "orelse" if arm == "then" else "then")
    else:
        yield condition, arm
