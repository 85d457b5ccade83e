"""Configuration that code reads: environment variables, settings classes, keys of configuration documents, injected values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, class_members, documents, reading, registered_settings, settings_objects
from eventlens.flow.denotations import (
    MAX_PARTS,
    VARIABLE,
    Denotation,
    Document,
    External,
    LibraryValue,
    Opaque,
    Parameter,
    Part,
    Scalar,
    Text,
    Trail,
    Variable,
    depth,
    unique,
)
from eventlens.flow.library_models import export_matches, member_matches
from eventlens.flow.matched_place import Place

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import ClassIndex, Frame
    from eventlens.knowledge.schema import Lookup


_METHODS = frozenset(("get", "setdefault", "pop", "keys", "items", "values", "copy", "update", "hasOwnProperty"))
"""Methods of the mapping that holds the variables; no variable is called so."""


def member_lookup(evaluator: Evaluator, external: External, node: ir.Node, frame: Frame) -> Denotations:
    """The variable that reading a member means (``process.env.TOPIC``, ``os.environ["TOPIC"]``), or the library's constant that it is."""
    if external.path[-1] in _METHODS:
        return ()
    for model in evaluator.catalogue.models_for(external):
        for pattern, value in model.constants:
            if model.owns(external) and export_matches(pattern, external):
                return (Scalar(value),)
        for pattern, lookup in model.lookups:
            if (
                lookup.member
                and len(external.path) >= len(pattern.names)
                and model.owns(external)
                and export_matches(pattern, external)
            ):
                return (_variable(external.path[-1], (), node, frame),)
    return ()


def call_lookup(evaluator: Evaluator, external: External, call: ir.Call, frame: Frame) -> Denotations:
    """The configuration value that a call of an external function reads."""
    for model in evaluator.catalogue.models_for(external):
        for pattern, lookup in model.lookups:
            if lookup.asks and not pattern.type and export_matches(pattern, external):
                return _read(evaluator, lookup, call, frame)
    return ()


def method_lookup(
    evaluator: Evaluator, value: LibraryValue, names: tuple[str, ...], call: ir.Call, frame: Frame
) -> Denotations:
    """The configuration value that a method of a library value reads (``configService.get('TOPIC')``)."""
    for pattern, lookup in value.model.lookups:
        if lookup.asks and pattern.type == value.type and member_matches(pattern, names):
            return _read(evaluator, lookup, call, frame, value)
    return ()


def _read(
    evaluator: Evaluator, lookup: Lookup, call: ir.Call, frame: Frame, receiver: LibraryValue | None = None
) -> Denotations:
    place = Place(evaluator, call, frame, receiver)
    default = reading.read_first(place, lookup.default)
    if lookup.of_type_argument:
        return settings_objects.held(evaluator, receiver, frame) if receiver is not None else ()
    if lookup.section is not None:
        return settings_objects.bound(evaluator, lookup, place)
    if lookup.key is not None:
        keys = [d.value for d in reading.read(place, lookup.key) if isinstance(d, Scalar) and isinstance(d.value, str)]
        if not lookup.documents:
            return settings_objects.asked(evaluator, lookup, keys, place, default)
        written = tuple(d for key in keys for d in _from_documents(evaluator, lookup.documents, key, frame))
        return written or _set_in_code(evaluator, lookup.registered, keys, frame) or default
    named = reading.read(place, lookup.variable or "0")
    if lookup.registered is not None:
        keys = [d.value for d in named if isinstance(d, Scalar) and isinstance(d.value, str)]
        given = [d for key in keys for d in registered_settings.asked(evaluator, lookup.registered, key, call, frame)]
        if given:
            return tuple(given)
    found = tuple(
        _variable(d.value, default, call, frame) for d in named if isinstance(d, Scalar) and isinstance(d.value, str)
    )
    return found or _left_to_callers(named)


def under_given_name(
    evaluator: Evaluator, item: Denotation, names: Denotations, node: ir.Node, frame: Frame
) -> Denotations:
    """The variable that a function reads whose name it is given (``process.env[key]``)."""
    return _left_to_callers(names) if holds_variables(evaluator, item, node, frame) else ()


def holds_variables(evaluator: Evaluator, item: Denotation, node: ir.Node, frame: Frame) -> bool:
    """Whether any member of something is a variable (``process.env``)."""
    if not isinstance(item, External):
        return False
    read = member_lookup(evaluator, External(item.package, (*item.path, "?"), item.family), node, frame)
    return any(isinstance(one, Variable) for one in read)


def _left_to_callers(names: Denotations) -> Denotations:
    return tuple(Part(d, VARIABLE) for d in names if isinstance(d, Parameter | Part) and depth(d) < MAX_PARTS)


def named_variable(name: Denotation, node: ir.Node, frame: Frame) -> Denotations:
    """The variable of a name."""
    if isinstance(name, Scalar) and isinstance(name.value, str):
        return (_variable(name.value, (), node, frame),)
    return _left_to_callers((name,))


def bound_member(evaluator: Evaluator, value: LibraryValue, name: str, frame: Frame) -> Denotations:
    """What was bound under a name where a library value, or the value that it is a member of, was made."""
    current: LibraryValue | None = value
    while current is not None:
        if current.source is not None and name in current.source.bind and current.frame is not None:
            return reading.read_bound(Place(evaluator, None, frame), current, name)
        current = current.parent if current.source is not None and current.source.member else None
    return ()


