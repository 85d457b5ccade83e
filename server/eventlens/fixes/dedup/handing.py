"""How the function with the effects gets the message's id: it reads it off what it has, or its callers hand it on."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import CallStep
from eventlens.behaviour.paths import Level
from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.dedup.keys import Identified, Key, Writing, key_in
from eventlens.fixes.dedup.message import known_in
from eventlens.fixes.dedup.region import function_of
from eventlens.fixes.functions import call_at
from eventlens.fixes.source import SourceFile, inside
from eventlens.flow.scopes import Frame


def key_at(
    context: FixContext, handling: Handling, level: Level, one: Identified, before: int, writing: Writing
) -> tuple[Key | None, tuple[tuple[str, Edit], ...]]:
    """How the function writes the message's id at an offset; where only a caller has it, with the edits that hand it on."""
    frame = level.outer[-1].callee if level.outer else level.frame
    key = key_in(one, known_in(handling, level.outer, _innermost(handling, level, frame)), before, writing)
    if key is not None:
        taken = _taken(context, handling, key)
        return (_as_text(key, writing), taken) if taken is not None else (None, ())
    given: list[tuple[str, Edit]] = []
    parameter = writing.parameter
    for at in range(len(level.outer) - 1, -1, -1):
        step = level.outer[at]
        handed = _handed(context, step, parameter)
        if handed is None:
            return None, ()
        key = key_in(one, known_in(handling, level.outer[:at], step.frame), step.call.start, writing)
        text = _as_text(key, writing).text if key is not None else parameter
        given += [(path, Edit(start, end, made.replace("{}", text))) for path, start, end, made in handed]
        if key is not None:
            taken = _taken(context, handling, key)
            return (key._replace(text=parameter), (*given, *taken)) if taken is not None else (None, ())
    return None, ()


def _taken(context: FixContext, handling: Handling, key: Key) -> tuple[tuple[str, Edit], ...] | None:
    """What makes the handler's parameter take out what the key needs; None where the names mean something else."""
    frame = handling.consumer.node.handler.frame
    if not key.needs:
        return ()
    pattern = frame.function.parameters[0].pattern if frame is not None and frame.function is not None else None
    if frame is None or frame.function is None or not isinstance(pattern, ir.Object):
        return None
    file = context.file(frame.module.path)
    node = function_of(file, frame.function)
    if node is None or set(key.needs) & {file.text(one) for one in inside(node, "identifier")}:
        return None
    written = file.source[pattern.start : pattern.end]
    at = pattern.start + len(written) - len(written[1:].lstrip())
    return ((file.path, Edit(at, at, "".join(f"{name}, " for name in key.needs))),)


def _innermost(handling: Handling, level: Level, frame: Frame) -> Frame:
    """The scope of the first effect, so that what lambdas on the way know is known."""
    return handling.effects[0].frame if not level.outer or handling.effects[0].chain == level.outer else frame


def _as_text(key: Key, writing: Writing) -> Key:
    made = "str" if writing.parameter == "message_id" else "String"
    return key if key.is_text else key._replace(text=f"{made}({key.text})", is_text=True)


def _handed(context: FixContext, step: CallStep, name: str) -> list[tuple[str, int, int, str]] | None:
    """What makes a call hand over one thing more: at the call ``{}``, at the function a parameter; None where others call it too."""
    function, module = step.callee.function, step.callee.module
    if function is None or len(context.checks.graph.callers.of(step.callee)) != 1:
        return None
    if step.callee.cls is not None and step.callee.cls.definition.bases:
        return None
    if any(one.optional or one.default is not None or one.kind != "normal" for one in function.parameters):
        return None
    if len(step.call.args) != len(function.parameters) or any(one.spread for one in step.call.args):
        return None
    calling, called = context.file(step.frame.module.path), context.file(module.path)
    node, call = function_of(called, function), call_at(calling, step.call.start, step.call.end)
    parameters = node.child_by_field_name("parameters") if node is not None else None
    arguments = call.child_by_field_name("arguments") if call is not None else None
    if node is None or parameters is None or arguments is None or arguments.type not in ("arguments", "argument_list"):
        return None
    if any(called.text(one) == name for one in inside(node, "identifier")):
        return None
    typed = _typed(called, function)
    return [
        (calling.path, *_appended(calling, arguments, "{}")),
        (called.path, *_appended(called, parameters, name + typed)),
    ]


def _typed(file: SourceFile, function: ir.Function) -> str:
    if file.language == "python":
        is_typed = function.returns is not None or any(one.type is not None for one in function.parameters)
        return ": str" if is_typed else ""
    return ": string" if file.path.endswith((".ts", ".mts", ".cts", ".tsx")) else ""


def _appended(file: SourceFile, listed: Node, text: str) -> tuple[int, int, str]:
    own = [one for one in listed.named_children if one.type != "comment"]
    if not own:
        return listed.start_byte + 1, listed.start_byte + 1, text
    return own[-1].end_byte, own[-1].end_byte, f", {text}"
