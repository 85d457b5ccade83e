"""Imports and exports: ES modules, TypeScript's own forms, and CommonJS at the top of a file."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.classes import declared_class
from eventlens.syntax.ecmascript.literals import string_text
from eventlens.syntax.ecmascript.reader import Reader, lowers_statement, value
from eventlens.syntax.ecmascript.salvage import statement
from eventlens.syntax.ecmascript.statements import declarator
from eventlens.syntax.ecmascript.values import bare
from eventlens.syntax.reader import part

_SKIPPED = frozenset({"comment", "ERROR", "decorator"})
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})


def text_of(reader: Reader, node: Node) -> str:
    """A name in an import or export list, which may be written as a string."""
    return string_text(reader, node) if node.type == "string" else reader.of(node)


# -------------------------------------------------------------------------------------------------------- imports


@lowers_statement("import_statement")
def import_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    type_only = any(child.type in ("type", "typeof") for child in node.children)
    source = node.child_by_field_name("source")
    module = string_text(reader, source) if source is not None else ""
    clauses = [child for child in node.named_children if child.type in ("import_clause", "import_require_clause")]
    if not clauses:
        reader.imports.append(ir.Import(start, end, "", module, "*", type_only))
    for clause in clauses:
        if clause.type == "import_require_clause":
            required = clause.child_by_field_name("source")
            local = reader.of(clause.named_children[0])
            name = string_text(reader, required) if required is not None else ""
            reader.imports.append(ir.Import(clause.start_byte, clause.end_byte, local, name, "*", type_only))
        else:
            _clause(reader, clause, module, type_only)


def _clause(reader: Reader, node: Node, module: str, type_only: bool) -> None:
    for child in node.named_children:
        kind = child.type
        start, end = child.start_byte, child.end_byte
        if kind == "identifier":
            reader.imports.append(ir.Import(start, end, reader.of(child), module, "default", type_only))
        elif kind == "namespace_import":
            for each in child.named_children:
                reader.imports.append(ir.Import(start, end, reader.of(each), module, "*", type_only))
        elif kind == "named_imports":
            for each in child.named_children:
                if each.type == "import_specifier":
                    _specifier(reader, each, module, type_only)


def _specifier(reader: Reader, node: Node, module: str, type_only: bool) -> None:
    name = text_of(reader, part(node, "name"))
    alias = node.child_by_field_name("alias")
    local = reader.of(alias) if alias is not None else name
    only = type_only or node.children[0].type in ("type", "typeof")
    reader.imports.append(ir.Import(node.start_byte, node.end_byte, local, module, name, only))


@lowers_statement("import_alias")
def import_alias(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """``import A = B.C``: a constant."""
    names = [child for child in node.named_children if child.type not in _SKIPPED]
    target, content = value(reader, names[0]), value(reader, names[-1])
    lowered.append(ir.Assign(node.start_byte, node.end_byte, target, content, "", True, True))


# -------------------------------------------------------------------------------------------------------- exports


@lowers_statement("export_statement")
def export_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    children = node.children
    words = {child.type for child in children}
    declared = node.child_by_field_name("declaration")
    if declared is not None:
        _exported_declaration(reader, node, declared, "default" in words, lowered)
    elif "default" in words and (written := node.child_by_field_name("value")) is not None:
        _exported_value(reader, node, written, lowered)
    elif "=" in words:
        _exported_value(reader, node, children[-1] if children[-1].is_named else children[-2], lowered)
        whole = reader.exports[-1] if reader.exports else None
        if whole is not None and isinstance(whole.value, ir.Object):
            _export_fields(reader, whole.value)
    elif not reader.scope:
        _export_lists(reader, node)


def _export_lists(reader: Reader, node: Node) -> None:
    source = node.child_by_field_name("source")
    module = string_text(reader, source) if source is not None else None
    start, end = node.start_byte, node.end_byte
    for child in node.children:
        kind = child.type
        if kind == "*":
            reader.exports.append(ir.Export(start, end, "*", None, module))
        elif kind == "namespace_export":
            # The name may be a keyword (`default`), which is no node of its own kind.
            name = text_of(reader, child.children[-1])
            reader.exports.append(ir.Export(start, end, name, None, module, "*"))
        elif kind == "export_clause":
            for each in child.named_children:
                if each.type == "export_specifier":
                    _export_specifier(reader, each, module)


def _export_specifier(reader: Reader, node: Node, module: str | None) -> None:
    start, end = node.start_byte, node.end_byte
    named = node.child_by_field_name("name")
    # One grammar has no node for a bare `default`.
    name = text_of(reader, named) if named is not None else reader.of(node).split(" ", 1)[0]
    alias = node.child_by_field_name("alias")
    exported = text_of(reader, alias) if alias is not None else reader.of(node).split()[-1] if named is None else name
    if module is None:
        reader.exports.append(ir.Export(start, end, exported, name))
    else:
        reader.exports.append(ir.Export(start, end, exported, None, module, name))


def _exported_declaration(
    reader: Reader, node: Node, declared: Node, is_default: bool, lowered: list[ir.Statement]
) -> None:
    start = node.start_byte
    first = len(lowered)
    if declared.type in _CLASSES:
        before = [child for child in node.children if child.type == "decorator"]
        lowered.append(declared_class(reader, declared, before))
    else:
        statement(reader, declared, lowered)
    if reader.scope:
        return
    for local in [name for each in lowered[first:] for name in _declared_names(each)]:
        name = "default" if is_default else local
        last = reader.exports[-1] if reader.exports else None
        if last is None or last.name != name or last.local != local:  # once for all overloads
            reader.exports.append(ir.Export(start, node.end_byte, name, local))


def _declared_names(node: ir.Statement) -> list[str]:
    if isinstance(node, ir.FunctionDeclaration):
        return [node.function.name]
    if isinstance(node, ir.ClassDeclaration):
        return [node.definition.name]
    if isinstance(node, ir.Block):
        return [node.label]
    if isinstance(node, ir.Assign):
        return _bound_names(node.target)
    return []


def _bound_names(target: ir.Value) -> list[str]:
    if isinstance(target, ir.Name):
        return [target.name]
    if isinstance(target, ir.Object):
        return [name for each in target.fields for name in _bound_names(each.value)]
    if isinstance(target, ir.Sequence):
        return [name for each in target.items for name in _bound_names(each)]
    if isinstance(target, ir.AssignValue):
        return _bound_names(target.target)
    if isinstance(target, ir.Spread):
        return _bound_names(target.value)
    return []


def _exported_value(reader: Reader, node: Node, written: Node, lowered: list[ir.Statement]) -> None:
    """``export default value`` and ``export = value``; the value is evaluated where it stands, unless it is a bare name."""
    start, end = node.start_byte, node.end_byte
    content = _default_class(reader, node, written) or value(reader, written)
    if isinstance(content, ir.ClassValue) and content.definition.name:
        definition = content.definition
        lowered.append(ir.ClassDeclaration(definition.start, definition.end, definition))
        content = ir.Name(definition.name_start, definition.name_end, definition.name)
    elif isinstance(content, ir.Lambda) and content.function.name:
        written_function = content.function
        lowered.append(ir.FunctionDeclaration(start, end, written_function))
        content = ir.Name(written_function.name_start, written_function.name_end, written_function.name)
    elif not isinstance(content, ir.Name):
        lowered.append(ir.Evaluate(start, end, content))
    if not reader.scope:
        export_default(reader, start, end, content)


def _default_class(reader: Reader, node: Node, written: Node) -> ir.ClassValue | None:
    if written.type != "class":
        return None
    before = [child for child in node.children if child.type == "decorator"]
    declared = declared_class(reader, written, before)
    return ir.ClassValue(declared.start, declared.end, declared.definition)


def export_default(reader: Reader, start: int, end: int, content: ir.Value) -> None:
    """Record what the module as a whole is."""
    if isinstance(content, ir.Name):
        reader.exports.append(ir.Export(start, end, "default", content.name))
    else:
        reader.exports.append(ir.Export(start, end, "default", value=content))


# ------------------------------------------------------------------------------------------------------- CommonJS


def top_level(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A statement of the file itself, where ``require`` is an import and an assignment to ``exports`` an export."""
    kind = node.type
    if kind in ("lexical_declaration", "variable_declaration"):
        _requiring_declaration(reader, node, lowered)
    elif kind == "expression_statement":
        _exporting_expression(reader, node, lowered)
    else:
        statement(reader, node, lowered)


