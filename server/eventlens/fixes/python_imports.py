"""Imports of a Python file: added to the block that is there, and taken out where nothing uses them any more."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.changes import Edit, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.python_code import Layout
from eventlens.fixes.source import SourceFile, inside


class Wanted(NamedTuple):
    """``from module import name``, or ``import module`` where the name is ""."""

    module: str
    name: str = ""


def imported_as(file: SourceFile, wanted: Wanted) -> str | None:
    """The local name under which a file has an import already."""
    for statement in file.nodes("import_from_statement", "import_statement"):
        if statement.parent is None or statement.parent.type != "module":
            continue
        module = statement.child_by_field_name("module_name")
        if (module is not None) != bool(wanted.name) or (module is not None and file.text(module) != wanted.module):
            continue
        for name, local in _names(file, statement):
            known, _, alias = (wanted.name or wanted.module).partition(" as ")
            if name == known and alias in ("", local):
                return local
    return None


def _names(file: SourceFile, statement: Node) -> list[tuple[str, str]]:
    found = []
    for one in statement.children_by_field_name("name"):
        if one.type == "aliased_import":
            name, alias = one.child_by_field_name("name"), one.child_by_field_name("alias")
            assert name is not None and alias is not None
            found.append((file.text(name), file.text(alias)))
        else:
            found.append((file.text(one), file.text(one)))
    return found


def with_imports(file: SourceFile, wanted: Iterable[Wanted], first_party: frozenset[str], layout: Layout) -> SourceFile:
    """The file with the imports that it lacks. ``first_party``: the top-level names of the project's own packages."""
    for one in wanted:
        if imported_as(file, one) is None:
            statement = _statement_of(file, one.module) if one.name else None
            if statement is not None:
                edit = _extended(file, statement, one.module, one.name, layout)
            else:
                edit = _inserted(
                    file, one.module, import_line(one.module, [one.name] if one.name else [], layout), first_party
                )
            file = SourceFile(file.path, apply_edits(file.source, [edit]))
    return file


def import_line(module: str, names: list[str], layout: Layout) -> str:
    """One import, over several lines where it is too long for one."""
    if not names:
        return f"import {module}"
    ordered = sorted(set(names), key=_name_order)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= layout.width:
        return line
    inner = "".join(f"{layout.unit}{name},\n" for name in ordered)
    return f"from {module} import (\n{inner})"


def block(wanted: Iterable[Wanted], first_party: frozenset[str], layout: Layout) -> str:
    """A file's whole import block: the standard library, other packages, the project."""
    modules: dict[str, list[str]] = {}
    for one in wanted:
        names = modules.setdefault(f"{one.module}" if one.name else f"{one.module}\0", [])
        names += [one.name] if one.name else []
    groups: dict[int, list[str]] = {}
    for key in sorted(modules, key=lambda key: (bool(modules[key]), key.rstrip("\0").lower())):
        module = key.rstrip("\0")
        groups.setdefault(_group(module, first_party), []).append(import_line(module, modules[key], layout))
    return "\n\n".join("\n".join(groups[number]) for number in sorted(groups)) + "\n"


