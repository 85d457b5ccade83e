"""Calling what values mean: results of functions, constructions, library results, and parameters replaced by arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import (
    class_hierarchy,
    class_members,
    conditions,
    documents,
    exported_names,
    lookups,
    members,
    options,
    parsed_environment,
    settings_objects,
    tables,
    text_forms,
    written_types,
)
from eventlens.flow.denotations import (
    MAX_PARTS,
    Binding,
    ClassRef,
    Collection,
    Denotation,
    Environment,
    External,
    ExternalResult,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Namespace,
    Opaque,
    Parameter,
    Part,
    Receiver,
    Scalar,
    depth,
)
from eventlens.flow.library_models import CompiledModel, export_matches, member_matches, most_special
from eventlens.flow.matched_place import Place
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MAX_ENVIRONMENT = 8
_SAME = frozenset(
    (
        "freeze",
        "seal",
        "assign",
        "structuredClone",
        "resolve",
        "from",
        "vars",
        "cast",
        "String",
        "str",
        "Number",
        "list",
        "tuple",
        "deepcopy",
        "copy",
        "forwardRef",
        "stringify",
        "dumps",
        "packb",
        "serialize",
        "instanceToPlain",
        "parse",
        "loads",
        "plainToInstance",
        "unpackb",
        "stringifyJson",
    )
)
_MADE_ONCE = frozenset(("GetOrAdd", "computeIfAbsent", "getOrPut"))
"""Methods of tables that give what a function makes of the key: the first time, and the same later."""
_VALUES = frozenset(("values", "entries", "items"))


def call(evaluator: Evaluator, callee: Denotation, node: ir.Call, frame: Frame) -> Denotations:
    """What calling ``callee`` at ``node`` gives."""
    if isinstance(callee, FunctionRef):
        return invoke(evaluator, callee, node, frame)
    if isinstance(callee, ClassRef):
        if callee.index.definition.kind == "enum":
            return evaluator.evaluate(node.args[0].value, frame) if node.args else ()
        return (Instance(callee.index, node, frame),)
    if isinstance(callee, External | LibraryMember) and parsed_environment.is_read(evaluator, node, frame):
        read = parsed_environment.read(evaluator, node, frame)
        if read:
            return read
    if isinstance(callee, External):
        return _call_external(evaluator, callee, node, frame)
    if isinstance(callee, LibraryMember):
        return _library_result(evaluator, callee.value, callee.names, node, frame)
    if isinstance(callee, LibraryValue):
        return _library_result(evaluator, callee, ("()",), node, frame)
    if isinstance(callee, Parameter | Part | Receiver):
        return _call_symbolic(evaluator, callee, node, frame)
    if isinstance(callee, Namespace):
        return tuple(
            d
            for item in exported_names.exported(evaluator, callee.path, "default")
            for d in call(evaluator, item, node, frame)
        )
    return ()


def _call_symbolic(
    evaluator: Evaluator, callee: Parameter | Part | Receiver, node: ir.Call, frame: Frame
) -> Denotations:
    part: Denotations = (Part(callee, "()", node, frame),) if depth(callee) < MAX_PARTS else ()
    declared = (item for item in written_types.declared_types(evaluator, callee) if isinstance(item, LibraryValue))
    return (*part, *(found for item in declared for found in call(evaluator, item, node, frame)))


def invoke(evaluator: Evaluator, callee: FunctionRef, node: ir.Call, frame: Frame, first: int = 0) -> Denotations:
    """What a workspace function returns when called at ``node``."""
    key = (id(callee.frame), id(node))
    if key in evaluator.calling or len(evaluator.calling) > 24:
        evaluator.cuts += 1
        return ()
    evaluator.calling.add(key)
    try:
        binding = Binding(callee.frame, node, frame, (), callee.receiver, first)
        return evaluator.substitute_all(results(evaluator, callee), (binding, *callee.environment)[:_MAX_ENVIRONMENT])
    finally:
        evaluator.calling.discard(key)


def results(evaluator: Evaluator, callee: FunctionRef) -> Denotations:
    """What a workspace function returns, symbolic in its parameters; its declared type where the body does not say."""
    function = callee.frame.function
    if function is None:
        return ()
    configured = settings_objects.method_of_settings(evaluator, callee)
    if configured:
        return configured
    given = callee.frame.returns or callee.frame.yields
    found = tuple(
        dict.fromkeys(
            d
            for value in given
            for d in evaluator.evaluate(value, callee.frame)
            if not (isinstance(d, Scalar) and d.value is None)
        )
    )
    if found and all(written_types.is_given_elsewhere(item) for item in found):
        return written_types.as_declared(evaluator, found, function.returns, callee.frame.outside)
    if found and not all(isinstance(item, Opaque) for item in found):
        return found
    declared = evaluator.typed(function.returns, callee.frame.outside)
    return declared or found


def _call_external(evaluator: Evaluator, callee: External, node: ir.Call, frame: Frame) -> Denotations:
    looked_up = lookups.call_lookup(evaluator, callee, node, frame)
    if looked_up:
        return looked_up
    if node.args and _is_transparent(evaluator, callee):
        return evaluator.evaluate(node.args[0].value, frame)
    found = external_results(evaluator, callee, node, frame) or text_forms.result(evaluator, callee, node, frame)
    if found:
        return found
    described = _described(evaluator, callee, node, frame)
    if described:
        return described
    last = callee.path[-1] if callee.path else ""
    if last == "type" and not callee.package and len(node.args) == 1:
        return tuple(
            d for item in evaluator.evaluate(node.args[0].value, frame) for d in class_members.class_as_value(item)
        )
    if node.args and last in _SAME:
        return evaluator.evaluate(node.args[0].value, frame)
    if len(node.args) == 2 and last in _MADE_ONCE:
        made = evaluator.evaluate(node.args[1].value, frame)
        return tuple(d for item in made for d in call(evaluator, item, node, frame))
    if node.args and not callee.package and last in _VALUES:
        listed = (
            d
            for item in evaluator.evaluate(node.args[0].value, frame)
            for d in members.elements(evaluator, item, node, frame)
        )
        return (Collection(tuple(listed)),)
    result = ExternalResult(callee, node, frame)
    if last == "Map" and not callee.package and node.is_new and len(node.args) == 1:
        return (tables.of_pairs(evaluator, result) or result,)
    return (result,)


def _is_transparent(evaluator: Evaluator, callee: External) -> bool:
    """Whether a call of the export only gives its argument in another form (``aws.String(url)``)."""
    return any(
        model.owns(callee) and any(export_matches(pattern, callee) for pattern in model.transparent)
        for model in evaluator.catalogue.models_for(callee)
        if model.transparent
    )


def _described(evaluator: Evaluator, callee: External, node: ir.Call, frame: Frame) -> Denotations:
    """What a call stands for that only describes or reads a value: a field's default, a module, a configuration file."""
    last = callee.path[-1] if callee.path else ""
    if (
        last in ("require", "import")
        and not callee.package
        and node.args
        and isinstance(node.args[0].value, ir.Literal)
    ):
        return exported_names.imported(
            evaluator, frame.module, ir.Import(node.start, node.end, "", str(node.args[0].value.value), "*")
        )
    default = options.described_default(evaluator, callee.package, last, node, frame)
    if default is not None:
        return default
    return documents.parsed(evaluator, last, node, frame)


