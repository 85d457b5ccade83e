"""The schema of a site's message: from declared types, schema files, the value that is sent, or what is read of it."""

from __future__ import annotations

import msgspec

from eventlens import ir
from eventlens.flow import class_members
from eventlens.flow.call_results import ENCODING_METHODS
from eventlens.flow.denotations import (
    ClassRef,
    Collection,
    Denotation,
    EnumMember,
    Instance,
    Items,
    LibraryMember,
    Parameter,
    Part,
    Record,
    Scalar,
    Table,
    Text,
)
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.event_types import type_of_event
from eventlens.flow.model import PayloadField
from eventlens.flow.schema_files import NO_SCHEMA_FILES, FileSchema, SchemaFiles
from eventlens.flow.schema_reads import Reading, Stated, read_by_handler
from eventlens.flow.schema_types import Shape, TypeReader, Written, is_message_class, names_record
from eventlens.flow.schemas import MAX_DEPTH, NO_SCHEMA, Schema, agrees, merged, of_file, room
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.written_arguments import declared_type, written_content

_PRIMITIVES = {bool: "boolean", int: "number", float: "number", str: "string"}
_OPEN = ("dict", "Dict", "Mapping", "Record", "object", "Any", "any", "unknown", "Payload", "T")
"""Types that say nothing of what is inside."""
_TYPED_PARAMETERS = 3
"""Parameters of a handler whose types may be the message's."""


