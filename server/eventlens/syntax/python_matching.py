"""``match`` statements: each case becomes a condition on the subject and assignments of what it captures."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.python_context import MAX_DEPTH, parts_of
from eventlens.syntax.python_statements import (
    LONGEST_CHAIN,
    Clause,
    LowerStatement,
    StatementLowering,
    Statements,
    branches,
)
from eventlens.syntax.python_templates import negated_literal

_SELF_MATCHING = frozenset(
    {"bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"}
)
_SPLATS = frozenset({"splat_pattern", "list_splat_pattern", "dictionary_splat_pattern"})


class Test(NamedTuple):
    """What a pattern asks of the subject (nothing: it always matches) and what it binds."""

    conditions: tuple[ir.Value, ...] = ()
    captures: tuple[ir.Statement, ...] = ()


class MatchLowering(StatementLowering):
    """Lowers ``match``."""

    def _match(self, node: Node, out: Statements) -> None:
        subjects = [self.value(child) for child in node.children_by_field_name("subject") if child.is_named]
        start, end = node.start_byte, node.end_byte
        subject: ir.Value = ir.Unknown(start, start, "missing")
        if subjects:
            subject = subjects[0]
            if len(subjects) > 1:
                subject = ir.Sequence(subject.start, subjects[-1].end, tuple(subjects))
        if not _is_repeatable(subject):
            stored = ir.Name(subject.start, subject.end, f"<switch@{start}>")
            out.append(ir.Assign(subject.start, subject.end, stored, subject, "", True, True))
            subject = stored
        body = node.child_by_field_name("body")
        cases = [] if body is None else [child for child in body.named_children if child.type == "case_clause"]
        depth = self.depth
        clauses: list[Clause] = []
        orelse: tuple[ir.Statement, ...] = ()
        for case in cases:
            self.depth = depth + min(len(clauses), LONGEST_CHAIN)
            condition, statements = self._case(case, subject)
            if condition is None and case is cases[-1]:
                orelse = statements
            else:
                always = ir.Literal(case.start_byte, case.start_byte, True)
                clauses.append((case.start_byte, condition or always, statements))
        self.depth = depth
        if clauses:
            out.append(branches(end, clauses, orelse))
        else:
            out.append(ir.Evaluate(subject.start, subject.end, subject))
            out.extend(orelse)

    def _case(self, case: Node, subject: ir.Value) -> tuple[ir.Value | None, tuple[ir.Statement, ...]]:
        patterns = [child for child in parts_of(case) if child.type == "case_pattern"]
        if len(patterns) == 1 and self.source[patterns[0].end_byte : patterns[0].end_byte + 1] != b",":
            test = self._pattern(patterns[0], subject)
        else:
            test = self._sequence_pattern(case, patterns, subject)
        guard = case.child_by_field_name("guard")
        conditions = list(test.conditions)
        if guard is not None:
            conditions.append(self._last(guard))
        body = self.block(case.child_by_field_name("consequence"))
        return _joined_by("and", conditions), (*test.captures, *body)

    def _pattern(self, node: Node, subject: ir.Value) -> Test:
        while node.type == "case_pattern":
            parts = parts_of(node)
            if len(parts) != 1 or node.child_count > 1:
                break
            node = parts[0]
        if self.depth >= MAX_DEPTH:
            return Test((ir.Unknown(node.start_byte, node.end_byte, node.type),))
        self.depth += 1
        test = self._one_pattern(node, subject)
        self.depth -= 1
        return test

    def _one_pattern(self, node: Node, subject: ir.Value) -> Test:
        kind = node.type
        if kind == "_" or (kind == "case_pattern" and self.text(node) == "_"):
            return Test()
        if kind == "dotted_name" and node.child_count == 1:
            return self._capture(node, subject)
        if kind == "identifier":
            return self._capture(node, subject)
        if kind == "union_pattern":
            return self._union_pattern(node, subject)
        if kind == "as_pattern":
            return self._as_pattern(node, subject)
        if kind == "dict_pattern":
            return self._dict_pattern(node, subject)
        if kind == "list_pattern" or kind == "tuple_pattern":
            parts = parts_of(node)
            is_group = (
                kind == "tuple_pattern"
                and len(parts) == 1
                and b"," not in self.source[parts[0].end_byte : node.end_byte]
            )
            return self._pattern(parts[0], subject) if is_group else self._sequence_pattern(node, parts, subject)
        if kind == "class_pattern":
            return self._class_pattern(node, subject)
        return Test((_compared(node, "==", subject, self._case_value(node)),))

    def _case_value(self, node: Node) -> ir.Value:
        """A literal case; ``-1`` comes as a sign beside its number."""
        parts = parts_of(node)
        if node.type != "case_pattern":
            return self.value(node)
        if len(parts) == 1 and node.children[0].type == "-":
            return negated_literal(node.start_byte, self.value(parts[0])) or self._unknown(node)
        return self._unknown(node)

    def _capture(self, node: Node, value: ir.Value) -> Test:
        start, end = node.start_byte, node.end_byte
        name = self.text(node)
        if name == "_":
            return Test()
        return Test((), (ir.Assign(start, end, ir.Name(start, end, name), value),))

    def _union_pattern(self, node: Node, subject: ir.Value) -> Test:
        tests = [self._pattern(part, subject) for part in parts_of(node)]
        options = [_joined_by("and", list(test.conditions)) for test in tests]
        captures = tests[0].captures if tests else ()
        asked = [option for option in options if option is not None]
        if len(asked) < len(options):
            return Test((), captures)
        condition = _joined_by("or", asked)
        return Test(() if condition is None else (condition,), captures)

    def _as_pattern(self, node: Node, subject: ir.Value) -> Test:
        first, *alias = parts_of(node)
        test = self._pattern(first, subject)
        captures = self._capture(alias[-1], subject).captures if alias else ()
        return Test(test.conditions, test.captures + captures)

    def _dict_pattern(self, node: Node, subject: ir.Value) -> Test:
        conditions: list[ir.Value] = []
        captures: list[ir.Statement] = []
        key: ir.Value | None = None
        for part in parts_of(node):
            if part.type in _SPLATS:
                captures.extend(self._capture(parts_of(part)[-1], subject).captures)
            elif key is None:
                key = self._case_value(part) if part.type != "case_pattern" else self.value(parts_of(part)[0])
            else:
                start, end = key.start, part.end_byte
                test = self._pattern(part, _entry(subject, key))
                captures.extend(test.captures)
                conditions.extend(test.conditions or (ir.Operation(start, end, "in", (key, subject)),))
                key = None
        if not conditions:
            conditions.append(
                _compared(node, "instanceof", subject, ir.Name(node.start_byte, node.start_byte, "Mapping"))
            )
        return Test(tuple(conditions), tuple(captures))

    def _sequence_pattern(self, node: Node, parts: list[Node], subject: ir.Value) -> Test:
        conditions: list[ir.Value] = []
        captures: list[ir.Statement] = []
        has_splat = False
        items = subject.items if isinstance(subject, ir.Sequence) and len(subject.items) == len(parts) else None
        for index, part in enumerate(parts):
            start, end = part.start_byte, part.end_byte
            splat = part.named_children[0] if part.type == "case_pattern" and part.named_children else part
            if splat.type in _SPLATS:
                names = parts_of(splat)
                rest = ir.Index(start, end, subject, ir.Unknown(start, end, "slice"))
                captures.extend(self._capture(names[-1], rest).captures if names else ())
                has_splat = True
                continue
            position = ir.Literal(start, start, index - len(parts) if has_splat else index)
            test = self._pattern(part, items[index] if items else ir.Index(start, end, subject, position))
            conditions.extend(test.conditions)
            captures.extend(test.captures)
        if not conditions and items is None:
            conditions.append(
                _compared(node, "instanceof", subject, ir.Name(node.start_byte, node.start_byte, "Sequence"))
            )
        return Test(tuple(conditions), tuple(captures))

    def _class_pattern(self, node: Node, subject: ir.Value) -> Test:
        head, *parts = parts_of(node)
        matched = self._dotted_name(head) if head.type == "dotted_name" else self.value(head)
        conditions: list[ir.Value] = [_compared(node, "instanceof", subject, matched)]
        captures: list[ir.Statement] = []
        for index, part in enumerate(parts):
            keyword = _keyword_pattern(part)
            if keyword is not None:
                test = self._keyword_pattern(part, keyword, subject)
            elif isinstance(matched, ir.Name) and matched.name in _SELF_MATCHING:
                test = self._pattern(part, subject)
            else:
                position = ir.Literal(part.start_byte, part.start_byte, index)
                # Which attribute stands at a position is the class's own business (``__match_args__``).
                positional = ir.Unknown(part.start_byte, part.end_byte, "positional_pattern", (subject, position))
                test = self._pattern(part, positional)
            conditions.extend(test.conditions)
            captures.extend(test.captures)
        return Test(tuple(conditions), tuple(captures))

    def _keyword_pattern(self, part: Node, keyword: Node, subject: ir.Value) -> Test:
        """``name=pattern``; in ``name=pattern as alias`` the grammar puts the alias around both."""
        name, *patterns = parts_of(keyword)
        attribute = ir.Member(keyword.start_byte, keyword.end_byte, subject, self.text(name), name.start_byte)
        test = self._pattern(patterns[-1], attribute) if patterns else Test()
        last = _innermost(part)
        if last.type != "as_pattern":
            return test
        return Test(test.conditions, test.captures + self._capture(parts_of(last)[-1], attribute).captures)

    STATEMENTS: ClassVar[dict[str, LowerStatement]] = {**StatementLowering.STATEMENTS, "match_statement": _match}


def _is_repeatable(subject: ir.Value) -> bool:
    """Whether a subject can stand in every condition; anything that does something is stored first."""
    if isinstance(subject, ir.Sequence):
        return all(_is_repeatable(item) for item in subject.items)
    while isinstance(subject, ir.Member):
        subject = subject.object
    return isinstance(subject, (ir.Name, ir.This, ir.Literal))


def _innermost(pattern: Node) -> Node:
    while pattern.type == "case_pattern" and pattern.named_child_count == 1:
        pattern = pattern.named_children[0]
    return pattern


def _keyword_pattern(pattern: Node) -> Node | None:
    inner = _innermost(pattern)
    if inner.type == "as_pattern":
        inner = _innermost(inner.named_children[0])
    return inner if inner.type == "keyword_pattern" else None


def _compared(node: Node, operator: str, left: ir.Value, right: ir.Value) -> ir.Operation:
    return ir.Operation(node.start_byte, node.end_byte, operator, (left, right))


def _joined_by(operator: str, conditions: list[ir.Value]) -> ir.Value | None:
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return ir.Operation(conditions[0].start, conditions[-1].end, operator, tuple(conditions))


def _entry(subject: ir.Value, key: ir.Value) -> ir.Value:
    if isinstance(key, ir.Literal) and isinstance(key.value, str):
        return ir.Member(key.start, key.end, subject, key.value, key.start + 1)
    return ir.Index(key.start, key.end, subject, key)
