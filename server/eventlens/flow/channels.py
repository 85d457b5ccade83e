"""From a channel position of a model entry to broker, kind and names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from eventlens import ir
from eventlens.flow import application, conditions, lookups
from eventlens.flow.denotations import (
    Binding,
    ClassRef,
    Collection,
    Denotation,
    FunctionRef,
    LibraryMember,
    LibraryValue,
    Opaque,
    Parameter,
    Part,
    Receiver,
    Record,
    Scalar,
    Text,
    Variable,
    is_symbolic,
)
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.matching import Matcher
from eventlens.flow.module_index import decorator_name
from eventlens.flow.reading import read, read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.texts import Name, names, separated
from eventlens.flow.type_names import qualified_function_name, qualified_name
from eventlens.flow.variables import Variables
from eventlens.knowledge.schema import BrokerChoice, Channel, Declare

DEFAULT_KIND = {
    "kafka": "topic", "rabbitmq": "queue", "sqs": "queue", "sns": "topic", "eventbridge": "bus", "kinesis": "stream", "nats": "subject",
    "redis-streams": "stream", "redis-pubsub": "subject", "bullmq": "queue", "celery": "task", "postgres-notify": "subject",
    "azure-service-bus": "queue", "google-pubsub": "topic", "pulsar": "topic", "rocketmq": "topic", "jms": "queue", "dynamodb-streams": "stream",
    "eventstoredb": "stream", "webhook": "subject", "in-process": "subject", "abstract": "topic",
}  # fmt: skip


@dataclass(frozen=True)
class ChannelNames:
    """What a channel position says: all names that are possible, the kind, and how the names are patterns ("" for none)."""

    broker: str
    kind: str
    names: tuple[Name, ...]
    pattern: str
    symbolic: tuple[Denotation, ...]
    """Denotations that depend on a caller."""
    opaque: tuple[Opaque, ...]

    def without_stood_in(self) -> ChannelNames:
        """These names without a variable that is not set, where another stands in for it (``getEnv("TOPIC", "orders")``)."""
        if len(self.names) < 2 or not any(name.is_whole for name in self.names):
            return self
        return replace(self, names=tuple(name for name in self.names if name.text != "*"))


def broker_of(match: LibraryMatch, place: Place) -> str:
    """The broker of a match: what the entry says, decided by configuration where it must be, else the model's."""
    said = getattr(match.entry, "broker", None)
    if isinstance(said, BrokerChoice):
        for path in said.of:
            found = list(_chosen(said, place, path))
            if found:
                return next((one for one in found if one != "abstract"), found[0])
        return said.default
    return said or match.model.model.broker or "abstract"


def _chosen(said: BrokerChoice, place: Place, path: str) -> Iterator[str]:
    """The brokers that the values at a path stand for: where there are several ways to a handler, messages that somebody keeps come by a broker's."""
    for value in read(place, path):
        compared = _beginning(value, said.until) if said.until else value
        for key, broker in said.map.items():
            if conditions.equals(compared, key) or (isinstance(compared, Scalar) and str(compared.value) == key):
                yield broker


def _beginning(value: Denotation, end: str) -> Denotation:
    """A text up to where another begins, whatever stands behind it."""
    first = value.value if isinstance(value, Scalar) else value.parts[0] if isinstance(value, Text) else None
    return Scalar(first.partition(end)[0]) if isinstance(first, str) and end in first else value