def _name_order(name: str) -> tuple[int, str]:
    """Constants, classes, functions: as the usual sorters order members."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def _group(module: str, first_party: frozenset[str]) -> int:
    top = module.partition(".")[0]
    if module == "__future__":
        return 0
    if not top:
        return 4
    if top in first_party:
        return 3
    return 1 if top in sys.stdlib_module_names else 2


def _statement_of(file: SourceFile, module: str) -> Node | None:
    for statement in file.tree.root_node.named_children:
        name = statement.child_by_field_name("module_name")
        is_whole = any(child.type == "wildcard_import" for child in statement.children)
        if (
            statement.type == "import_from_statement"
            and name is not None
            and file.text(name) == module
            and not is_whole
        ):
            return statement
    return None


def _extended(file: SourceFile, statement: Node, module: str, name: str, layout: Layout) -> Edit:
    own = [file.text(one) for one in statement.children_by_field_name("name")]
    ordered = _ordered_like(own, [*own, name])
    line = f"from {module} import {', '.join(ordered)}"
    is_exploded = file.text(statement).rstrip(" )\r\n").endswith(",")
    if len(line) > layout.width or is_exploded:
        inner = "".join(f"{layout.unit}{name},{file.style.newline}" for name in ordered)
        line = f"from {module} import ({file.style.newline}{inner})"
    return Edit(statement.start_byte, statement.end_byte, line)


def _ordered_like(own: list[str], names: list[str]) -> list[str]:
    """Names in the order that a file keeps its own in; at the end where it keeps none."""
    if own == sorted(own, key=_name_order):
        return sorted(names, key=_name_order)
    return sorted(names) if own == sorted(own) else names


def _inserted(file: SourceFile, module: str, line: str, first_party: frozenset[str]) -> Edit:
    statements = [
        one
        for one in file.tree.root_node.named_children
        if one.type in ("import_statement", "import_from_statement", "future_import_statement")
    ]
    line = line.replace("\n", file.style.newline)
    newline = file.style.newline
    group = _group(module, first_party)
    order = (not line.startswith("import "), module.lower())
    before: Node | None = None
    for one in statements:
        own = _module_of(file, one)
        own_group = _group(own, first_party)
        own_order = (one.type != "import_statement", own.lower())
        if own_group < group or (own_group == group and own_order < order):
            before = one
    if before is None:
        return _at_top(file, statements, line, group, first_party)
    at = file.line_after(max(before.end_byte - 1, 0))
    after_group = next((one for one in statements if one.start_byte >= at), None)
    lead = "" if _group(_module_of(file, before), first_party) == group else newline
    if after_group is not None and _group(_module_of(file, after_group), first_party) == group and lead:
        # The group stands already behind a blank line: the line opens it.
        at, lead = file.line_start(after_group.start_byte), ""
    return Edit(at, at, f"{lead}{line}{newline}")


def _at_top(file: SourceFile, statements: list[Node], line: str, group: int, first_party: frozenset[str]) -> Edit:
    newline = file.style.newline
    if statements:
        first = statements[0]
        same = _group(_module_of(file, first), first_party) == group
        at = file.line_start(first.start_byte) or file.line(1)
        return Edit(at, at, line + newline + ("" if same else newline))
    body = [one for one in file.tree.root_node.named_children if one.type != "comment"]
    if body and body[0].type == "expression_statement" and body[0].named_children[0].type == "string":
        at = file.line_after(max(body[0].end_byte - 1, 0))
        return Edit(at, at, newline + line + newline)
    at = file.line_start(body[0].start_byte) if body else len(file.source)
    at = max(at, file.line(1))
    return Edit(at, at, line + newline + newline + newline)


def _module_of(file: SourceFile, statement: Node) -> str:
    if statement.type == "future_import_statement":
        return "__future__"
    name = statement.child_by_field_name("module_name") or statement.child_by_field_name("name")
    if name is not None and name.type == "aliased_import":
        name = name.child_by_field_name("name")
    return file.text(name) if name is not None else ""


def without_unused(before: SourceFile, file: SourceFile) -> SourceFile:
    """The file without the imports that were used in ``before`` and are not any more."""
    used, was_used = _used(file), _used(before)
    edits: list[Edit] = []
    for statement in file.tree.root_node.named_children:
        if statement.type not in ("import_from_statement", "import_statement"):
            continue
        names = _names(file, statement)
        kept = [one for one in names if one[1].partition(".")[0] in used or one[1].partition(".")[0] not in was_used]
        if len(kept) < len(names):
            edits.append(_without(file, statement, kept))
    return SourceFile(file.path, apply_edits(file.source, edits))


def without_idle(file: SourceFile, name: str, elsewhere: set[str]) -> SourceFile:
    """The file without the assignment of a name at its top that nothing reads any more."""
    if not name.isidentifier() or name in elsewhere:
        return file
    uses = [one for one in inside(file.tree.root_node, "identifier") if file.text(one) == name]
    assignment = uses[0].parent if len(uses) == 1 else None
    statement = assignment.parent if assignment is not None and assignment.type == "assignment" else None
    if statement is None or statement.parent is None or statement.parent.type != "module":
        return file
    start, end = file.line_start(statement.start_byte), file.line_after(max(statement.end_byte - 1, 0))
    before = file.line_start(max(start - 1, 0))
    is_alone = not file.source[before:start].strip() and not file.source[end : file.line_after(end)].strip()
    return SourceFile(file.path, apply_edits(file.source, [Edit(before if is_alone else start, end, "")]))


def seen_elsewhere(context: FixContext, file: SourceFile) -> set[str]:
    """The words of the files that import a file."""
    workspace = context.workspace
    texts = (workspace.text(path) for path in workspace.importers_of(file.path))
    return {word.decode() for text in texts for word in re.findall(rb"\w+", text)}


def _used(file: SourceFile) -> set[str]:
    """The names that stand outside imports."""
    found = set()
    for node in inside(file.tree.root_node, "identifier"):
        around = node.parent
        while around is not None and around.type in ("dotted_name", "aliased_import"):
            around = around.parent
        if around is not None and around.type not in ("import_from_statement", "import_statement"):
            found.add(file.text(node))
    return found


def _without(file: SourceFile, statement: Node, kept: list[tuple[str, str]]) -> Edit:
    if not kept:
        start, end = file.line_start(statement.start_byte), file.line_after(max(statement.end_byte - 1, 0))
        before = file.line_start(max(start - 1, 0))
        is_alone = not file.source[before:start].strip() and not file.source[end : file.line_after(end)].strip()
        return Edit(before if is_alone and start > 0 else start, end, "")
    names = [name if name == local else f"{name} as {local}" for name, local in kept]
    written = file.text(statement)
    module = statement.child_by_field_name("module_name")
    if module is None:
        return Edit(statement.start_byte, statement.end_byte, f"import {', '.join(names)}")
    if "\n" in written:
        unit = file.style.indent
        inner = "".join(f"{unit}{name},{file.style.newline}" for name in names)
        line = f"from {file.text(module)} import {', '.join(names)}"
        text = line if len(line) <= 88 else f"from {file.text(module)} import ({file.style.newline}{inner})"
        return Edit(statement.start_byte, statement.end_byte, text)
    return Edit(statement.start_byte, statement.end_byte, f"from {file.text(module)} import {', '.join(names)}")


def edits_between(before: bytes, after: bytes) -> tuple[Edit, ...]:
    """The lines that differ, as edits of ``before``."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Edit(starts[a], starts[b], b"".join(new[c:d]).decode("utf-8"))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )
