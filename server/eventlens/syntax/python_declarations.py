"""Python functions, classes and type aliases."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.python_context import parts_of
from eventlens.syntax.python_matching import MatchLowering
from eventlens.syntax.python_statements import LowerStatement, Statements
from eventlens.syntax.python_types import dotted

_ENUMS = frozenset({"Flag", "IntFlag", "TextChoices", "IntegerChoices", "Choices"})
_GETTERS = frozenset({"property", "cached_property", "abstractproperty", "hybrid_property", "classproperty", "getter"})
_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"})
_ABSTRACT_BASES = frozenset({"ABC", "Protocol"})
_LONGEST_DOC = 200


class DeclarationLowering(MatchLowering):
    """Lowers definitions; the whole front end is one instance of this class a file."""

    def _decorated(self, node: Node, out: Statements) -> None:
        decorators: list[ir.Value] = []
        for child in node.named_children:
            if child.type == "decorator":
                decorators.append(self._last(child))
            elif child.type == "function_definition":
                out.append(self._function_statement(child, node.start_byte, tuple(decorators)))
            elif child.type == "class_definition":
                out.append(self._class_statement(child, node.start_byte, tuple(decorators)))

    def _function_definition(self, node: Node, out: Statements) -> None:
        out.append(self._function_statement(node, node.start_byte, ()))

    def _class_definition(self, node: Node, out: Statements) -> None:
        out.append(self._class_statement(node, node.start_byte, ()))

    def _function_statement(self, node: Node, start: int, decorators: tuple[ir.Value, ...]) -> ir.FunctionDeclaration:
        function = self._function(node, start, decorators)
        return ir.FunctionDeclaration(function.start, function.end, function)

    def _class_statement(self, node: Node, start: int, decorators: tuple[ir.Value, ...]) -> ir.ClassDeclaration:
        definition = self._class(node, start, decorators)
        return ir.ClassDeclaration(definition.start, definition.end, definition)

    # ------------------------------------------------------------------------------------------------------- functions

    def _function(self, node: Node, start: int, decorators: tuple[ir.Value, ...]) -> ir.Function:
        name = ""
        name_start = name_end = node.start_byte
        is_async = False
        parameters: list[ir.Parameter] = []
        returns: ir.TypeRef | None = None
        type_parameters: tuple[str, ...] = ()
        body_node: Node | None = None
        for child in node.children:
            kind = child.type
            if kind == "identifier" and not name:
                name, name_start, name_end = self.text(child), child.start_byte, child.end_byte
            elif kind == "parameters":
                parameters = self.parameters(child)
            elif kind == "block":
                body_node = child
            elif kind == "type":
                returns = self.type_ref(child)
            elif kind == "async":
                is_async = True
            elif kind == "type_parameter":
                type_parameters = self._type_parameters(child)
        names = [_decorator_name(decorator) for decorator in decorators]
        kind = _function_kind(name, names) if self.in_class else "function"
        receiver, parameters = self._receiver(kind, parameters)
        doc = "" if body_node is None else self._doc(body_node)
        has_no_body = (body_node is None and not node.has_error) or (
            self._may_lack_body(names) and body_node is not None and self._is_trivial(body_node)
        )
        body, is_generator, outer_names = self._function_body(node, body_node, name, receiver, "coroutine" in names)
        return ir.Function(
            start,
            node.end_byte,
            name,
            self.prefix + name,
            kind,
            tuple(parameters),
            None if has_no_body else _without_doc(body, doc),
            returns,
            decorators,
            is_async,
            is_generator,
            name_start,
            name_end,
            _visibility(name),
            False,
            doc,
            type_parameters,
            outer_names,
        )

    def _receiver(self, kind: str, parameters: list[ir.Parameter]) -> tuple[str | None, list[ir.Parameter]]:
        """The name of the receiver inside the function, and the parameters without it."""
        if kind not in ("function", "static") and parameters and parameters[0].kind == "normal":
            return parameters[0].name, parameters[1:]
        is_shadowed = any(parameter.name == self.receiver for parameter in parameters)
        return None if is_shadowed else self.receiver, parameters

    def _function_body(
        self, definition: Node, block: Node | None, name: str, receiver: str | None, is_coroutine: bool
    ) -> tuple[tuple[ir.Statement, ...], bool, tuple[str, ...]]:
        """The statements of a function, whether they yield, and the names that they define outside it."""
        outer = (self.receiver, self.prefix, self.in_class, self.saw_yield, self.is_coroutine)
        outer_names, self.outer_names = self.outer_names, set()
        self.receiver, self.prefix, self.in_class = receiver, f"{self.prefix}{name}.", False
        self.saw_yield, self.is_coroutine = False, is_coroutine
        body = self.damage_in(definition) + self.block(block)
        is_generator = self.saw_yield
        self.receiver, self.prefix, self.in_class, self.saw_yield, self.is_coroutine = outer
        declared, self.outer_names = tuple(sorted(self.outer_names)), outer_names
        return body, is_generator, declared

    def _may_lack_body(self, decorators: list[str]) -> bool:
        return (self.in_class and self.is_protocol) or any(
            name == "overload" or name in _ABSTRACT for name in decorators
        )

    def _is_trivial(self, block: Node) -> bool:
        """Whether a body is only a docstring, ``pass`` or ``...``."""
        for child in parts_of(block):
            if child.type == "pass_statement":
                continue
            inner = parts_of(child)
            if child.type != "expression_statement" or len(inner) != 1 or inner[0].type not in ("string", "ellipsis"):
                return False
        return True

    def _type_parameters(self, node: Node) -> tuple[str, ...]:
        return tuple([self.type_ref(part).name for part in parts_of(node)])

    def _doc(self, block: Node) -> str:
        """The first paragraph of the docstring of a body, on one line."""
        first = next(iter(parts_of(block)), None)
        return "" if first is None else self._doc_text(first)

    def _doc_text(self, statement: Node) -> str:
        if statement.type != "expression_statement":
            return ""
        inner = parts_of(statement)
        if len(inner) != 1 or inner[0].type not in ("string", "concatenated_string"):
            return ""
        text = self.value(inner[0])
        if not isinstance(text, ir.Literal) or not isinstance(text.value, str):
            return ""
        return _first_paragraph(text.value)

    # --------------------------------------------------------------------------------------------------------- classes

    def _class(self, node: Node, start: int, decorators: tuple[ir.Value, ...]) -> ir.Class:
        name = ""
        name_start = name_end = node.start_byte
        header = _Header()
        type_parameters: tuple[str, ...] = ()
        body_node: Node | None = None
        for child in node.named_children:
            kind = child.type
            if kind == "identifier" and not name:
                name, name_start, name_end = self.text(child), child.start_byte, child.end_byte
            elif kind == "argument_list":
                header = self._header(child)
            elif kind == "type_parameter":
                type_parameters = self._type_parameters(child)
            elif kind == "block":
                body_node = child
        last_names = {dotted(base) for base in header.bases}
        is_enum = any(base in _ENUMS or base.endswith("Enum") for base in last_names)
        doc = "" if body_node is None else self._doc(body_node)
        members = self._members(node, body_node, name, "Protocol" in last_names, is_enum)
        is_abstract = header.is_abstract or not last_names.isdisjoint(_ABSTRACT_BASES) or members.are_abstract()
        return ir.Class(
            start,
            node.end_byte,
            name,
            self.prefix + name,
            "enum" if is_enum else "class",
            header.bases,
            tuple([_made_optional(field) for field in members.fields] if header.is_partial else members.fields),
            tuple(members.methods),
            decorators,
            is_abstract,
            None,
            header.calls,
            name_start,
            name_end,
            doc,
            type_parameters,
            tuple(members.body),
        )

    def _header(self, node: Node) -> _Header:
        """What stands in the parentheses after a class's name."""
        bases: list[ir.TypeRef] = []
        calls: list[ir.Call] = []
        is_abstract = is_partial = False
        for child in parts_of(node):
            if child.type == "keyword_argument":
                written = self.text(child).replace(" ", "")
                is_abstract = is_abstract or (written.startswith("metaclass=") and written.endswith("ABCMeta"))
                is_partial = is_partial or written == "total=False"
                continue
            if child.type == "call":
                call = self.value(child)
                if isinstance(call, ir.Call):
                    calls.append(call)
            if child.type != "dictionary_splat":
                bases.append(self.type_ref(child))
        return _Header(tuple(bases), tuple(calls), is_abstract, is_partial)

    def _members(self, definition: Node, block: Node | None, name: str, is_protocol: bool, is_enum: bool) -> _Members:
        members = _Members([], [], [])
        outer = (self.prefix, self.in_class, self.is_protocol)
        self.prefix, self.in_class, self.is_protocol = f"{self.prefix}{name}.", True, is_protocol
        for statement in self.damage_in(definition) + self.block(block):
            if isinstance(statement, ir.FunctionDeclaration):
                members.methods.append(statement.function)
            elif isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name) and not statement.operator:
                members.fields.append(self._field(statement, statement.target, is_enum))
            elif isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Literal):
                _describe_last(members.fields, statement.value)
            else:
                members.body.append(statement)
        self.prefix, self.in_class, self.is_protocol = outer
        return members

    def _field(self, statement: ir.Assign, target: ir.Name, is_enum: bool) -> ir.ClassField:
        annotation = statement.annotation
        wrappers = b"" if annotation is None else self.source[target.end : annotation.start]
        return ir.ClassField(
            statement.start,
            statement.end,
            target.name,
            annotation,
            statement.value,
            b"NotRequired[" in wrappers,
            b"ClassVar[" in wrappers or (annotation is None and not is_enum),
            self.field_metadata.pop(statement.start, ()),
        )

    def _type_alias(self, node: Node, out: Statements) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        if self.source[left.start_byte : left.start_byte + 1] == b"(":
            self._assignment_to_type(node, left, right, out)
            return
        named = self.type_ref(left)
        name_end = named.start + len(named.name.encode())
        start, end = node.start_byte, node.end_byte
        parameters = tuple([argument.name for argument in named.args])
        definition = ir.Class(
            start,
            end,
            named.name,
            self.prefix + named.name,
            "alias",
            aliased=self.type_ref(right),
            name_start=named.start,
            name_end=name_end,
            type_parameters=parameters,
        )
        out.append(ir.ClassDeclaration(start, end, definition))

    def _assignment_to_type(self, node: Node, left: Node, right: Node, out: Statements) -> None:
        """``type(x).name = value``, which the grammar reads as an alias."""
        start = node.start_byte
        links: list[Node] = []
        target = next(iter(parts_of(left)), left)
        while target.type in ("attribute", "subscript"):
            links.append(target)
            target = target.children[0]
        argument = self.value(target)
        callee = ir.Name(start, start + len("type"), "type")
        base: ir.Value = ir.Call(start, target.end_byte, callee, (ir.Argument(argument.start, argument.end, argument),))
        for link in reversed(links):
            base = (
                self._attribute(link, base, link.children[-1])
                if link.type == "attribute"
                else self._subscript(link, base, link.children)
            )
            base = msgspec.structs.replace(base, start=start)
        out.append(ir.Assign(start, node.end_byte, base, self._last(right)))

    STATEMENTS: ClassVar[dict[str, LowerStatement]] = {
        **MatchLowering.STATEMENTS,
        "class_definition": _class_definition,
        "decorated_definition": _decorated,
        "function_definition": _function_definition,
        "type_alias_statement": _type_alias,
    }