class Messages:
    """Reads the schemas of sites."""

    def __init__(self, evaluator: Evaluator, files: SchemaFiles = NO_SCHEMA_FILES) -> None:
        self.evaluator = evaluator
        self._types = TypeReader(evaluator)
        self._files = files

    # ------------------------------------------------------------------------------------------------------ schema

    def sent(self, site: SiteNode, values: tuple[Denotation, ...], event: str | None) -> Schema:
        """What a publish sends, of which ``values`` are known; ``event`` is the event's name."""
        sent = self._sent_fields(values)
        if not sent and not any(isinstance(value, Instance) for value in values):
            values = (*values, *self._made_of(site))
            sent = self._sent_fields(values)
        shape = self._written_type(site, sent, event, True) or self._type_of_values(values, event)
        if shape is not None and (shape.fields or not sent):
            return Schema(shape.fields, "declared", shape.name, shape.place)
        named = self._by_name(site, event, sent)
        shape = self._written_type(site, sent, event, False) if named is None else None
        if shape is not None:
            return Schema(shape.fields, "declared", shape.name, shape.place)
        return named or (Schema(sent, "inferred") if sent else NO_SCHEMA)

    def _sent_fields(self, values: tuple[Denotation, ...]) -> list[PayloadField]:
        records = [self._inferred(value, 1) for value in values if isinstance(value, Record)]
        records += [self._inferred_of_table(value) for value in values if isinstance(value, Table)]
        return merged(records) if records else []

    def taken(self, site: SiteNode, event: str | None) -> Schema:
        """What a subscription is given; ``event`` is the event's name."""
        reading = read_by_handler(self.evaluator, site)
        shape = self._stated(reading)
        if shape is None or not shape.fields:
            shape = self._type_of_parameters(site) or shape
        if shape is not None:
            return Schema(shape.fields, "declared", shape.name, shape.place)
        read = reading.fields()
        return self._by_name(site, event, read) or (Schema(read, "read") if read else NO_SCHEMA)

    # ---------------------------------------------------------------------------------------------- declared types

    def _written_type(self, site: SiteNode, sent: list[PayloadField], event: str | None, is_own: bool) -> Shape | None:
        """The type that the code states for what is sent: of the local or parameter that holds it, of the call that makes it.

        With ``is_own`` where the site stands, else in the publishing functions that it goes through: their parameters may be of a type
        that says less, such as an envelope of anything. A type counts if it has all that is known to be sent."""
        shapes = (
            self._type_of_written(value, frame, event)
            for value, frame in written_content(site, getattr(site.match.entry, "payload", None) or ())
            if (frame is site.frame) is is_own
        )
        found = [one for one in shapes if one is not None and one.fields and _covers(one.fields, sent)]
        telling = [one for one in found if not any(_is_open(field.type) and not field.fields for field in one.fields)]
        return telling[-1] if telling else found[0] if found and is_own else None

    def _type_of_written(self, value: ir.Value, frame: Frame, event: str | None) -> Shape | None:
        if isinstance(value, ir.Name):
            declared = declared_type(value, frame)
            return self._types.shape_of_event(Written(*declared), event) if declared is not None else None
        if not isinstance(value, ir.Call):
            return None
        shape = self._types.shape(Written(value.asserted, frame)) if value.asserted is not None else None
        return shape or self._types.shape_of_value_schema(self._checked_by(value, frame))

    def _made_of(self, site: SiteNode) -> tuple[Denotation, ...]:
        """The object at the heart of what is sent (``json.dumps(asdict(RepairDone(…)))``)."""
        content = list(written_content(site, getattr(site.match.entry, "payload", None) or ()))
        value, frame = content[-1] if content else (None, None)
        if not isinstance(value, ir.Call | ir.Object) or frame is None:
            return ()
        return self.evaluator.evaluate(value, frame)

    def _checked_by(self, call: ir.Call, frame: Frame) -> tuple[Denotation, ...]:
        """The schema whose ``parse`` a call is."""
        callee = call.callee
        if not isinstance(callee, ir.Member) or callee.name not in ("parse", "parseAsync"):
            return ()
        return self.evaluator.evaluate(callee.object, frame)

    def _type_of_values(self, values: tuple[Denotation, ...], event: str | None) -> Shape | None:
        for value in values:
            if isinstance(value, Instance) and is_message_class(self.evaluator, value.index):
                shape = self._types.shape_of_class(value.index)
                if shape is not None:
                    inner = self._carried(shape, value, event) or shape
                    return Shape(self._filled(shape.fields, value), inner.name, inner.place)
            if isinstance(value, Parameter | Part):
                shape = self._type_of_part(value)
                if shape is not None and shape.fields:
                    return shape
            if isinstance(value, Record):
                return None
        return None

    def _type_of_part(self, value: Parameter | Part) -> Shape | None:
        """The declared type of a parameter; of a part of it, the fields of that part."""
        if isinstance(value, Part):
            around = self._type_of_part(value.base) if isinstance(value.base, Parameter | Part) else None
            inner = next((one for one in around.fields if one.name == value.step), None) if around is not None else None
            return Shape(inner.fields, "", around.place) if inner is not None and around is not None else None
        written = _written_parameter(value)
        return self._types.shape(written) if written is not None else None

    def _type_of_parameters(self, site: SiteNode) -> Shape | None:
        """The first of a handler's parameters whose type is one of the workspace that can be a message's."""
        frame = site.handler.frame
        if frame is None or frame.function is None:
            return None
        for parameter in frame.function.parameters[:_TYPED_PARAMETERS]:
            if parameter.type is None or not self._may_be_message(parameter.type, frame):
                continue
            shape = self._types.shape(Written(parameter.type, frame.outside))
            if shape is not None and (shape.fields or shape.place is not None):
                return shape
            if names_record(parameter.type):
                return None
        return None

    def _may_be_message(self, written: ir.TypeRef, frame: Frame) -> bool:
        typed = self.evaluator.typed(written, frame)
        return all(is_message_class(self.evaluator, one.index) for one in typed if isinstance(one, Instance))

    def _stated(self, reading: Reading) -> Shape | None:
        """The types that a handler states for the content, put together: a part's type stands under the part."""
        whole = [shape for one in reading.stated if not one.path and (shape := self._shape_stated(one)) is not None]
        parts = [
            (one.path, shape) for one in reading.stated if one.path and (shape := self._shape_stated(one)) is not None
        ]
        if not whole and not parts:
            return None
        widest = next((shape for shape in whole if all(_covers(shape.fields, other.fields) for other in whole)), None)
        named = widest
        fields = (
            widest.fields if widest is not None else merged([s.fields for s in whole]) if whole else reading.fields()
        )
        for path, shape in parts:
            if whole and not _is_open_part(fields, path):
                continue
            fields = _put(fields, path, shape.fields)
            if not whole:
                named = shape if named is None or named.place == shape.place else Shape([])
        return Shape(fields, named.name if named else "", named.place if named else None)

    def _shape_stated(self, stated: Stated) -> Shape | None:
        if isinstance(stated.type, Written):
            return self._types.shape(stated.type)
        if isinstance(stated.type, ClassRef):
            return self._types.shape_of_class(stated.type.index)
        return self._types.shape_of_value_schema((stated.type,))

    # ------------------------------------------------------------------------------------------------ by their name

    def _by_name(self, site: SiteNode, event: str | None, known: list[PayloadField]) -> Schema | None:
        """The schema that a file or an imported type declares for the event or the channel, where it can be that of the message."""
        for found in self._files_of(site, event):
            fields = _fitted(of_file(found.message.fields), known)
            if fields is not None:
                return Schema(fields, "declared", found.message.name, found.place)
        if event is None or not known:
            return None
        index = type_of_event(self.evaluator.program, site.module, event)
        shape = self._types.shape_of_class(index) if index is not None else None
        fields = _fitted(shape.fields, known) if shape is not None else None
        return Schema(fields, "declared", shape.name, shape.place) if shape is not None and fields is not None else None

    def _files_of(self, site: SiteNode, event: str | None) -> list[FileSchema]:
        channels = [name.text for name in site.channel.names[:1]]
        on_channel = [found for name in channels if (found := self._files.on_channel(name, event)) is not None]
        named = self._files.named(event) if event else None
        return [*on_channel, *([named] if named is not None else [])]

    # --------------------------------------------------------------------------------------------- what values show

    def _filled(self, fields: list[PayloadField], value: Instance) -> list[PayloadField]:
        """The fields of a constructed object: what its class leaves open (``payload: dict``), as it was given."""
        if value.call is None:
            return fields
        return [self._filled_field(one, value) if not one.fields and _is_open(one.type) else one for one in fields]

    def _carried(self, shape: Shape, value: Instance, event: str | None) -> Shape | None:
        """The type that an envelope carries, where the event is named after it."""
        for one in shape.fields if value.call is not None and event not in (None, shape.name) else ():
            if not one.fields and _is_open(one.type):
                for given in map(self._unencoded, class_members.instance_member(self.evaluator, value, one.name)):
                    if isinstance(given, Instance) and given.index.name == event:
                        return self._types.shape_of_class(given.index)
        return None

    def _filled_field(self, one: PayloadField, value: Instance) -> PayloadField:
        for given in map(self._unencoded, class_members.instance_member(self.evaluator, value, one.name)):
            if isinstance(given, Record):
                return msgspec.structs.replace(one, fields=self._inferred(given, 2))
            if isinstance(given, Instance) and given.index is not value.index:
                shape = self._types.shape_of_class(given.index)
                if shape is not None and shape.fields:
                    return msgspec.structs.replace(one, type=given.index.name, fields=shape.fields)
        return one

    def _unencoded(self, given: Denotation) -> Denotation:
        """The object that a call of a model's own method gives in another form (``event.model_dump()``)."""
        call = given.call if isinstance(given, LibraryMember) else None
        if not isinstance(given, LibraryMember) or call is None or given.frame is None:
            return given
        if isinstance(call.callee, ir.Member) and call.callee.name in ENCODING_METHODS:
            found = self.evaluator.evaluate(call.callee.object, given.frame, given.environment)
            return next((one for one in found if isinstance(one, Instance)), given)
        return given

    def _inferred(self, value: Record, depth: int) -> list[PayloadField]:
        found: dict[str, PayloadField] = {}
        for field in value.node.fields:
            if field.key is not None:
                given = self.evaluator.evaluate(field.value, value.frame, value.environment)
                found[field.key] = self._inferred_field(field.key, given, value, depth)
            elif field.spread:
                for inner in self.evaluator.evaluate(field.value, value.frame, value.environment):
                    if isinstance(inner, Record) and inner.node is not value.node and depth <= MAX_DEPTH:
                        found.update({item.name: item for item in self._inferred(inner, depth)})
        return list(found.values())[: room(depth)]

    def _inferred_of_table(self, value: Table) -> list[PayloadField]:
        """The fields of a map that entries are put into one by one."""
        found = {one.name: one for one in (self._inferred(value.literal, 1) if value.literal is not None else ())}
        for keys, values in value.entries:
            for key in keys:
                if isinstance(key, Scalar) and isinstance(key.value, str):
                    found.setdefault(key.value, self._inferred_field(key.value, values, None, 1))
        return list(found.values())[: room(1)]

    def _inferred_field(
        self, name: str, values: tuple[Denotation, ...], around: Record | None, depth: int
    ) -> PayloadField:
        for item in values:
            if isinstance(item, Scalar) and item.value is not None:
                return PayloadField(name=name, type=_PRIMITIVES[type(item.value)])
            if isinstance(item, Text | EnumMember):
                return PayloadField(name=name, type="string")
            if isinstance(item, Record):
                fields = self._inferred(item, depth + 1) if depth < MAX_DEPTH and not _is_within(item, around) else []
                return PayloadField(name=name, type="object", fields=fields)
            if isinstance(item, Collection | Items):
                return PayloadField(name=name, type="array", repeated=True)
            if isinstance(item, Instance):
                shape = self._types.shape_of_class(item.index) if depth < MAX_DEPTH else None
                return PayloadField(name=name, type=item.index.name, fields=shape.fields if shape is not None else [])
            if isinstance(item, Parameter | Part):
                typed = self._field_of_part(item)
                if typed is not None:
                    return msgspec.structs.replace(typed, name=name, fields=typed.fields if depth < MAX_DEPTH else [])
        return PayloadField(name=name, type="unknown")

    def _field_of_part(self, value: Parameter | Part) -> PayloadField | None:
        """The declared type of a parameter, or of a part of one, as a field."""
        if isinstance(value, Part):
            around = self._field_of_part(value.base) if isinstance(value.base, Parameter | Part) else None
            return next((one for one in around.fields if one.name == value.step), None) if around is not None else None
        written = _written_parameter(value)
        return self._types.field_of(value.name, written) if written is not None else None


