"""Imports of an ECMAScript file: added to the block that is there."""

from __future__ import annotations

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.source import SourceFile


def import_edits(file: SourceFile, module: str, name: str) -> list[Edit]:
    """What makes ``name`` of ``module`` known in a file under that name; nothing where it is already."""
    statements = [node for node in file.tree.root_node.named_children if node.type == "import_statement"]
    for statement in statements:
        named = next(iter(_inside(statement, "named_imports")), None)
        if _module_of(file, statement) != module or named is None or _is_type_only(file, statement):
            continue
        known = [file.text(one) for one in named.named_children]
        if name in known:
            return []
        if known:
            at = named.named_children[-1].end_byte
            return [Edit(at, at, f", {name}")]
    end = ";" if file.style.semicolons else ""
    quote, newline = file.style.quote, file.style.newline
    if not statements and "require(" in file.source.decode("utf-8", "replace"):
        line = f"const {{ {name} }} = require({quote}{module}{quote}){end}{newline}"
        requires = [node for node in file.tree.root_node.named_children if "require(" in file.text(node)]
        at = file.line_after(requires[-1].end_byte) if requires else file.line(1)
    else:
        line = f"import {{ {name} }} from {quote}{module}{quote}{end}{newline}"
        at = file.line_after(statements[-1].end_byte) if statements else file.line(1)
    return [Edit(at, at, line)]


def _module_of(file: SourceFile, statement: Node) -> str:
    source = statement.child_by_field_name("source")
    return file.text(source)[1:-1] if source is not None else ""


def _is_type_only(file: SourceFile, statement: Node) -> bool:
    return any(child.type == "type" for child in statement.children)


def _inside(node: Node, wanted: str) -> list[Node]:
    found = [child for child in node.children if child.type == wanted]
    return found or [inner for child in node.named_children for inner in _inside(child, wanted)]
