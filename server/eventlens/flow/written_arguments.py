"""Arguments as they are written: at the library call, or at the wrapper's caller when they are passed there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import statements_in
from eventlens.knowledge.paths import AccessPath, parse_path
from eventlens.knowledge.schema import Channel

_ENCODERS = frozenset(
    (
        "stringify", "dumps", "from", "encode", "serialize", "String", "str", "bytes", "packb", "toBinary", "toBuffer", "alloc", "JsonMsg",
        "instanceToPlain", "model_dump_json", "model_dump", "json", "dict", "to_json", "toJSON", "to_dict", "asdict", "SerializeToString",
        "Message", "marshall", "structuredClone", "codec", "jsonable_encoder",
    )
)  # fmt: skip
"""Calls that give the same content in another form: of their first argument, or of what they are a method of."""
_MAX_STEPS = 8


def written_at(node: SiteNode, paths: Iterable[str]) -> tuple[ir.Value, Frame] | None:
    """The argument at the first of the paths that is present, with the scope in which it stands."""
    call = node.match.place.decorator or node.match.place.call
    for text in paths:
        path = parse_path(text)
        if not isinstance(call, ir.Call) or node.match.place.frame is None:
            return None
        value = _argument(call, path)
        for step in path.steps:
            value = _written_step(value, node.match.place.frame, step)
        if value is not None:
            return at_caller(node, value, node.match.place.frame)
    return None


def open_name(node: SiteNode, channel: Channel) -> tuple[ir.Value, Frame] | None:
    """What names a channel that is not known, for a person to read: the argument, or that of the call which made the value that
    sends or receives; where an exchange without a name is written out, the queue's. Of a list of one, that one."""
    written = written_at(node, channel.name) or _where_made(node, channel.name)
    if written is None:
        return None
    value, frame = written
    if isinstance(value, ir.Literal) and value.value == "":
        return open_name(node, channel.when_empty) if channel.when_empty is not None else None
    return (value.items[0] if isinstance(value, ir.Sequence) and len(value.items) == 1 else value), frame


def _where_made(node: SiteNode, paths: Iterable[str]) -> tuple[ir.Value, Frame] | None:
    """The argument under which a name was bound, where the value that has it was made (``client.CreateSender(options.Queue)``)."""
    for path in map(parse_path, paths):
        made = node.match.place.receiver
        while made is not None and not (made.source is not None and path.key in made.source.bind):
            made = made.parent
        if path.head != "bound" or made is None or made.source is None or made.frame is None:
            continue
        inner = parse_path(made.source.bind[path.key])
        value = _argument(made.call, inner) if isinstance(made.call, ir.Call) else None
        for step in (*inner.steps, *path.steps):
            value = _member_as_written(value, made.frame, step)
        if value is not None:
            is_inside = bool(node.chain) and node.chain[0].callee.frame is made.frame
            return at_caller(node, value, made.frame) if is_inside else (value, made.frame)
    return None


def _written_step(value: ir.Value | None, frame: Frame, step: str) -> ir.Value | None:
    """The member of an object as it is written, also of one that a construction is given; what has no such member stays as it is."""
    if isinstance(value, ir.Object):
        return _field(value, step)
    if isinstance(value, ir.Sequence) and step.isdigit() and int(step) < len(value.items):
        return value.items[int(step)]
    held = _held(value, frame)
    if isinstance(held, ir.Call) and held.is_new:
        named = next((a.value for a in held.args if a.name == step), None)
        positional = [a.value for a in held.args if a.name is None]
        if named is not None:
            return named
        held = _held(positional[0], frame) if positional else None
    return (_field(held, step) if isinstance(held, ir.Object) else None) or value


def _member_as_written(value: ir.Value | None, frame: Frame, step: str) -> ir.Value | None:
    """The same, None for what has no such member; the elements of a list are named by the list."""
    found = _written_step(value, frame, step)
    return found if step == "[]" or found is not value else None


def _held(value: ir.Value | None, frame: Frame) -> ir.Value | None:
    return local_value(value, frame) if isinstance(value, ir.Name) else value


def _field(value: ir.Object, key: str) -> ir.Value | None:
    return next((one.value for one in value.fields if one.key == key), None)


def _argument(call: ir.Call, path: AccessPath) -> ir.Value | None:
    if path.head == "position" or (path.head == "decorator" and path.key.isdigit()):
        given = [a for a in call.args if a.name is None]
        return given[int(path.key)].value if int(path.key) < len(given) else None
    if path.head in ("keyword", "decorator"):
        return next((a.value for a in call.args if a.name == path.key), None)
    return None


