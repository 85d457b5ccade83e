"""A text is read the same whether it was typed into an open file or stood there from the beginning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax import grammars
from eventlens.syntax.kept_parts import KeptParts, Lowered, State, edit_between
from eventlens.syntax.lowering import lower, lower_after

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
_MOST_BYTES = 12_000
_MOST_TEXTS = 40
"""Of each grammar."""


def _texts() -> dict[str, list[tuple[str, bytes]]]:
    found: dict[str, list[tuple[str, bytes]]] = {}
    for folder in ("storefront", "fleet", "libraries"):
        for path in sorted((FIXTURES / folder).rglob("*")):
            known = grammars.language_of(path.name)
            if known is not None and len(found.get(known[1], ())) < _MOST_TEXTS and path.stat().st_size < _MOST_BYTES:
                found.setdefault(known[1], []).append((path.name, path.read_bytes()))
    page = "export const Page = (p: Props) => <p onClick={() => send('é', `n ${p.id}`)}>{p.name}</p>;\n"
    found["tsx"] = [("a.tsx", page.encode())]
    return found


TEXTS = _texts()
TYPED = (
    *(one.encode() for one in "x {}()[];:,.<>='\"`/*#@$\n\té€"),
    b"await ", b"return ", b"//", b"/*", b"*/", b"=>", b"${a}", b'"""', b"f'{x}'", b"if (a) {\n}\n", b"send(a, b);\n", b"class B {}\n",
)  # fmt: skip

edits = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 30), st.sampled_from((b"", *TYPED))),
    min_size=1,
    max_size=6,
)


def _edit(source: bytes, at: float, gone: int, typed: bytes) -> bytes:
    text = source.decode("utf-8")
    start = int(at * (len(text) + 1))
    return (text[:start] + typed.decode("utf-8") + text[start + gone :]).encode("utf-8")


def test_all_languages_are_edited() -> None:
    assert set(TEXTS) == {"typescript", "tsx", "javascript", "python", "java", "kotlin", "go", "csharp"}


@settings(max_examples=250, deadline=None)
@given(grammar=st.sampled_from(sorted(TEXTS)), number=st.integers(0, 1000), typed=edits)
@example(grammar="python", number=0, typed=[(0.5, 0, b"x"), (0.5, 1, b""), (0.0, 0, "é".encode()), (0.999, 0, b"\n")])
@example(grammar="javascript", number=3, typed=[(0.75, 2, b""), (0.75, 8, b""), (0.5, 6, b""), (0.58984375, 0, b"x")])
def test_edits_are_lowered_as_their_whole_text_is(
    grammar: str, number: int, typed: list[tuple[float, int, bytes]]
) -> None:
    path, source = TEXTS[grammar][number % len(TEXTS[grammar])]
    _, before = lower_after(path, source, None)
    for one in typed:
        source = _edit(source, *one)
        module, before = lower_after(path, source, before)
        assert ir.encode(module) == ir.encode(lower(path, source))


@pytest.mark.parametrize("grammar", sorted(set(TEXTS) - {"kotlin"}))
def test_an_edit_that_leaves_a_text_whole_is_not_parsed_from_its_beginning(grammar: str) -> None:
    """Kotlin's texts are bounded in time, which is another way of reading them."""
    path, source = next(one for one in TEXTS[grammar] if not lower(*one).errors)
    _, before = lower_after(path, source, None)
    assert before is not None
    blank = source + b"\n"
    assert grammars.parsed_after(before, blank, edit_between(source, blank)) is not None
    broken = source + b"((("
    assert grammars.parsed_after(before, broken, edit_between(source, broken)) is None


_SHOP = {
    "a.py": """import json


class Orders:
    def placed(self, order):
        self.bus.publish("orders", json.dumps(order))

    def paid(self, order):
        {edited}

    def later(self, orders):
        return [one for one in orders]
""",
    "a.ts": """import { bus } from './bus';

export class Orders {
  placed(order: Order) {
    bus.publish('orders', () => order.id);
  }

  paid(order: Order) {
    {edited};
  }

  /** Told later. */
  later(orders: Order[]) {
    return orders.map((one) => one.id);
  }
}
""",
    "a.go": """package shop

func (o *Orders) Placed(order Order) error {
	return o.bus.Publish("orders", func() string { return order.ID })
}

func (o *Orders) Paid(order Order) {
	{edited}
}

// Later tells of orders.
func (o *Orders) Later(orders []Order) (ids []string) {
	for _, one := range orders {
		ids = append(ids, one.ID)
	}
	return ids
}
""",
    "A.java": """package shop;

class Orders {
  private final Bus bus;

  void placed(Order order) {
    bus.publish("orders", () -> order.id());
  }

  void paid(Order order) {
    {edited};
  }

  /** Told later. */
  List<String> later(List<Order> orders) {
    return orders.stream().map(one -> one.id()).toList();
  }
}
""",
    "A.cs": """namespace Shop;

class Orders {
  private readonly Bus bus;

  void Placed(Order order) {
    bus.Publish("orders", () => order.Id);
  }

  void Paid(Order order) {
    {edited};
  }

  /// <summary>Told later.</summary>
  List<string> Later(List<Order> orders) {
    return orders.Select(one => one.Id).ToList();
  }
}
""",
}


@pytest.mark.parametrize("path", sorted(_SHOP))
def test_what_an_edit_leaves_alone_is_not_lowered_again(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [_SHOP[path].replace("{edited}", text).encode() for text in ("order.a()", "order.ab()")]
    _, before = lower_after(path, texts[0], None)
    anew: list[str] = []
    lowered = KeptParts.lowered

    def noted(
        self: KeptParts, part: Node, state: State, lower: Callable[[], Lowered], begin: int | None = None
    ) -> Lowered:
        def lower_anew() -> Lowered:
            anew.append(texts[1][part.start_byte : part.end_byte].decode())
            return lower()

        return lowered(self, part, state, lower_anew, begin)

    monkeypatch.setattr(KeptParts, "lowered", noted)
    module, _ = lower_after(path, texts[1], before)
    assert ir.encode(module) == ir.encode(lower(path, texts[1]))
    assert anew and all("order.ab()" in text for text in anew)


def test_characters_that_begin_alike_are_not_cut() -> None:
    path, source = "a.py", 'a = "é"\nb = "xé"\n'.encode()
    _, before = lower_after(path, source, None)
    for edited in ('a = "è"\nb = "xé"\n', 'a = "é"\nb = "x©"\n', 'a = "©"\nb = "xé"\n', 'a = ""\nb = "xé"\n'):
        module, _ = lower_after(path, edited.encode(), before)
        assert ir.encode(module) == ir.encode(lower(path, edited.encode()))
