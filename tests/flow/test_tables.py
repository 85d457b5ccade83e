"""Tables as values: their keys, also of literals that are spread into one another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from eventlens import ir
from eventlens.flow import tables
from eventlens.flow.denotations import Record, Scalar, Table
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.scopes import Frame

from .conftest import Find


def test_a_literal_that_a_recursive_function_spreads_into_itself_gives_its_keys_once() -> None:
    frame = cast(Frame, object())
    spread = ir.Field(2, 9, None, ir.Name(2, 9, "order"), spread=True)
    literal = ir.Object(0, 20, (spread, ir.Field(11, 19, "extras", ir.Literal(18, 19, 1))))

    def evaluate(value: ir.Value, frame: Frame, environment: Any) -> tuple[Table, ...]:
        """Each reading is through one more call of the function, so that no two are equal."""
        return (Table(Record(literal, frame, (*environment, len(environment))), ()),)

    evaluator = cast(Evaluator, SimpleNamespace(evaluate=evaluate))
    assert tables.keys(evaluator, Record(literal, frame)) == (Scalar("extras"),)


def _queues(made: str) -> dict[str, str]:
    return {
        "package.json": '{"name": "shop", "dependencies": {"bullmq": "^5.0.0"}}',
        "queues.ts": f"""
            import {{ Queue }} from 'bullmq';
            import {{ rest }} from './rest';

            const NAMES = ['orders', 'stock'] as const;
            const queues = {made};
            queues.set('late', new Queue('late'));

            export async function placed(order: object) {{
              await queues.get('orders')!.add('placed', order);
              await Promise.all(NAMES.map((name) => queues.get(name)!.add('told', order)));
              await queues.get('late')!.add('kept', order);
            }}
            """,
        "rest.ts": "export const rest: [string, unknown][] = JSON.parse(process.env.REST ?? '[]');\n",
    }


@pytest.mark.parametrize(
    "made",
    [
        "new Map(NAMES.map((name) => [name, new Queue(`shop-${name}`)]))",
        "new Map<string, Queue>([['orders', new Queue('shop-orders')], ['stock', new Queue('shop-stock')]])",
    ],
)
def test_a_map_that_is_made_of_keys_and_values(find: Find, made: str) -> None:
    channels = {line: set(names) for line, names in find(_queues(made)).rows("line", "channels")}
    assert "shop-orders" in channels[10] and "late" not in channels[10]
    assert {"shop-orders", "shop-stock"} <= channels[11]
    assert channels[12] == {"late"}


@pytest.mark.parametrize("made", ["new Map<string, any>(rest)", "new Map<string, any>([['orders', rest]])"])
def test_a_map_of_which_nobody_knows_what_it_is_made_of(find: Find, made: str) -> None:
    assert find(_queues(made)).rows("channels") == {(("late",),)}