def _is_within(item: Record, around: Record | None) -> bool:
    return around is not None and item.node is around.node


def _written_parameter(value: Parameter) -> Written | None:
    """The type that is written for a parameter."""
    function = value.frame.function
    for position, parameter in enumerate(function.parameters if function is not None else ()):
        if value.name in (parameter.name, f"#{position}") and parameter.type is not None:
            return Written(parameter.type, value.frame.outside)
    return None


def _covers(fields: list[PayloadField], others: list[PayloadField]) -> bool:
    """Whether there are all fields of another shape, those of its objects too."""
    own = {one.name: one.fields for one in fields}
    return all(one.name in own and _covers(own[one.name], one.fields) for one in others)


def _is_open_part(fields: list[PayloadField], path: tuple[str, ...]) -> bool:
    """Whether a declared field leaves open what is inside."""
    own = next((one for one in fields if len(path) == 1 and one.name == path[0]), None)
    return own is not None and not own.fields and _is_open(own.type)


def _is_open(text: str) -> bool:
    return text.partition("[")[0].partition("<")[0] in _OPEN


def _fitted(declared: list[PayloadField], known: list[PayloadField]) -> list[PayloadField] | None:
    """Declared fields as those of a message of which some are known: all of it, or what an envelope carries; None for neither."""
    if agrees(declared, known):
        return declared
    for one in known:
        if one.fields and agrees(declared, one.fields):
            return _put(known, (one.name,), declared)
    return None


def _put(fields: list[PayloadField], path: tuple[str, ...], inner: list[PayloadField]) -> list[PayloadField]:
    """The fields with those of the part under ``path`` replaced."""
    if not path:
        return inner
    name, rest = path[0], path[1:]
    if name == "[]":
        return _put(fields, rest, inner)
    own = next((one for one in fields if one.name == name), PayloadField(name=name, type="object"))
    own = msgspec.structs.replace(
        own,
        type="object" if own.type == "unknown" else own.type,
        repeated=own.repeated or rest[:1] == ("[]",),
        fields=_put(own.fields, rest, inner),
    )
    if any(one.name == name for one in fields):
        return [own if one.name == name else one for one in fields]
    return [*fields, own]
