"""What is fuzzed: each target is a way of reading files, with the texts that mutations begin with."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from eventlens.syntax.grammars import SUFFIXES

from . import packaged_seeds, seeds
from .formats import FORMATS
from .sources import check_source
from .workspaces import check_workspace, paths_of, text_of

_OWN = {
    ".ts": seeds.TYPESCRIPT,
    ".tsx": seeds.TSX,
    ".jsx": seeds.JSX,
    ".js": seeds.JSX,
    ".py": seeds.PYTHON,
    ".java": packaged_seeds.JAVA,
    ".kt": packaged_seeds.KOTLIN,
    ".go": packaged_seeds.GO,
    ".cs": packaged_seeds.CSHARP,
}
_WORKSPACES = (
    "storefront",
    "fixes/dead-letter/sqs-terraform/before",
    "schemas/schema-files",
    "infrastructure/terraform",
)
_MAIN_SUFFIXES = frozenset(_OWN)
"""Suffixes that are fuzzed more often than the other names of the same languages."""


class Input(NamedTuple):
    """A file before it is damaged, and texts that parts may be taken from."""

    path: str
    text: bytes
    others: tuple[bytes, ...]


class Target(NamedTuple):
    """``draw`` chooses what to damage, ``run`` raises where the file of that path and text is not read as it should be."""

    name: str
    weight: float
    draw: Callable[[random.Random], Input]
    run: Callable[[str, bytes], object]


def _language(suffix: str) -> Target:
    kind = SUFFIXES[suffix][1]
    alike = tuple(one for one, (_, grammar) in SUFFIXES.items() if grammar == kind)

    @cache
    def texts() -> tuple[bytes, ...]:
        own = [text for one, text in _OWN.items() if one == suffix or one in alike]
        return seeds.seeds(lambda path: path.endswith(alike), *own)

    def draw(chance: random.Random) -> Input:
        return Input(f"src/a{suffix}", chance.choice(texts()), texts())

    return Target(suffix, 6 if suffix in _MAIN_SUFFIXES else 1, draw, check_source)


def _format(name: str) -> Target:
    kind = FORMATS[name]

    @cache
    def texts() -> tuple[bytes, ...]:
        return seeds.seeds(kind.is_like, kind.own)

    def draw(chance: random.Random) -> Input:
        # The text that shows all of a format is damaged as often as everything else together.
        return Input(kind.file, texts()[0] if chance.random() < 0.5 else chance.choice(texts()), texts())

    return Target(name, 1.5, draw, kind.read)


def _workspace(root: str) -> Target:
    def draw(chance: random.Random) -> Input:
        paths = paths_of(root)
        path = chance.choice(paths)
        return Input(path, text_of(root, path), (text_of(root, chance.choice(paths)),))

    return Target(f"workspace {root}", 1.2 if root == "storefront" else 0.3, draw, partial(check_workspace, root))


@cache
def targets() -> tuple[Target, ...]:
    """Every front end by the suffixes that it reads, every format, and whole workspaces."""
    languages = (_language(suffix) for suffix in SUFFIXES)
    return (*languages, *(_format(name) for name in FORMATS), *(_workspace(root) for root in _WORKSPACES))