def external_results(
    evaluator: Evaluator, callee: External, node: ir.Call, frame: Frame, environment: Environment = ()
) -> tuple[LibraryValue, ...]:
    """Library values that calling or constructing an export makes; with an environment those that its callers decide (see `given_more`)."""
    if "()" in callee.path:
        return ()
    found: list[LibraryValue] = []
    for model in evaluator.catalogue.models_for(callee):
        if not model.owns(callee):
            continue
        rows = [
            row
            for row in model.exported_as(callee)
            if (row[2].new or row[2].call)
            and (row[2].when or not environment)
            and conditions.hold(evaluator, row[2].when, node, frame, environment=environment)
        ]
        found.extend(LibraryValue(*made, source, node, frame, environment) for made, source in most_special(rows))
    return tuple(found)


def models_left_open(evaluator: Evaluator, item: ExternalResult) -> list[CompiledModel]:
    """The models of which the callers of a function decide whether a call in it makes a value of theirs (see `given_more`)."""
    if not _is_decided_by_arguments(evaluator, item.external):
        return []
    place = Place(evaluator, item.call, item.frame)
    return [
        model
        for model in evaluator.catalogue.models_for(item.external)
        if model.owns(item.external)
        and any(
            row[2].when and (row[2].new or row[2].call) and conditions.left_to_callers(place, row[2].when)
            for row in model.exported_as(item.external)
        )
    ]


