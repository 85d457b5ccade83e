"""Python statements to IR statements: one function a statement type, each adding to the list of its block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kept_parts import KeptParts, Lowered
from eventlens.syntax.python_context import MAX_DEPTH, NOT_SYNTAX, parts_of
from eventlens.syntax.python_functions import FunctionLowering
from eventlens.syntax.python_imports import add_imports, add_imports_from

Statements: TypeAlias = list[ir.Statement]
LowerStatement: TypeAlias = Callable[[Any, Node, Statements], None]
"""A method of a lowering class that adds what one node says to its block's statements."""

_CLAUSES = frozenset(
    {"elif_clause", "else_clause", "except_clause", "except_group_clause", "finally_clause", "case_clause"}
)
LONGEST_CHAIN = 40
"""Clauses nested in one another's ``orelse``; more stand side by side, so that readers may recurse."""

Clause: TypeAlias = tuple[int, ir.Value, tuple[ir.Statement, ...]]
"""Where a conditional clause starts, its condition and its body."""

_HOLDERS = frozenset({"argument_list", "keyword_argument", "decorator", "with_clause", "with_item"})
"""What only holds values: salvaged by itself, its values stand alone."""

_KEEPS_DAMAGE = frozenset({"block", "function_definition", "class_definition"})
_SIMPLE = (ir.Literal, ir.Name, ir.Member, ir.This)
_SHORT = 500
"""Bytes of what is written once and may stand several times."""


