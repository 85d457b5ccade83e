"""Tables as values: their keys, also of literals that are spread into one another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from eventlens import ir
from eventlens.flow import tables
from eventlens.flow.denotations import Record, Scalar, Table
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.program import Frame


def test_a_literal_that_a_recursive_function_spreads_into_itself_gives_its_keys_once() -> None:
    frame = cast(Frame, object())
    spread = ir.Field(2, 9, None, ir.Name(2, 9, "order"), spread=True)
    literal = ir.Object(0, 20, (spread, ir.Field(11, 19, "extras", ir.Literal(18, 19, 1))))

    def evaluate(value: ir.Value, frame: Frame, environment: Any) -> tuple[Table, ...]:
        """Each reading is through one more call of the function, so that no two are equal."""
        return (Table(Record(literal, frame, (*environment, len(environment))), ()),)

    evaluator = cast(Evaluator, SimpleNamespace(evaluate=evaluate))
    assert tables.keys(evaluator, Record(literal, frame)) == (Scalar("extras"),)