def _is_decided_by_arguments(evaluator: Evaluator, callee: External) -> bool:
    """Whether it hangs on its arguments what an export makes, for some model."""
    known = evaluator.decided_by_arguments.get(callee)
    if known is None:
        rows = (
            row
            for model in evaluator.catalogue.models_for(callee)
            if "()" not in callee.path and model.owns(callee)
            for row in model.exported_as(callee)
        )
        known = any(bool(row[2].when) and bool(row[2].new or row[2].call) for row in rows)
        evaluator.decided_by_arguments[callee] = known
    return known


def given_more(evaluator: Evaluator, item: ExternalResult | LibraryMember) -> Denotations:
    """What a call gave of which no model knew what it makes, where its callers say it (``boto3.client(service)``); itself elsewhere."""
    if isinstance(item, ExternalResult):
        if not _is_decided_by_arguments(evaluator, item.external):
            return (item,)
        return external_results(evaluator, item.external, item.call, item.frame, item.environment) or (item,)
    if item.names[-1] != "()" or not isinstance(item.call, ir.Call) or item.frame is None:
        return (item,)
    value, names = item.value, item.names[:-1]
    found = tuple(
        LibraryValue(*made, source, item.call, item.frame, item.environment, value, names[0])
        for pattern, made, source in value.model.member_sources.get(value.type, ())
        if source.when
        and (source.call or source.new)
        and member_matches(pattern, names)
        and conditions.hold(evaluator, source.when, item.call, item.frame, value, environment=item.environment)
    )
    return found or (item,)


def _library_result(
    evaluator: Evaluator, value: LibraryValue, names: tuple[str, ...], node: ir.Call, frame: Frame
) -> Denotations:
    found: list[Denotation] = []
    looked_up = lookups.method_lookup(evaluator, value, names, node, frame)
    if looked_up:
        return looked_up
    for pattern, made, source in value.model.member_sources.get(value.type, ()):
        if "*" in pattern.names and any(row[0].names == names for row in value.model.member_sources[value.type]):
            continue  # a literal name wins over a wildcard
        if (
            (source.call or source.new)
            and member_matches(pattern, names)
            and conditions.hold(evaluator, source.when, node, frame, value)
        ):
            found.append(LibraryValue(*made, source, node, frame, (), value, names[0]))
    if not found and len(names) == 1 and not node.args:
        found.extend(lookups.bound_member(evaluator, value, names[0], frame))
    if not found and names != ("()",) and len(names) < MAX_PARTS:
        return (LibraryMember(value, (*names, "()"), node, frame),)
    return tuple(found)


def construction_environment(evaluator: Evaluator, item: Instance) -> Environment:
    """The bindings that an object's construction makes: its constructor's, and those of the constructors it calls on its bases."""
    if item.call is None or item.frame is None:
        return (Binding(item.index.body, _NO_CALL, item.index.body, (), item), *super_environment(evaluator, item))
    bindings: list[Binding] = []
    call, caller, environment = item.call, item.frame, item.environment
    for index in class_hierarchy.bases(evaluator, item.index):
        constructor = index.constructor
        if constructor is None:
            continue
        binding = Binding(constructor, call, caller, environment, item)
        bindings.append(binding)
        super_call = next((c for c in constructor.calls if _is_super(c)), None)
        if super_call is None:
            break
        call, caller, environment = super_call, constructor, (binding,)
    return tuple(bindings) or (Binding(item.index.body, _NO_CALL, item.index.body, (), item),)


def super_environment(evaluator: Evaluator, item: Instance | Receiver) -> Environment:
    """The bindings that the constructors of an object's class make on those of its bases, whoever constructs it (``super('orders')``)."""
    bindings: list[Binding] = []
    call: ir.Call | None = None
    caller: Frame = item.index.body
    environment: Environment = ()
    for index in class_hierarchy.bases(evaluator, item.index):
        constructor = index.constructor
        if constructor is None:
            continue
        if call is not None:
            bindings.append(Binding(constructor, call, caller, environment, item))
            environment = (bindings[-1],)
        call, caller = next((c for c in constructor.calls if _is_super(c)), None), constructor
        if call is None:
            break
    return tuple(bindings)


def called_without_arguments(frame: Frame) -> Binding:
    """A call of a function that passes nothing: its parameters are their defaults."""
    return Binding(frame, _NO_CALL, frame, (), None)


_NO_CALL = ir.Call(0, 0, ir.Unknown(0, 0, "construction"), ())


def _is_super(call: ir.Call) -> bool:
    callee = call.callee
    if isinstance(callee, ir.Member) and callee.name == "__init__":
        return isinstance(callee.object, ir.Super | ir.Call)
    return isinstance(callee, ir.Super)
