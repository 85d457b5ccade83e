"""The publish call of a dual write, read: where it stands and what it sends."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.operations import DualWrite
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox.python_messages import REDIS, REDIS_ASYNC, Publish
from eventlens.fixes.outbox.python_readers import read_publish
from eventlens.fixes.outbox.python_types import member_types
from eventlens.fixes.python_code import node_of
from eventlens.fixes.source import SourceFile
from eventlens.knowledge.schema import Publish as PublishEntry


class PublishCall(NamedTuple):
    """``function`` is the ``def`` around the call, ``hook`` the call of a hook whose lambda publishes (``on_commit(lambda: …)``)."""

    file: SourceFile
    call: Node
    function: Node
    publish: Publish
    hook: Node | None = None


def publish_call(context: FixContext, one: DualWrite) -> PublishCall | None:
    """None where the publish is that of a wrapper, or what it sends is not certain."""
    node = one.node.node
    if one.publish.chain or one.node.chain or one.publish.frame is not one.node.frame or not isinstance(node, ir.Call):
        return None
    file = context.file(one.node.module.path)
    call = node_of(file, node.start, node.end, "call")
    function = file.enclosing(call, "function_definition", "lambda") if call is not None else None
    hook = _hook(function) if function is not None and function.type == "lambda" else None
    if hook is not None:
        function = file.enclosing(hook, "function_definition", "lambda")
    if call is None or function is None or function.type != "function_definition":
        return None
    entry = one.node.match.entry
    called = entry.call if isinstance(entry, PublishEntry) else None
    members = member_types(context, one.publish.frame)
    publish = read_publish(called or "", one.node.match.library, file, call, function, members)
    if publish is None:
        return None
    if publish.client is REDIS and call.parent is not None and call.parent.type == "await":
        publish = publish._replace(client=REDIS_ASYNC)
    return PublishCall(file, call, function, publish, hook)


def _hook(function: Node) -> Node | None:
    """The call that is given a lambda as its only argument."""
    given = function.parent
    if given is None or given.type != "argument_list" or len(given.named_children) != 1:
        return None
    return given.parent
