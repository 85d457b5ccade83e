"""Python's import statements, each imported name one `ir.Import`."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.python_context import Context, parts_of


def add_imports(context: Context, node: Node) -> None:
    """``import a, b.c, d as e``."""
    for part in parts_of(node):
        if part.type == "aliased_import":
            module, local = _aliased(context, part)
            _add(context, part, local, module, "*")
            continue
        module = _dotted(context, part)
        first = module.partition(".")[0]
        _add(context, part, first, first, "*")
        if first != module:
            _add(context, part, "", module, "*")


def add_imports_from(context: Context, node: Node) -> None:
    """``from a import b, c as d``, relative and star imports, ``from __future__``."""
    module_node = node.child_by_field_name("module_name")
    module = "__future__" if module_node is None else _dotted(context, module_node)
    for part in parts_of(node):
        if part == module_node:
            continue
        if part.type == "wildcard_import":
            _add(context, part, "*", module, "*")
        elif part.type == "aliased_import":
            name, local = _aliased(context, part)
            _add(context, part, local, module, name)
        else:
            name = _dotted(context, part)
            _add(context, part, name, module, name)


def _add(context: Context, node: Node, local: str, module: str, name: str) -> None:
    context.imports.append(ir.Import(node.start_byte, node.end_byte, local, module, name, context.type_only))


def _aliased(context: Context, node: Node) -> tuple[str, str]:
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    return "" if name is None else _dotted(context, name), "" if alias is None else context.text(alias)


def _dotted(context: Context, node: Node) -> str:
    return "".join(context.text(node).split())
