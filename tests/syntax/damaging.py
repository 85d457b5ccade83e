"""What each front end that is one package has to stand: any damage to a file, and node types that it knows nothing of."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from eventlens import ir
from eventlens.syntax.grammars import Grammar, grammar

from .walking import nodes


def damaged(source: bytes, chance: random.Random, fragments: Sequence[str]) -> bytes:
    """The source with something deleted from it, or put into it."""
    place = chance.randrange(len(source))
    if chance.random() < 0.5:
        return source[:place] + source[place + chance.choice((1, 1, 2, 10, 100)) :]
    return source[:place] + chance.choice(fragments).encode() + source[place:]


def lower_damaged(
    lowered: Callable[[bytes], ir.Module], service: str, fragments: Sequence[str], texts: int = 400
) -> None:
    """Lower as many damaged texts; fails where one raises, is not stored as it is, or has a node beyond its text."""
    chance = random.Random(1)
    for _ in range(texts):
        text = service.encode()
        for _ in range(chance.choice((1, 1, 3))):
            text = damaged(text, chance, fragments)
        assert_whole(lowered(text), text)


def assert_whole(module: ir.Module, text: bytes) -> None:
    """A module can be stored, and its nodes lie in its text."""
    stored = ir.encode(module)
    assert ir.encode(ir.decode(stored)) == stored
    assert all(0 <= each.start <= each.end <= len(text) for each, _ in nodes(module) if isinstance(each, ir.Node))


def unnamed_kinds(name: Grammar, package: ModuleType) -> set[str]:
    """The node types of a grammar that a front end's sources do not name."""
    language = grammar(name)
    assert package.__file__ is not None
    source = "".join(file.read_text(encoding="utf-8") for file in Path(package.__file__).parent.glob("*.py"))
    kinds = {
        language.node_kind_for_id(each)
        for each in range(language.node_kind_count)
        if language.node_kind_is_named(each) and language.node_kind_is_visible(each)
    }
    return {kind for kind in kinds if kind is not None and f'"{kind}"' not in source}