def at_caller(node: SiteNode, value: ir.Value, frame: Frame) -> tuple[ir.Value, Frame]:
    """What the callers of the wrapper pass for a value that is a parameter of it; the value itself otherwise."""
    for caller in node.chain if node.inner is None else ():
        function = caller.callee.frame.function
        if not isinstance(value, ir.Name) or function is None:
            break
        position = next((i for i, p in enumerate(function.parameters) if p.name == value.name), None)
        if position is None:
            break
        named = next((a.value for a in caller.call.args if a.name == value.name), None)
        given = [a for a in caller.call.args if a.name is None]
        if named is None and position + caller.first >= len(given):
            break
        value, frame = named if named is not None else given[position + caller.first].value, caller.frame
    return value, frame


def written_content(node: SiteNode, paths: Iterable[str]) -> Iterator[tuple[ir.Value, Frame]]:
    """What a publish sends, as it is written: through objects, lists, encoding calls and locals, outermost first."""
    call, frame = node.match.place.call, node.match.place.frame
    if not isinstance(call, ir.Call) or frame is None:
        return
    for text in paths:
        path = parse_path(text)
        value = _argument(call, path)
        for step in path.steps:
            value = _part(value, frame, step)
        if value is not None:
            yield from _content(node, value, frame)
            return


def _part(value: ir.Value | None, frame: Frame, step: str) -> ir.Value | None:
    found = local_value(value, frame) if isinstance(value, ir.Name) else value
    if step == "[]" and isinstance(found, ir.Sequence):
        return found.items[0] if found.items else None
    if isinstance(found, ir.Object):
        return next((f.value for f in found.fields if f.key == step), None)
    return None


def _content(node: SiteNode, value: ir.Value, frame: Frame) -> Iterator[tuple[ir.Value, Frame]]:
    for _ in range(_MAX_STEPS):
        yield value, frame
        passed, around = _at_any_caller(node, value, frame)
        if passed is not value:
            value, frame = passed, around
            continue
        following = _inside(value, frame)
        if following is None:
            return
        value = following


def _at_any_caller(node: SiteNode, value: ir.Value, frame: Frame) -> tuple[ir.Value, Frame]:
    """As `at_caller`, for a value in the function of any step of the chain."""
    if not isinstance(value, ir.Name):
        return value, frame
    for caller in node.chain:
        function = caller.callee.frame.function
        if caller.callee.frame is not frame or function is None:
            continue
        position = next((i for i, p in enumerate(function.parameters) if p.name == value.name), None)
        if position is None:
            return value, frame
        named = next((a.value for a in caller.call.args if a.name == value.name), None)
        given = [a for a in caller.call.args if a.name is None]
        if named is not None:
            return named, caller.frame
        if position + caller.first < len(given):
            return given[position + caller.first].value, caller.frame
    return value, frame


def _inside(value: ir.Value, frame: Frame) -> ir.Value | None:
    if isinstance(value, ir.Await):
        return value.value
    if isinstance(value, ir.Name):
        return local_value(value, frame)
    if isinstance(value, ir.Template) and len(value.parts) == 1:
        return value.parts[0]
    if isinstance(value, ir.Call) and _called(value, frame) in _ENCODERS:
        positional = [a.value for a in value.args if a.name is None and not a.spread]
        if isinstance(value.callee, ir.Member) and (not positional or _names_charset(value)):
            return value.callee.object
        if positional:
            return positional[0]
        return value.args[0].value if value.args and value.args[0].name in ("body", "data", "value") else None
    return None


def _names_charset(call: ir.Call) -> bool:
    """Whether a method that encodes is only told how (``text.encode("utf-8")``)."""
    return last_name(call.callee) == "encode" and all(isinstance(one.value, ir.Literal) for one in call.args)


def _called(call: ir.Call, frame: Frame) -> str:
    name = last_name(call.callee)
    return frame.module.aliases.get(name, name) if isinstance(call.callee, ir.Name) else name


def local_value(value: ir.Name, frame: Frame) -> ir.Value | None:
    """The one value that a local name is given; None where it is a parameter, has several or is no local."""
    scope: Frame | None = frame
    while scope is not None:
        definitions = scope.definitions.get(value.name)
        if definitions:
            only = definitions[0]
            plain = len(definitions) == 1 and only.kind == "value" and not only.path
            return only.value if plain and only.value is not value else None
        scope = scope.parent
    return None


def declared_type(value: ir.Name, frame: Frame) -> tuple[ir.TypeRef, Frame] | None:
    """The type that is written where a name is declared, as a parameter or a local, with the scope in which it stands."""
    scope: Frame | None = frame
    while scope is not None:
        function = scope.function
        for parameter in function.parameters if function is not None else ():
            if parameter.name == value.name:
                return (parameter.type, scope.parent or scope) if parameter.type is not None else None
        if value.name in scope.definitions:
            body = function.body if function is not None else scope.module.module.body
            for statement in statements_in(body or ()):
                if (
                    isinstance(statement, ir.Assign)
                    and isinstance(statement.target, ir.Name)
                    and statement.target.name == value.name
                    and statement.annotation is not None
                ):
                    return statement.annotation, scope
            return None
        scope = scope.parent
    return None