class _Header(NamedTuple):
    bases: tuple[ir.TypeRef, ...] = ()
    calls: tuple[ir.Call, ...] = ()
    is_abstract: bool = False
    is_partial: bool = False
    """A TypedDict with ``total=False``."""


class _Members(NamedTuple):
    fields: list[ir.ClassField]
    methods: list[ir.Function]
    body: list[ir.Statement]

    def are_abstract(self) -> bool:
        return any(
            _decorator_name(decorator) in _ABSTRACT for method in self.methods for decorator in method.decorators
        )


def _made_optional(field: ir.ClassField) -> ir.ClassField:
    return msgspec.structs.replace(field, optional=True)


def _describe_last(fields: list[ir.ClassField], text: ir.Literal) -> None:
    """A text that follows a field describes it."""
    if fields and isinstance(text.value, str) and not fields[-1].doc:
        fields[-1] = msgspec.structs.replace(fields[-1], doc=_first_paragraph(text.value))


def _without_doc(body: tuple[ir.Statement, ...], doc: str) -> tuple[ir.Statement, ...]:
    first = body[0] if body and doc else None
    return body[1:] if isinstance(first, ir.Evaluate) and isinstance(first.value, ir.Literal) else body


def _first_paragraph(text: str) -> str:
    """On one line, at most `_LONGEST_DOC` characters."""
    return " ".join(text.strip().split("\n\n", 1)[0].split())[:_LONGEST_DOC]


def _decorator_name(decorator: ir.Value) -> str:
    """The last name of a decorator, called or not."""
    if isinstance(decorator, ir.Call):
        decorator = decorator.callee
    return decorator.name if isinstance(decorator, (ir.Name, ir.Member)) else ""


def _function_kind(name: str, decorators: list[str]) -> str:
    if name == "__init__":
        return "constructor"
    for decorator in decorators:
        if decorator in ("staticmethod", "abstractstaticmethod"):
            return "static"
        if decorator in ("classmethod", "abstractclassmethod"):
            return "class"
        if decorator in _GETTERS:
            return "getter"
        if decorator == "setter":
            return "setter"
    return "class" if name in _CLASS_METHODS else "method"


def _visibility(name: str) -> str:
    if name.startswith("__") and not name.endswith("__"):
        return "private"
    return "protected" if name.startswith("_") and not name.startswith("__") else "public"
