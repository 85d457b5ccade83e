"""The IR as short text, for expectations that a reader can check against the source beside them.

Values: ``name``, ``this``, ``super``, ``"text"``, ``1``, ``true``, ``null``, ``/regex/g``, ```text${hole}```, ``mem(object, name)``,
``index(object, key)``, ``{key: value, [computed]: value, ...spread}``, ``[item, ...spread]``, ``call<T>(callee, argument, name=value, *spread,
**spread)``, ``new(…)``, ``tagged(callee, template)``, ``await(v)``, ``yield(v)``, ``choice(a, b)``, ``choice(c ? a : b)``, ``op(+, a, b)``,
``set(target, value)``, ``comp(element for target of source if condition)``, ``unknown(what, part)``,
``lambda(parameters) => value`` and ``lambda(parameters) {statement; statement}``, ``class`` values like declarations in braces.

Statements stand one a line; what is inside another is indented by two spaces. An empty body is ``pass``, no body at all ``none``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from eventlens import ir


def render(module: ir.Module) -> str:
    """The whole module: imports, exports, eventlens comments, then the body."""
    lines = [_import(each) for each in module.imports]
    lines += [_export(each) for each in module.exports]
    lines += [f"comment {each.text}" for each in module.comments]
    lines += [line for each in module.body for line in statement(each)]
    return "\n".join(lines)


def _import(each: ir.Import) -> str:
    mark = "import type" if each.type_only else "import"
    return f"{mark} {each.local or '-'} = {each.module}:{each.name}"


def _export(each: ir.Export) -> str:
    meaning = ""
    if each.local is not None:
        meaning += f" = {each.local}"
    if each.module is not None:
        meaning += f" = {each.module}:{each.name_in_module}" if each.name_in_module else f" = {each.module}"
    if each.value is not None:
        meaning += f" = {value(each.value)}"
    return f"export {each.name}{meaning}"


# ---------------------------------------------------------------------------------------------------------- values


def value(node: ir.Value) -> str:
    """One value."""
    match node:
        case ir.Literal():
            return str(node.value) if node.is_regex else json.dumps(node.value, ensure_ascii=False)
        case ir.Template(parts=parts):
            return "`" + "".join(_template_part(part) for part in parts) + "`"
        case ir.Name(name=name):
            return name
        case ir.This():
            return "this"
        case ir.Super():
            return "super"
        case ir.Member(object=of, name=name):
            return f"mem({value(of)}, {name})"
        case ir.Index(object=of, key=key):
            return f"index({value(of)}, {value(key)})"
        case ir.Object(fields=fields):
            return "{" + ", ".join(_field(each) for each in fields) + "}"
        case ir.Sequence(items=items):
            return "[" + _values(items) + "]"
        case ir.Spread(value=inner):
            return f"...{value(inner)}"
        case ir.Call():
            return _call(node)
        case ir.Await(value=inner):
            return f"await({value(inner)})"
        case ir.Lambda(function=function):
            return _lambda(function)
        case ir.ClassValue(definition=definition):
            return "{" + "; ".join(line.strip() for line in _class(definition)) + "}"
        case ir.Choice(options=options, condition=None):
            return f"choice({_values(options)})"
        case ir.Choice(options=options, condition=condition):
            return f"choice({value(condition)} ? {' : '.join(value(each) for each in options)})"
        case ir.Operation(operator=operator, operands=operands):
            return f"op({operator}, {_values(operands)})"
        case ir.Comprehension():
            conditions = "".join(f" if {value(each)}" for each in node.conditions)
            return f"comp({value(node.element)} for {value(node.target)} of {value(node.source)}{conditions})"
        case ir.Spawn(value=inner):
            return f"spawn({value(inner)})"
        case ir.Send(channel=channel, value=inner):
            return f"send({value(channel)}, {value(inner)})"
        case ir.Receive(channel=channel):
            return f"receive({value(channel)})"
        case ir.Yield(value=inner):
            return "yield()" if inner is None else f"yield({value(inner)})"
        case ir.AssignValue(target=target, value=inner):
            return f"set({value(target)}, {value(inner)})"
        case ir.Unknown(what=what, parts=parts):
            return f"unknown({', '.join([what, *map(value, parts)])})"


def _values(nodes: Iterable[ir.Value]) -> str:
    return ", ".join(value(each) for each in nodes)


def _template_part(part: ir.Value) -> str:
    if isinstance(part, ir.Literal) and isinstance(part.value, str):
        return json.dumps(part.value, ensure_ascii=False)[1:-1]
    return "${" + value(part) + "}"


def _field(field: ir.Field) -> str:
    if field.spread:
        return f"...{value(field.value)}"
    if field.computed is not None:
        return f"[{value(field.computed)}]: {value(field.value)}"
    return f"{field.key}: {value(field.value)}"


def _call(node: ir.Call) -> str:
    word = "new" if node.is_new else "tagged" if node.tagged else "call"
    types = f"<{_types(node.type_args)}>" if node.type_args else ""
    return f"{word}{types}({', '.join([value(node.callee), *map(_argument, node.args)])})"


def _argument(argument: ir.Argument) -> str:
    name = f"{argument.name}=" if argument.name is not None else ""
    return f"{name}{argument.spread}{value(argument.value)}"


def _lambda(function: ir.Function) -> str:
    head = f"{_flags(function)}lambda({_parameters(function)}){_returns(function)}"
    body = function.body or ()
    if function.expression_body and len(body) == 1 and isinstance(body[0], ir.Return) and body[0].value is not None:
        return f"{head} => {value(body[0].value)}"
    return head + " {" + "; ".join(line.strip() for each in body for line in statement(each)) + "}"


# ----------------------------------------------------------------------------------------------------------- types


def type_ref(node: ir.TypeRef) -> str:
    """One type."""
    if node.name == '"':
        return json.dumps(node.literal, ensure_ascii=False)
    if node.name == "typeof":
        return f"typeof {node.literal}"
    if node.name == "{}":
        return "{" + ", ".join(_class_field(each) for each in node.fields) + "}"
    if node.name in {"|", "&", "[]", "()"}:
        return f"{node.name}({_types(node.args)})"
    return f"{node.name}<{_types(node.args)}>" if node.args else node.name


def _types(nodes: Iterable[ir.TypeRef]) -> str:
    return ", ".join(type_ref(each) for each in nodes)


# ---------------------------------------------------------------------------------------------------- declarations


def _flags(function: ir.Function) -> str:
    return ("async " if function.is_async else "") + ("generator " if function.is_generator else "")


def _returns(function: ir.Function) -> str:
    return f" -> {type_ref(function.returns)}" if function.returns is not None else ""


def _parameters(function: ir.Function) -> str:
    return ", ".join(_parameter(each) for each in function.parameters)


def _parameter(parameter: ir.Parameter) -> str:
    mark = {"normal": "", "rest": "*", "keywords": "**", "keyword-only": "keyword "}[parameter.kind]
    text = "".join(f"@{value(each)} " for each in parameter.decorators)
    text += "property " if parameter.property else ""
    text += mark + (value(parameter.pattern) if parameter.pattern is not None else parameter.name)
    text += "?" if parameter.optional else ""
    text += f": {type_ref(parameter.type)}" if parameter.type is not None else ""
    return text + (f" = {value(parameter.default)}" if parameter.default is not None else "")


def _doc(doc: str) -> str:
    return f"  # {doc}" if doc else ""


def _function(function: ir.Function) -> Iterator[str]:
    yield from (f"@{value(each)}" for each in function.decorators)
    visibility = "" if function.visibility == "public" else f"{function.visibility} "
    types = f"<{', '.join(function.type_parameters)}>" if function.type_parameters else ""
    head = f"{visibility}{_flags(function)}{function.kind} {function.name}{types}({_parameters(function)}){_returns(function)}:"
    yield head + (" none" if function.body is None else "") + _doc(function.doc)
    if function.body is not None:
        yield from _indented(function.body)


def _class_field(field: ir.ClassField) -> str:
    text = "".join(f"@{value(each)} " for each in field.decorators)
    text += (
        ("static " if field.static else "embedded " if field.embedded else "")
        + field.name
        + ("?" if field.optional else "")
    )
    text += f": {type_ref(field.type)}" if field.type is not None else ""
    text += f" = {value(field.value)}" if field.value is not None else ""
    return text + _doc(field.doc)


def _class(definition: ir.Class) -> Iterator[str]:
    yield from (f"@{value(each)}" for each in definition.decorators)
    types = f"<{', '.join(definition.type_parameters)}>" if definition.type_parameters else ""
    bases = f"({_types(definition.bases)})" if definition.bases else ""
    aliased = f" = {type_ref(definition.aliased)}" if definition.aliased is not None else ""
    abstract = "abstract " if definition.is_abstract else ""
    yield f"{abstract}{definition.kind} {definition.name}{types}{bases}{aliased}:{_doc(definition.doc)}"
    yield from (f"  base {value(each)}" for each in definition.base_calls)
    yield from (f"  field {_class_field(each)}" for each in definition.fields)
    for method in definition.methods:
        yield from (f"  {line}" for line in _function(method))
    for each in definition.body:
        yield from (f"  {line}" for line in statement(each))


# ------------------------------------------------------------------------------------------------------ statements


def statement(node: ir.Statement) -> Iterator[str]:
    """The lines of one statement."""
    match node:
        case ir.Evaluate(value=inner):
            yield value(inner)
        case ir.Assign():
            yield _assign(node)
        case ir.Return(value=inner):
            yield _with_value("return", inner)
        case ir.Throw(value=inner):
            yield _with_value("throw", inner)
        case ir.Jump(kind=kind):
            yield kind
        case ir.Branch(condition=condition, then=then, orelse=orelse):
            yield f"if {value(condition)}:"
            yield from _indented(then)
            yield from _clause("else", orelse)
        case ir.Loop():
            yield _loop(node)
            yield from _indented(node.body)
            yield from _clause("else", node.orelse)
        case ir.Try():
            yield from _try(node)
        case ir.With(items=items, body=body, is_async=is_async):
            bound = "; ".join(line for each in items for line in statement(each))
            yield f"{'async ' if is_async else ''}with {bound}:"
            yield from _indented(body)
        case ir.Block(body=body, label=label):
            yield f"block {label}:" if label else "block:"
            yield from _indented(body)
        case ir.FunctionDeclaration(function=function):
            yield from _function(function)
        case ir.ClassDeclaration(definition=definition):
            yield from _class(definition)


def _indented(body: Iterable[ir.Statement]) -> Iterator[str]:
    lines = [f"  {line}" for each in body for line in statement(each)]
    yield from lines or ["  pass"]


def _clause(word: str, body: tuple[ir.Statement, ...]) -> Iterator[str]:
    if body:
        yield f"{word}:"
        yield from _indented(body)


def _with_value(word: str, inner: ir.Value | None) -> str:
    return word if inner is None else f"{word} {value(inner)}"


def _assign(node: ir.Assign) -> str:
    word = ("const " if node.constant else "let ") if node.declares else "const " if node.constant else ""
    annotation = f": {type_ref(node.annotation)}" if node.annotation is not None else ""
    text = f"{word}{value(node.target)}{annotation}"
    return text if node.value is None else f"{text} {node.operator}= {value(node.value)}"


def _loop(node: ir.Loop) -> str:
    head = f"{'async ' if node.is_async else ''}loop {node.kind}"
    if node.kind == "each" and node.target is not None and node.source is not None:
        return f"{head} {value(node.target)} of {value(node.source)}:"
    if node.kind == "for":
        init = ", ".join(line for each in node.init for line in statement(each))
        step = ", ".join(line for each in node.step for line in statement(each))
        return f"{head} {init}; {value(node.source) if node.source is not None else ''}; {step}:"
    return f"{head} {value(node.source) if node.source is not None else ''}:"


def _try(node: ir.Try) -> Iterator[str]:
    yield "try:"
    yield from _indented(node.body)
    for each in node.catches:
        types = f" ({', '.join(each.types)})" if each.types else ""
        yield f"catch{types}{' ' + each.name if each.name else ''}:"
        yield from _indented(each.body)
    yield from _clause("else", node.orelse)
    yield from _clause("finally", node.final)
