"""What a call gives: what its function returns, what is known of methods of texts and lists, what a container or a serializer hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import (
    accessors,
    application,
    exported_names,
    lists,
    overloads,
    scope_functions,
    tables,
    texts,
    type_names,
)
from eventlens.flow.denotations import (
    Collection,
    External,
    ExternalResult,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Opaque,
    Part,
    Scalar,
    Text,
    unique,
)
from eventlens.flow.library_models import family_of
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

ENCODING_METHODS = frozenset(
    (
        "model_dump_json", "model_dump", "json", "dict", "to_json", "toJSON", "to_dict", "as_dict", "asdict", "SerializeToString",
        "encode", "decode", "toString", "toObject", "serialize", "getData",
    )
)  # fmt: skip
"""Methods that give the same content in another form; seen through where the workspace does not define them."""
_WRITING = frozenset(
    (
        "writeValueAsString", "writeValueAsBytes", "valueToTree", "toJson", "ToJson", "encodeToString", "encodeToByteArray", "Marshal",
        "MarshalIndent", "Serialize", "SerializeObject", "SerializeToUtf8Bytes", "SerializeToElement", "GetBytes", "FromObjectAsJson",
        "toJSONString",
    )
)  # fmt: skip
"""Methods of serializers: what they give is one of their arguments in another form, where the workspace does not define them."""
_WRITING_LAST = frozenset(("encodeToString", "encodeToByteArray"))
"""Those that are told first how it is to be written."""


def result(evaluator: Evaluator, node: ir.Call, frame: Frame) -> Denotations:
    """What a call gives; as it is written where nothing is known of it."""
    if isinstance(node.callee, ir.Name) and node.callee.name in ("require", "import"):
        module = _required(evaluator, node, frame)
        if module:
            return module
    if isinstance(node.callee, ir.Member):
        if node.callee.name == "bind":
            bound = _bound(evaluator, node, node.callee, frame)
            if bound:
                return bound
        spoken = texts.method_result(evaluator, node, node.callee, frame)
        if spoken is None:
            spoken = type_names.method_result(evaluator, node, node.callee, frame)
        if spoken is None:
            spoken = tables.method_result(evaluator, node, node.callee, frame)
        if spoken is None:
            spoken = lists.method_result(evaluator, node, node.callee, frame)
        if spoken is None:
            spoken = accessors.result(evaluator, node, node.callee, frame)
        if spoken is not None:
            return spoken
    ran = scope_functions.result(evaluator, node, frame)
    if ran is not None:
        return ran
    found = unique(
        d
        for callee in overloads.applicable(evaluator, evaluator.evaluate(node.callee, frame), node, frame)
        for d in application.call(evaluator, callee, node, frame)
    )
    if any(isinstance(item, LibraryMember | LibraryValue) for item in found):  # a library's, by the declared type
        found = tuple(item for item in found if not (isinstance(item, Part) and item.step == "()"))
    if (
        isinstance(node.callee, ir.Member)
        and node.callee.name in ENCODING_METHODS
        and all(isinstance(item, LibraryMember) for item in found)
    ):
        return evaluator.evaluate(node.callee.object, frame)
    located = _located(evaluator, node, frame, found)
    if located:
        return located
    written = _written_out(evaluator, node, frame, found)
    if written:
        return written
    return found or (evaluator.opaque(node, frame),)


def _bound(evaluator: Evaluator, node: ir.Call, callee: ir.Member, frame: Frame) -> Denotations:
    """What ``method.bind(object)`` is: the same function, as long as it binds no arguments."""
    of = LibraryMember | FunctionRef if len(node.args) == 1 else LibraryMember
    return tuple(one for one in evaluator.evaluate(callee.object, frame) if isinstance(one, of))


def _located(evaluator: Evaluator, node: ir.Call, frame: Frame, found: Denotations) -> Denotations:
    """What a container hands out of a type (``provider.GetRequiredService<Orders>()``), where nothing else is known of the call."""
    name = node.callee.name if isinstance(node.callee, ir.Member) else ""
    how = evaluator.catalogue.located.get(name) if node.type_args else None
    if how is None or not all(isinstance(item, Opaque | External | ExternalResult | Part) for item in found):
        return ()
    values = evaluator.typed(node.type_args[0], frame)
    return (Collection(values),) if how == "all" and values else values


def _written_out(evaluator: Evaluator, node: ir.Call, frame: Frame, found: Denotations) -> Denotations:
    """What a serializer of which nothing else is known writes out: one of its arguments, in another form."""
    name = node.callee.name if isinstance(node.callee, ir.Member) else ""
    if name not in _WRITING or not node.args or any(isinstance(item, Instance | Scalar | Text) for item in found):
        return ()
    if any(isinstance(item, FunctionRef) for item in evaluator.evaluate(node.callee, frame)):
        return ()
    written = node.args[-1] if name in _WRITING_LAST else node.args[0]  # types and settings stand beside it
    return evaluator.evaluate(written.value, frame)


def _required(evaluator: Evaluator, node: ir.Call, frame: Frame) -> Denotations:
    """The module that ``require('m')`` or ``import('m')`` gives where it is used as a value."""
    given = node.args[0].value if len(node.args) == 1 else None
    if (
        family_of(frame.module.module.language) != "typescript"
        or not isinstance(given, ir.Literal)
        or not isinstance(given.value, str)
    ):
        return ()
    return exported_names.imported(evaluator, frame.module, ir.Import(node.start, node.end, "", given.value, "*"))
