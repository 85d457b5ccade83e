"""Fields that what decorates a handler puts into each message before the handler gets it (an interceptor of Nest, a decorator of the house)."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.checks.context import CheckContext
from eventlens.flow.denotations import ClassRef, Denotation, FunctionRef, Instance
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import statements_in


def put_in_before(context: CheckContext, node: SiteNode) -> frozenset[str]:
    """The names of members and items that are set in the workspace's functions and classes which decorate a handler, or its class."""
    handler = node.handler.frame
    if handler is None or handler.function is None:
        return frozenset()
    own = handler.cls.definition.decorators if handler.cls is not None else ()
    return frozenset(
        name
        for decorator in (*handler.function.decorators, *own)
        for value in _named_in(decorator)
        for meaning in context.graph.evaluator.evaluate(value, handler.outside)
        for code in _code_of(meaning)
        for name in _set_in(code)
    )


def _named_in(decorator: ir.Value) -> Iterator[ir.Value]:
    """A decorator and what it is given (``@UseInterceptors(Sessions)``)."""
    if not isinstance(decorator, ir.Call):
        yield decorator
        return
    yield decorator.callee
    for argument in decorator.args:
        given = argument.value
        yield given.callee if isinstance(given, ir.Call) and given.is_new else given


def _code_of(meaning: Denotation) -> Iterator[Frame]:
    if isinstance(meaning, FunctionRef):
        yield meaning.frame
    elif isinstance(meaning, ClassRef | Instance):
        yield from meaning.index.methods.values()


def _set_in(code: Frame) -> Iterator[str]:
    """The names of members and items that a function, with those in it, sets."""
    for inner in code.module.frames:
        if inner.function is None or not (code.start <= inner.start and inner.end <= code.end):
            continue
        yield from (one.name for one in inner.members)
        for statement in statements_in(inner.function.body or ()):
            target = statement.target if isinstance(statement, ir.Assign) else None
            if (
                isinstance(target, ir.Index)
                and isinstance(target.key, ir.Literal)
                and isinstance(target.key.value, str)
            ):
                yield target.key.value
