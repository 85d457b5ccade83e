"""What an SQL text does: its kind, its table, and whether doing it twice is harmless.

The first keyword decides most of it, so that the parser is only imported for statements that read or write a table.
Texts that the parser cannot read are judged by their keywords alone. Nothing here raises.
"""

from __future__ import annotations

from functools import lru_cache

from eventlens.knowledge.sql_keywords import HOLE, WORDS, SqlEffect, SqlKind, by_keywords, first_word

__all__ = ["HOLE", "SqlEffect", "SqlKind", "effect_of_sql", "effects_of_sql"]

_PARSED = frozenset({"INSERT", "REPLACE", "MERGE", "UPSERT", "UPDATE", "DELETE", "SELECT", "WITH"})


def effect_of_sql(text: str) -> SqlEffect | None:
    """The effect of ``text``: of several statements (and of those inside a ``WITH``) the first that is no read; None when unknown."""
    effects = effects_of_sql(text)
    return next((effect for effect in effects if effect.kind != "read"), effects[0] if effects else None)


@lru_cache(maxsize=2048)
def effects_of_sql(text: str) -> tuple[SqlEffect, ...]:
    """The effects of every statement in ``text``, those in a ``WITH`` before their query; what is unknown is left out."""
    word = first_word(text)
    if word not in WORDS:
        return ()
    if word not in _PARSED and ";" not in text.rstrip("; \t\r\n"):
        return tuple(by_keywords(text))
    from eventlens.knowledge.sql_trees import effects_of_tree, parsed  # noqa: PLC0415 - loads the parser

    trees = parsed(text)
    if trees is None:
        return tuple(effect for statement in text.split(";") for effect in by_keywords(statement))
    return tuple(effect for tree in trees for effect in effects_of_tree(tree))