def _requiring_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    declarators = [child for child in node.named_children if child.type == "variable_declarator"]
    required = [_required(reader, child) for child in declarators]
    if not any(required):
        first = len(lowered)
        statement(reader, node, lowered)
        if "exports" in reader.text[node.start_byte : node.end_byte]:
            _export_declared(reader, lowered[first:])
        return
    for child, imports in zip(declarators, required):
        if imports:
            reader.imports.extend(imports)
        else:
            lowered.append(declarator(reader, child, node.children[0].type == "const"))


def _export_declared(reader: Reader, declared: Sequence[ir.Statement]) -> None:
    """``const app = module.exports = …``: the constant is what is exported."""
    for each in declared:
        if isinstance(each, ir.Assign) and isinstance(each.value, ir.AssignValue) and isinstance(each.target, ir.Name):
            _export_assigned(reader, each.start, each.end, each.value.target, each.target)


def _required(reader: Reader, node: Node) -> list[ir.Import]:
    """The imports that a declarator makes; none where it is anything but a plain ``require``."""
    written = node.child_by_field_name("value")
    target = part(node, "name")
    if written is None:
        return []
    written = bare(written)
    name = "*"
    if written.type == "member_expression":
        name = reader.of(part(written, "property"))
        written = bare(part(written, "object"))
    module = required_module(reader, written)
    if module is None:
        return []
    start, end = node.start_byte, node.end_byte
    if target.type == "identifier":
        return [ir.Import(start, end, reader.of(target), module, name)]
    if target.type == "object_pattern" and name == "*":
        return _picked(reader, target, module)
    return []


