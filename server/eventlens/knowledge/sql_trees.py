"""What parsed SQL statements do. Importing this module loads the parser, so only `sql` does it, and only when a text needs it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from eventlens.knowledge.sql_keywords import HOLE, SqlEffect, SqlKind, by_keywords, known

logging.getLogger("sqlglot").setLevel(logging.ERROR)
_PARAMETER = re.compile(r"%\(\w+\)s|%s")


def parsed(text: str) -> list[exp.Expr] | None:
    """The statements' trees, or None when the parser cannot read one of them."""
    try:
        found = sqlglot.parse(_PARAMETER.sub("?", text).replace("%%", "%"), read=_dialect(text))
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError, AttributeError, TypeError, IndexError, KeyError):
        return None
    trees = [tree for tree in found if tree is not None]
    return None if any(isinstance(tree, exp.Command) for tree in trees) else trees


def _dialect(text: str) -> str:
    upper = text.upper()
    if "`" in text or "ON DUPLICATE KEY" in upper or "INSERT IGNORE" in upper or upper.lstrip().startswith("REPLACE"):
        return "mysql"
    if "INSERT OR " in upper:
        return "sqlite"
    return "tsql" if re.search(r"\[\w+\]\.|@\w+", text) else "postgres"


def effects_of_tree(tree: exp.Expr) -> Iterator[SqlEffect]:
    """The effects of one statement, those in its ``WITH`` first."""
    with_ = tree.args.get("with_") or tree.args.get("with")
    for table_expression in with_.expressions if with_ is not None else ():
        if isinstance(table_expression.this, exp.Insert | exp.Update | exp.Delete | exp.Merge):
            yield from effects_of_tree(table_expression.this)
    if isinstance(tree, exp.Insert):
        yield _insert(tree)
    elif isinstance(tree, exp.Merge):
        yield SqlEffect("upsert", _table(tree), keyed=tree.args.get("on") is not None)
    elif isinstance(tree, exp.Update):
        yield _update(tree)
    elif isinstance(tree, exp.Delete):
        yield SqlEffect("delete", _table(tree), _is_keyed(tree))
    elif isinstance(tree, exp.Query):
        yield _query(tree)
    else:
        yield from by_keywords(tree.sql())


def _insert(tree: exp.Expr) -> SqlEffect:
    table, conflict = _table(tree), tree.args.get("conflict")
    alternative = str(tree.args.get("alternative") or "").upper()
    if isinstance(conflict, exp.OnConflict):
        if _adds_up(conflict.expressions):
            return SqlEffect("increment", table, keyed=True)
        keyed = bool(
            conflict.args.get("conflict_keys") or conflict.args.get("constraint") or conflict.args.get("duplicate")
        )
        return SqlEffect(
            "upsert", table, keyed, conditional="NOTHING" in str(conflict.args.get("action") or "").upper()
        )
    if tree.args.get("ignore") or alternative in ("IGNORE", "REPLACE") or tree.args.get("overwrite"):
        return SqlEffect("upsert", table, keyed=True, conditional=alternative != "REPLACE")
    source = tree.args.get("expression")
    asks = isinstance(source, exp.Select) and any(
        isinstance(found.parent, exp.Not) for found in source.find_all(exp.Exists)
    )
    return SqlEffect("insert", table, conditional=asks)


def _update(tree: exp.Expr) -> SqlEffect:
    where = tree.args.get("where")
    compared = {column.name.lower() for column in where.find_all(exp.Column)} if where is not None else set()
    changed = {assignment.this.name.lower() for assignment in tree.expressions if isinstance(assignment, exp.EQ)}
    kind: SqlKind = "increment" if _adds_up(tree.expressions) else "update"
    return SqlEffect(kind, _table(tree), _is_keyed(tree), conditional=bool(compared & changed))


def _query(tree: exp.Expr) -> SqlEffect:
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() == "pg_notify":
            channel = call.expressions[0] if call.expressions else None
            return SqlEffect("notify", known(channel.name) if isinstance(channel, exp.Literal) else "")
    return SqlEffect("read", _table(tree), _is_keyed(tree))


def _table(tree: exp.Expr) -> str:
    found = (
        tree.this.find(exp.Table)
        if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge) and isinstance(tree.this, exp.Expr)
        else tree.find(exp.Table)
    )
    return known(found.name) if found is not None else ""


def _is_keyed(tree: exp.Expr) -> bool:
    """Whether the condition demands that a column equals (or is one of) something that is no column."""
    where = tree.args.get("where")
    if where is None:
        return False
    condition = where.this.unnest()
    parts = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
    return any(_is_equality(part.unnest()) for part in parts)


def _is_equality(part: exp.Expr) -> bool:
    if isinstance(part, exp.In):
        return isinstance(part.this, exp.Column)
    if not isinstance(part, exp.EQ):
        return False
    sides = [isinstance(side, exp.Column) and HOLE not in side.name for side in (part.this, part.expression)]
    return sides.count(True) == 1


def _adds_up(assignments: list[exp.Expr]) -> bool:
    """Whether an assignment computes a column from itself (``stock = stock - 1``)."""
    for assignment in assignments:
        if not isinstance(assignment, exp.EQ) or not isinstance(assignment.this, exp.Column):
            continue
        name = assignment.this.name.lower()
        own = (column for column in assignment.expression.find_all(exp.Column) if column.name.lower() == name)
        if any(
            column.find_ancestor(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.DPipe, exp.Concat, exp.Anonymous)
            for column in own
        ):
            return True
    return False
