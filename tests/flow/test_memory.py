"""How much memory read code takes: what repeats is there once, and what most scopes lack takes nothing."""

import tracemalloc
from collections.abc import Callable, Sequence
from typing import TypeVar

from eventlens import ir
from eventlens.flow.module_index import ModuleIndex
from eventlens.syntax.lowering import lower

_Made = TypeVar("_Made")

_SOURCE = (
    "".join(
        f"""
import {{ repository{n} }} from './repository-{n}';

export class OrderService{n} {{
  constructor(private readonly repository: Repository, private readonly bus: Bus) {{}}

  async place(order: Order, attempts = {n}): Promise<Receipt> {{
    const found = await this.repository.find(order.id);
    if (found) return {{ id: found.id, total: found.total * attempts }};
    return this.bus.publish('orders.placed', {{ id: order.id, lines: order.lines.map((line) => line.sku) }});
  }}
}}
"""
        for n in range(60)
    )
).encode()


def _bytes_of(make: Callable[[int], _Made], count: int) -> tuple[float, Sequence[_Made]]:
    """The memory that each of ``count`` things takes, and the things, so that they live while they are measured."""
    make(0)
    tracemalloc.start()
    try:
        made = [make(number) for number in range(count)]
        return tracemalloc.get_traced_memory()[0] / count, made
    finally:
        tracemalloc.stop()


def test_a_decoded_module_takes_a_few_bytes_for_each_byte_of_source() -> None:
    encoded = ir.encode(lower("orders.ts", _SOURCE))
    size, _ = _bytes_of(lambda _: ir.decode(encoded), 5)
    assert size / len(_SOURCE) < 13, "26 with a new object for every offset and every name"


def test_an_index_takes_less_than_the_module() -> None:
    modules = [lower("orders.ts", _SOURCE) for _ in range(5)]
    size, _ = _bytes_of(lambda number: ModuleIndex(modules[number]), 5)
    assert size / len(_SOURCE) < 11, "13 with a list of its own for all that a scope may hold"


def test_offsets_and_names_are_the_same_objects_in_every_module() -> None:
    encoded = ir.encode(lower("orders.ts", _SOURCE))
    first, second = ir.decode(encoded), ir.decode(encoded)
    assert first.imports[40].start > 256
    assert first.imports[40].start is second.imports[40].start
    assert first.imports[40].local is second.imports[40].local
    assert first.line_starts[50] is second.line_starts[50]


def test_what_no_module_shares_is_decoded_as_it_was() -> None:
    for key in ("\0", "", "Ä", "normal", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")):
        for offset in (0, 1, 32_767, 32_768, 10_000_000):
            field = ir.Field(offset, offset, key, ir.Name(offset, offset, key))
            value = ir.Operation(offset, offset, key, (ir.Object(offset, offset, (field,)),))
            module = ir.Module("a.ts", "typescript", 9, (0, offset), (), (), (ir.Evaluate(offset, offset, value),))
            read = ir.decode(ir.encode(module))
            assert ir.encode(read) == ir.encode(module)
            assert isinstance(read.body[0], ir.Evaluate) and isinstance(read.body[0].value, ir.Operation)
            assert type(read.body[0].start) is int and type(read.body[0].value.operator) is str
            (inner,) = read.body[0].value.operands
            assert isinstance(inner, ir.Object) and type(inner.fields[0].key) is str