class ChannelReader:
    """Reads channel positions."""

    def __init__(self, matcher: Matcher, variables: Variables) -> None:
        self.matcher = matcher
        self.variables = variables

    def read(self, match: LibraryMatch, place: Place, spec: Channel) -> ChannelNames:
        """The names at a channel position of a match, seen from ``place``."""
        broker = spec.broker or broker_of(match, place)
        found = self._values(place, spec)
        named = [name for value in found for name in self.names_of(value, place, spec.qualified)]
        if spec.named_by is not None and not self._is_registered(place, spec):
            named = [one for name in named for one in self._made_of_type(name, place, spec.named_by)]
        listed = list(_by_text((name.text, self.transformed(name, spec)) for name in named).values())
        kind = spec.kind or match.model.model.kind or DEFAULT_KIND.get(broker, "topic")
        symbolic = tuple(part for value in found for part in self._parts(value) if is_symbolic(part))
        opaque = tuple(value for value in found if isinstance(value, Opaque))
        if not found and spec.default is not None:
            listed = [Name(spec.default, spec.default, True, ())]
        if spec.when_empty is not None and listed and not symbolic and all(name.text == "" for name in listed):
            return self.read(match, place, spec.when_empty)
        pattern = self._pattern(place, spec, broker)
        if any(name.is_regex for name in listed):
            pattern = "regex"
        listed = [name for name in listed if name.text or (kind == "exchange" and len(listed) == 1)]
        return ChannelNames(broker, kind, tuple(listed), pattern, symbolic, opaque).without_stood_in()

    def _is_registered(self, place: Place, spec: Channel) -> bool:
        """Whether the name itself was registered, and not a type of which one is made."""
        return any(read(place, path) for path in spec.name if path.startswith("registration "))

    def _made_of_type(self, name: Name, place: Place, functions: Iterable[str]) -> list[Name]:
        """The names that a function gives for a type; the type's own name where there is no such function, or it says nothing."""
        evaluator = self.matcher.evaluator
        written = ir.TypeRef(0, 0, name.text)
        call = ir.Call(0, 0, ir.Unknown(0, 0, "name of a type"), (), type_args=(written,))
        found: list[Name] = []
        for function in read_first(place, functions):
            if isinstance(function, FunctionRef):
                caller = place.frame or function.frame
                binding = Binding(function.frame, call, caller, (), function.receiver)
                results = evaluator.substitute_all(application.results(evaluator, function), (binding,))
                found.extend(names(results, self.variables))
        return [one for one in found if one.is_whole] or [name]

    def _values(self, place: Place, spec: Channel) -> tuple[Denotation, ...]:
        for path in spec.name:
            found = tuple(
                value for value in read(place, path) if not (isinstance(value, Scalar) and value.value is None)
            )
            if found:
                given = (self._asked_by(item, place) for value in found for item in self.declared(value, place))
                return tuple(item for one in given for item in self._of_setting(one, place, spec.settings_between))
        return ()

    def _asked_by(self, value: Denotation, place: Place) -> Denotation:
        """An environment variable that shared code reads, as the service sees it that hands it on to a call: its own files say what it is."""
        if isinstance(value, Collection):
            return Collection(tuple(self._asked_by(item, place) for item in value.items))
        if not isinstance(value, Variable) or self.variables.agree_on(value.name):
            return value
        if self.variables.speak_for(value.name, value.path):
            return value
        askers = [one.caller for one in reversed(place.environment)] + ([place.frame] if place.frame else [])
        paths = (one.module.path for one in askers)
        near = next((path for path in paths if self.variables.speak_for(value.name, path)), value.path)
        return replace(value, path=near)

    def _of_setting(self, value: Denotation, place: Place, mark: str) -> Iterable[Denotation]:
        """The environment variable that stands between marks in a name; one that nothing sets, and any other value, as it is written:
        two ends that name the same variable are ends of one channel."""
        if not mark or not isinstance(value, Scalar) or not isinstance(value.value, str):
            return (value,)
        name = value.value.strip(mark)
        if value.value != f"{mark}{name}{mark}" or place.frame is None or place.call is None:
            return (value,)
        if not self.variables.lookup(name, place.frame.module.path):
            return (value,)
        return lookups.named_variable(Scalar(name), place.call, place.frame)

    def declared(self, value: Denotation, place: Place) -> Iterable[Denotation]:
        """A library value in a channel position stands for the channel that was declared where it was made."""
        if isinstance(value, Collection):
            return [item for inner in value.items for item in self.declared(inner, place)]
        if isinstance(value, LibraryMember):
            value = value.value
        if isinstance(value, Parameter) and (provided := self._provided(value)):
            return [item for inner in provided for item in self.declared(inner, place)]
        if isinstance(value, LibraryValue):
            current: LibraryValue | None = value
            while current is not None:
                for match in (
                    self.matcher.at_call(current.call, current.frame)
                    if isinstance(current.call, ir.Call) and current.frame is not None
                    else ()
                ):
                    if isinstance(match.entry, Declare):
                        inner = replace(match.place, environment=current.environment)
                        return read_first(inner, match.entry.channel.name)
                current = current.parent
            return ()
        return (value,)

    def _provided(self, value: Parameter) -> list[LibraryValue]:
        """What a container hands to a decorated function: the result of the function that is named like the parameter and carries
        the same decorator (``@Bean Queue billing()`` for ``@Bean Binding bound(Queue billing, …)``)."""
        asked = _decorators_of(value.frame)
        for frame in value.frame.module.frames if asked else ():
            if frame.function is not None and frame.function.name == value.name and asked & _decorators_of(frame):
                results = application.results(self.matcher.evaluator, FunctionRef(frame))
                return [item for item in results if isinstance(item, LibraryValue)]
        return []

    def names_of(self, value: Denotation, place: Place, qualified: bool = False) -> list[Name]:
        """The names that a value stands for; none for what depends on a caller. ``qualified``: a class is named with its package, a
        function with its module."""
        if isinstance(value, Record):
            return [Name(text, text, True, ()) for text in [self._pattern_object(value)] if text]
        if isinstance(value, Parameter | Part | Receiver):
            return []
        if isinstance(value, ClassRef):
            name = qualified_name(value.index) if qualified else value.index.name
            return [Name(name, name, True, ())]
        if isinstance(value, FunctionRef) and qualified and value.frame.function is not None:
            name = qualified_function_name(value.frame)
            return [Name(name, name, True, ())]
        return names((value,), self.variables)

    def names_as(self, spec: Channel, values: Iterable[Denotation], place: Place) -> dict[str, Name]:
        """The names that values stand for in a channel's position, by their texts."""
        found = (
            self.transformed(name, spec) for value in values for name in self.names_of(value, place, spec.qualified)
        )
        return _by_text((name.text, name) for name in found)

    def _pattern_object(self, value: Record) -> str:
        """An object used as a message pattern, as canonical JSON (``{cmd: 'sum'}``)."""
        content: dict[str, Any] = {}
        for field in value.node.fields:
            if field.key is None:
                return ""
            known = names(self._of_field(value, field), self.variables)
            content[field.key] = known[0].text if known else "*"
        return json.dumps(content, sort_keys=True, separators=(",", ":"))

    def _of_field(self, value: Record, field: ir.Field) -> tuple[Denotation, ...]:
        return self.matcher.evaluator.evaluate(field.value, value.frame, value.environment)

    def _parts(self, value: Denotation) -> Iterable[Denotation]:
        """What a name is made of: an object used as a message pattern of its fields."""
        if not isinstance(value, Record):
            return (value,)
        return (part for field in value.node.fields if field.key is not None for part in self._of_field(value, field))

    def _pattern(self, place: Place, spec: Channel, broker: str) -> str:
        for case in spec.pattern_cases:
            if conditions.hold_at(place, case.when, broker):
                return case.pattern
        return spec.pattern if conditions.hold_at(place, spec.pattern_when, broker) else ""

    def transformed(self, name: Name, spec: Channel) -> Name:
        """A name as the model says it is to be read (the last part of a URL, in snake case …)."""
        text, template = name.text, name.template
        for prefix in spec.strip_prefix:
            if text.startswith(prefix):
                text, template = text[len(prefix) :], template.removeprefix(prefix)
                break
        for suffix in spec.strip_suffix:
            if text.endswith(suffix):
                text, template = text[: -len(suffix)], template.removesuffix(suffix)
                break
        for mark in spec.until:
            text, template = text.partition(mark)[0], template.partition(mark)[0]
        for one in spec.transform:
            text, template = _TRANSFORMS[one](text), _TRANSFORMS[one](template)
        return replace(name, text=text, template=template)

    def texts(self, place: Place, paths: Iterable[str] | None) -> list[Name]:
        """The names at the first path that is present, records as JSON."""
        return [name for value in read_first(place, paths) for name in self.names_of(value, place)]

    def first_text(self, place: Place, paths: Iterable[str] | None) -> str | None:
        """One name at the paths; the first of several, None where there is none."""
        found = self.texts(place, paths)
        return found[0].text if found else None


_ARN_KIND = re.compile(r"^(?:event-bus|stream)/")
_TRANSFORMS: dict[str, Callable[[str], str]] = {
    "url-tail": lambda text: text.rstrip("/").rpartition("/")[2],
    "arn-tail": lambda text: _ARN_KIND.sub("", text.rpartition(":")[2]) if text.startswith("arn:") else text,
    "snake-case": separated,
    "kebab-case": lambda text: separated(text, "-"),
    "lower": str.lower,
    "name-tail": lambda text: text.rpartition(".")[2],
    "strip-prefix-colon": lambda text: text.rpartition(":")[2],
}


def _by_text(named: Iterable[tuple[str, Name]]) -> dict[str, Name]:
    """The names by texts, the last of equal ones, with the evidence of all of them."""
    found: dict[str, Name] = {}
    for text, name in named:
        found[text] = name.beside(found[text]) if text in found else name
    return found


def _decorators_of(frame: Frame) -> frozenset[str]:
    """The names of a function's decorators."""
    decorators = frame.function.decorators if frame.function is not None else ()
    return frozenset(map(decorator_name, decorators))