def _picked(reader: Reader, pattern: Node, module: str) -> list[ir.Import]:
    imports: list[ir.Import] = []
    for child in pattern.named_children:
        start, end = child.start_byte, child.end_byte
        if child.type == "shorthand_property_identifier_pattern":
            imports.append(ir.Import(start, end, reader.of(child), module, reader.of(child)))
        elif child.type == "pair_pattern" and part(child, "value").type == "identifier":
            imports.append(
                ir.Import(start, end, reader.of(part(child, "value")), module, text_of(reader, part(child, "key")))
            )
        elif child.type != "comment":
            return []
    return imports


def required_module(reader: Reader, node: Node) -> str | None:
    """The module of a ``require('m')`` call; None for anything else."""
    if node.type != "call_expression" or reader.of(node.children[0]) != "require":
        return None
    given = [child for child in part(node, "arguments").named_children if child.type != "comment"]
    if len(given) != 1 or given[0].type not in ("string", "template_string"):
        return None
    if given[0].type == "template_string" and any(
        each.type == "template_substitution" for each in given[0].named_children
    ):
        return None
    return string_text(reader, given[0])


def _exporting_expression(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    inner = bare(node.named_children[0]) if node.named_children else node
    module = required_module(reader, inner)
    if module is not None:
        reader.imports.append(ir.Import(node.start_byte, node.end_byte, "", module, "*"))
        return
    first = len(lowered)
    if inner.type == "assignment_expression" and "exports" in reader.text[inner.start_byte : inner.start_byte + 20]:
        statement(reader, node, lowered)
        for each in lowered[first:]:
            if isinstance(each, ir.Assign) and each.value is not None:
                _export_assigned(reader, each.start, each.end, each.target, each.value)
        return
    statement(reader, node, lowered)


def _export_assigned(reader: Reader, start: int, end: int, target: ir.Value, content: ir.Value) -> None:
    """``exports.a = exports.b = content``: one value under each of the names."""
    targets = [target]
    while isinstance(content, ir.AssignValue):
        targets.append(content.target)
        content = content.value
    for each in reversed(targets):
        if _is_module_exports(each):
            export_default(reader, start, end, content)
            if isinstance(content, ir.Object):
                _export_fields(reader, content)
        elif isinstance(each, ir.Member) and (_is_module_exports(each.object) or _is_exports(each.object)):
            _export_named(reader, start, end, each.name, content)


def _is_exports(node: ir.Value) -> bool:
    return isinstance(node, ir.Name) and node.name == "exports"


def _is_module_exports(node: ir.Value) -> bool:
    if not isinstance(node, ir.Member) or node.name != "exports":
        return False
    return isinstance(node.object, ir.Name) and node.object.name == "module"


def _export_fields(reader: Reader, node: ir.Object) -> None:
    for each in node.fields:
        if each.key is not None:
            _export_named(reader, each.start, each.end, each.key, each.value)


def _export_named(reader: Reader, start: int, end: int, name: str, content: ir.Value) -> None:
    if isinstance(content, ir.Name):
        reader.exports.append(ir.Export(start, end, name, content.name))
    else:
        reader.exports.append(ir.Export(start, end, name, value=content))