def _variable(name: str, default: Denotations, node: ir.Node, frame: Frame) -> Variable:
    path = frame.module.path
    return Variable(
        name, path, node.start, default, (Trail(path, node.start, f"{name} is read from the configuration here"),)
    )


def _set_in_code(evaluator: Evaluator, token: str | None, keys: list[str], frame: Frame) -> Denotations:
    """What code sets for a key (``viper.SetDefault("topics.orders", "orders")``): that of the place's own service, if it sets any."""
    given = [one for key in keys for one in evaluator.injections.get(f"{token} {key}", ())] if token is not None else []
    service = evaluator.provided.service_of(frame.module.path) if given else None
    own = [one for one in given if evaluator.provided.service_of(one.path) == service]
    return unique(one.value for one in own or given if isinstance(one.value, Scalar))


def _from_documents(evaluator: Evaluator, names: list[str], key: str, frame: Frame) -> Denotations:
    workspace = evaluator.program.workspace
    folder = frame.module.path.rpartition("/")[0]
    while True:
        for name in names:
            path = f"{folder}/{name}" if folder else name
            if path in workspace:
                for root in documents.document(evaluator, path):
                    found = documents.member(root, key) if isinstance(root, Document) else ()
                    if found:
                        return found
        if not folder:
            return ()
        folder = folder.rpartition("/")[0]


def settings_field(evaluator: Evaluator, index: ClassIndex, field: ir.ClassField) -> Denotations:
    """The variable behind a field of a settings class; its initial value is the default."""
    for base, _, _ in class_hierarchy.external_bases(evaluator, index):
        if not isinstance(base, External):
            continue
        for model in evaluator.catalogue.models_for(base):
            for pattern, lookup in model.lookups:
                if lookup.fields_of and export_matches(pattern, base):
                    default = evaluator.evaluate(field.value, index.body) if field.value is not None else ()
                    return (
                        _variable(
                            _alias(field) or _prefix(evaluator, index) + field.name.upper(),
                            _plain(default),
                            field,
                            index.body,
                        ),
                    )
    return ()


def _alias(field: ir.ClassField) -> str:
    """The variable that a field descriptor names itself (``Field(env="KAFKA_TOPIC")``, ``Field(validation_alias=…)``)."""
    for argument in field.value.args if isinstance(field.value, ir.Call) else ():
        if (
            argument.name in ("env", "alias", "validation_alias")
            and isinstance(argument.value, ir.Literal)
            and isinstance(argument.value.value, str)
        ):
            return argument.value.value.upper()
    return ""


def _plain(default: Denotations) -> Denotations:
    return tuple(item for item in default if isinstance(item, Scalar | Text | Variable))


def _prefix(evaluator: Evaluator, index: ClassIndex) -> str:
    """The class's ``env_prefix``, from ``model_config`` or an inner ``Config``."""
    inner = index.nested.get("Config")
    found: Denotations = class_members.class_member(evaluator, inner, "env_prefix", None) if inner is not None else ()
    configured = index.fields.get("model_config")
    if configured is not None and isinstance(configured.value, ir.Call):
        for argument in configured.value.args:
            if argument.name == "env_prefix":
                found = evaluator.evaluate(argument.value, index.body)
    for item in found:
        if isinstance(item, Scalar) and isinstance(item.value, str):
            return item.value.upper()
    return ""


def injected(evaluator: Evaluator, frame: Frame, position: int) -> Denotations:
    """What is injected for a constructor parameter by its decorator's token."""
    function = frame.function
    if function is None:
        return ()
    found: list[Denotation] = []
    for decorator in function.parameters[position].decorators:
        if isinstance(decorator, ir.Call) and decorator.args:
            for token in evaluator.evaluate(decorator.args[0].value, frame):
                found.extend(_provided(evaluator, token_text(token), frame))
    return tuple(item for item in found if not isinstance(item, Opaque))


def _provided(evaluator: Evaluator, token: str, frame: Frame) -> list[Denotation]:
    """What is provided under a token: by the service of a place; where it provides nothing itself, by whichever does."""
    said = evaluator.injections.get(token, ())
    if len(said) < 2:
        return [one.value for one in said]
    service_of = evaluator.provided.service_of
    service = service_of(frame.module.path)
    return [one.value for one in [one for one in said if service_of(one.path) == service] or said]


def token_of(evaluator: Evaluator, value: LibraryValue) -> str:
    """The injection token that the making of a value names, "" where it names none."""
    if value.source is None or value.source.token is None or value.frame is None:
        return ""
    place = Place(evaluator, value.call, value.frame, decorator=value.call, base=value.written)
    return next((token_text(token) for token in reading.read(place, value.source.token)), "")


def is_registered(evaluator: Evaluator, value: LibraryValue) -> bool:
    """Whether the token of a value is one under which its library was registered to make such values."""
    return (value.model.model.library, token_of(evaluator, value)) in evaluator.registered


def token_text(token: Denotation) -> str:
    """An injection token as text."""
    if isinstance(token, Scalar):
        return str(token.value)
    index = class_hierarchy.class_of(token)
    return index.name if index is not None else repr(token) if not isinstance(token, External) else ".".join(token.path)