class StatementLowering(FunctionLowering):
    """Lowers statements and blocks; ``match`` and definitions come with the classes that extend it."""

    def block(self, node: Node | None) -> tuple[ir.Statement, ...]:
        """The statements of a block or module node, in order."""
        if node is None:
            return ()
        if self.depth >= MAX_DEPTH:
            start, end = node.start_byte, node.end_byte
            return (ir.Evaluate(start, end, ir.Unknown(start, end, "block")),)
        self.depth += 1
        out: Statements = []
        for child in node.named_children:
            if self.kept is None or child.type in NOT_SYNTAX:
                self.statement(child, out)
            else:
                out.extend(self._kept_statement(self.kept, child))
        self.depth -= 1
        return tuple(out)

    def _kept_statement(self, kept: KeptParts, node: Node) -> tuple[ir.Statement, ...]:
        """What one statement is lowered to; one that an edit left alone is not lowered again."""
        names = (self.receiver, self.prefix)
        state = (*names, self.in_class, self.is_protocol, self.type_only, self.is_coroutine, self.depth)
        found = kept.lowered(node, state, lambda: self._apart(node))
        imports, yields, outer_names, metadata = found.beside
        self.imports.extend(imports)
        self.saw_yield = self.saw_yield or yields
        self.outer_names.update(outer_names)
        self.field_metadata.update((node.start_byte + at, said) for at, said in metadata)
        return found.nodes

    def _apart(self, node: Node) -> Lowered:
        """What a statement is lowered to, with what is taken note of meanwhile."""
        before = self.imports, self.saw_yield, self.outer_names, self.field_metadata
        self.imports, self.saw_yield, self.outer_names, self.field_metadata = [], False, set(), {}
        out: Statements = []
        self.statement(node, out)
        metadata = tuple([(at - node.start_byte, said) for at, said in self.field_metadata.items()])
        beside = tuple(self.imports), self.saw_yield, tuple(self.outer_names), metadata
        self.imports, self.saw_yield, self.outer_names, self.field_metadata = before
        return Lowered(tuple(out), beside)

    def statement(self, node: Node, out: Statements) -> None:
        """Add what ``node`` says to ``out``; damage inside the statement follows it as an "error" block."""
        kind = node.type
        lower = self.STATEMENTS.get(kind)
        if lower is not None:
            lower(self, node, out)
            if node.has_error:
                self._salvage_inside(node, out)
        elif kind == "ERROR":
            self._salvage(node, out)
        elif kind not in NOT_SYNTAX:
            value = self.value(node)
            out.append(ir.Evaluate(value.start, value.end, value))

    # ---------------------------------------------------------------------------------------------------------- damage

    def _salvage_inside(self, statement: Node, out: Statements) -> None:
        """The damaged parts of a statement; blocks and definitions keep those inside them themselves."""
        waiting = [statement]
        while waiting:
            node = waiting.pop()
            if node.type not in _KEEPS_DAMAGE:
                for child in node.named_children:
                    if child.type == "ERROR":
                        self._salvage(child, out)
                    elif child.has_error:
                        waiting.append(child)

    def damage_in(self, definition: Node) -> tuple[ir.Statement, ...]:
        """What can be read of the damage between a definition's header and its block."""
        out: Statements = []
        if definition.has_error:
            for child in definition.named_children:
                if child.type == "ERROR":
                    self._salvage(child, out)
        return tuple(out)

    def _salvage(self, node: Node, out: Statements) -> None:
        """What can still be read inside an ERROR node, as one block labelled "error"."""
        if self.depth >= MAX_DEPTH:
            return
        self.depth += 1
        body: Statements = []
        for child in node.named_children:
            self._salvage_part(child, body)
        self.depth -= 1
        if body:
            out.append(ir.Block(node.start_byte, node.end_byte, tuple(body), "error"))

    def _salvage_part(self, node: Node, out: Statements) -> None:
        kind = node.type
        if kind in self.STATEMENTS:
            self.statement(node, out)
        elif kind == "ERROR":
            self._salvage(node, out)
        elif kind == "block" or kind in _CLAUSES:
            out.extend(self.block(node))
        elif kind in _HOLDERS:
            for child in node.named_children:
                self._salvage_part(child, out)
        elif kind in self.VALUES:
            value = self.value(node)
            if not isinstance(value, ir.Literal):
                out.append(ir.Evaluate(value.start, value.end, value))

    # ------------------------------------------------------------------------------------- expressions and assignments

    def _expression(self, node: Node, out: Statements) -> None:
        parts = parts_of(node)
        if len(parts) == 1:
            part = parts[0]
            kind = part.type
            if kind == "assignment":
                self._assignment(part, out)
            elif kind == "augmented_assignment":
                self._augmented(part, out)
            elif kind != "ellipsis":
                out.append(ir.Evaluate(node.start_byte, node.end_byte, self.value(part)))
        elif parts:
            start, end = node.start_byte, node.end_byte
            out.append(ir.Evaluate(start, end, ir.Sequence(start, end, self.values(parts))))

    def _assignment(self, node: Node, out: Statements) -> None:
        start, end = node.start_byte, node.end_byte
        targets: list[Node] = []
        annotation: Node | None = None
        value_node: Node | None = node
        while value_node is not None and value_node.type == "assignment":
            left = value_node.child_by_field_name("left")
            annotation = value_node.child_by_field_name("type") or annotation
            if left is not None:
                targets.append(left)
            value_node = value_node.child_by_field_name("right")
        value = None if value_node is None else self.value(value_node)
        if annotation is not None and len(targets) == 1:
            target = self.value(targets[0])
            is_constant = b"Final" in self.source[annotation.start_byte : annotation.end_byte]
            type_ref = self.type_ref(annotation)
            if self.in_class:
                self.field_metadata[start] = self.metadata(annotation)
            out.append(ir.Assign(start, end, target, value, "", value is None, is_constant, type_ref))
            return
        lowered = [self.value(target) for target in targets]
        if len(lowered) > 1 and value is not None and not _can_stand_again(value):
            # What does something, or is long, stands once: in the first target that can be read again.
            lowered.sort(key=lambda target: not _can_stand_again(target))
            first = lowered.pop(0)
            out.append(ir.Assign(start, end, first, value))
            if _can_stand_again(first):
                value = first
            elif not _is_short(value):
                value = ir.Unknown(value.start, value.end, "assignment")
        for target in lowered:
            out.append(ir.Assign(start, end, target, value))

    def _augmented(self, node: Node, out: Statements) -> None:
        operator = node.child_by_field_name("operator")
        sign = "+" if operator is None else operator.type.rstrip("=")
        target, value = self.field_value(node, "left"), self.field_value(node, "right")
        out.append(ir.Assign(node.start_byte, node.end_byte, target, value, sign))

    def _delete(self, node: Node, out: Statements) -> None:
        parts = parts_of(node)
        if len(parts) == 1 and parts[0].type in ("expression_list", "tuple", "list"):
            parts = parts_of(parts[0])
        for part in parts:
            start, end = node.start_byte, part.end_byte
            out.append(ir.Evaluate(start, end, ir.Operation(start, end, "delete", (self.value(part),))))

    def _print(self, node: Node, out: Statements) -> None:
        """Python 2's ``print x`` and ``exec x``, as calls."""
        start, end = node.start_byte, node.end_byte
        keyword = node.children[0]
        args = [ir.Argument(value.start, value.end, value) for value in self.values(node.named_children)]
        callee = ir.Name(keyword.start_byte, keyword.end_byte, keyword.type)
        out.append(ir.Evaluate(start, end, ir.Call(start, end, callee, tuple(args))))

    # ------------------------------------------------------------------------------------------------------------ jumps

    def _return(self, node: Node, out: Statements) -> None:
        parts = parts_of(node)
        value = self.value(parts[-1]) if parts else None
        out.append(ir.Return(node.start_byte, node.end_byte, value))

    def _raise(self, node: Node, out: Statements) -> None:
        cause = node.child_by_field_name("cause")
        parts = [part for part in parts_of(node) if part != cause]
        out.append(ir.Throw(node.start_byte, node.end_byte, self.value(parts[0]) if parts else None))

    def _break(self, node: Node, out: Statements) -> None:
        out.append(ir.Jump(node.start_byte, node.end_byte, "break"))

    def _continue(self, node: Node, out: Statements) -> None:
        out.append(ir.Jump(node.start_byte, node.end_byte, "continue"))

    def _assert(self, node: Node, out: Statements) -> None:
        start, end = node.start_byte, node.end_byte
        condition, *message = self.values(node.named_children) or (ir.Unknown(end, end, "missing"),)
        args = tuple([ir.Argument(value.start, value.end, value) for value in message])
        error = ir.Call(start, end, ir.Name(start, start + len("assert"), "AssertionError"), args)
        negated = ir.Operation(condition.start, condition.end, "not", (condition,))
        out.append(ir.Branch(start, end, negated, (ir.Throw(start, end, error),)))

    def _nothing(self, node: Node, out: Statements) -> None:
        """``pass``: nothing that later steps read."""

    def _outer_names(self, node: Node, out: Statements) -> None:
        """``global x``, ``nonlocal x``."""
        self.outer_names.update(self.text(child) for child in node.named_children if child.type == "identifier")

    # ------------------------------------------------------------------------------------------------ branches and loops

    def _if(self, node: Node, out: Statements) -> None:
        depth = self.depth
        clauses: list[Clause] = [self._clause(node)]
        for child in node.named_children:
            if child.type == "elif_clause":
                self.depth = depth + min(len(clauses), LONGEST_CHAIN)
                clauses.append(self._clause(child))
        orelse = self._else_body(node)
        self.depth = depth
        out.append(branches(node.end_byte, clauses, orelse))

    def _clause(self, clause: Node) -> Clause:
        condition = self.field_value(clause, "condition")
        outer = self.type_only
        self.type_only = outer or _is_type_checking(condition)
        body = self.block(clause.child_by_field_name("consequence"))
        self.type_only = outer
        return clause.start_byte, condition, body

    def _else_body(self, node: Node) -> tuple[ir.Statement, ...]:
        for child in reversed(node.named_children):
            if child.type == "else_clause":
                return self.block(child.child_by_field_name("body"))
        return ()

    def _for(self, node: Node, out: Statements) -> None:
        target = self.field_value(node, "left")
        source = self.field_value(node, "right")
        is_async = node.children[0].type == "async"
        body = self.block(node.child_by_field_name("body"))
        orelse = self._else_body(node)
        out.append(
            ir.Loop(node.start_byte, node.end_byte, "each", body, target, source, orelse=orelse, is_async=is_async)
        )

    def _while(self, node: Node, out: Statements) -> None:
        condition = self.field_value(node, "condition")
        body = self.block(node.child_by_field_name("body"))
        orelse = self._else_body(node)
        out.append(ir.Loop(node.start_byte, node.end_byte, "while", body, None, condition, orelse=orelse))

    # ---------------------------------------------------------------------------------------------------- try and with

    def _try(self, node: Node, out: Statements) -> None:
        body = self.block(node.child_by_field_name("body"))
        catches: list[ir.Catch] = []
        orelse: tuple[ir.Statement, ...] = ()
        final: tuple[ir.Statement, ...] = ()
        for child in node.named_children:
            kind = child.type
            if kind == "except_clause" or kind == "except_group_clause":
                catches.append(self._catch(child))
            elif kind == "else_clause":
                orelse = self.block(child.child_by_field_name("body"))
            elif kind == "finally_clause":
                final = self.block(_block_of(child))
        out.append(ir.Try(node.start_byte, node.end_byte, body, tuple(catches), orelse, final))

    def _catch(self, node: Node) -> ir.Catch:
        types: list[str] = []
        name = ""
        for part in parts_of(node):
            if part.type == "block":
                break
            if part.type == "as_pattern":
                alias = part.child_by_field_name("alias")
                name = "" if alias is None else self.text(alias)
                part = part.named_children[0]
            types.extend(self._error_types(part))
        return ir.Catch(node.start_byte, node.end_byte, tuple(types), name, self.block(_block_of(node)))

    def _error_types(self, node: Node) -> Iterable[str]:
        waiting = [node]
        while waiting:
            node = waiting.pop()
            if node.type in ("tuple", "parenthesized_expression", "binary_operator", "list_splat"):
                waiting.extend(reversed(parts_of(node)))
            else:
                yield "".join(self.text(node).split())

    def _with(self, node: Node, out: Statements) -> None:
        items: Statements = []
        for child in node.named_children:
            if child.type == "with_clause":
                for item in child.named_children:
                    if item.type == "with_item":
                        self._with_item(item, items)
        body = self.block(node.child_by_field_name("body"))
        is_async = node.children[0].type == "async"
        out.append(ir.With(node.start_byte, node.end_byte, tuple(items), body, is_async))

    def _with_item(self, node: Node, items: Statements) -> None:
        """One item; ``with (a as b, c):`` may also come as one parenthesised item of several."""
        parts = parts_of(node)
        while len(parts) == 1 and parts[0].type == "parenthesized_expression":
            parts = parts_of(parts[0])
        if len(parts) == 1 and parts[0].type == "tuple":
            parts = parts_of(parts[0])
        for part in parts:
            start, end = part.start_byte, part.end_byte
            alias = part.child_by_field_name("alias") if part.type == "as_pattern" else None
            if alias is None:
                items.append(ir.Evaluate(start, end, self.value(part)))
                continue
            value = self.value(part.named_children[0])
            target_parts = parts_of(alias)
            target = self.value(target_parts[0] if target_parts else alias)
            items.append(ir.Assign(start, end, target, value))

    def _import(self, node: Node, out: Statements) -> None:
        add_imports(self, node)

    def _import_from(self, node: Node, out: Statements) -> None:
        add_imports_from(self, node)

    STATEMENTS: ClassVar[dict[str, LowerStatement]] = {
        "assert_statement": _assert,
        "break_statement": _break,
        "continue_statement": _continue,
        "delete_statement": _delete,
        "exec_statement": _print,
        "expression_statement": _expression,
        "for_statement": _for,
        "future_import_statement": _import_from,
        "global_statement": _outer_names,
        "if_statement": _if,
        "import_from_statement": _import_from,
        "import_statement": _import,
        "nonlocal_statement": _outer_names,
        "pass_statement": _nothing,
        "print_statement": _print,
        "raise_statement": _raise,
        "return_statement": _return,
        "try_statement": _try,
        "while_statement": _while,
        "with_statement": _with,
    }


def branches(end: int, clauses: list[Clause], orelse: tuple[ir.Statement, ...]) -> ir.Branch:
    """Nest ``if … elif … else`` clauses (at least one) into branches that all end at ``end``."""
    made = [ir.Branch(start, end, condition, body) for start, condition, body in clauses[LONGEST_CHAIN:]]
    if made:
        orelse = (*made[:-1], msgspec.structs.replace(made[-1], orelse=orelse))
    for start, condition, body in reversed(clauses[:LONGEST_CHAIN]):
        orelse = (ir.Branch(start, end, condition, body, orelse),)
    branch = orelse[0]
    assert isinstance(branch, ir.Branch)
    return branch


def _is_short(value: ir.Value) -> bool:
    return value.end - value.start <= _SHORT


def _can_stand_again(value: ir.Value) -> bool:
    """Whether a value may be written down several times: it does nothing, and takes little."""
    return isinstance(value, _SIMPLE) and _is_short(value)


def _block_of(clause: Node) -> Node | None:
    return next((child for child in clause.named_children if child.type == "block"), None)


def _is_type_checking(condition: ir.Value) -> bool:
    return isinstance(condition, (ir.Name, ir.Member)) and condition.name == "TYPE_CHECKING"
