"""Calls that make the content of what was sent, by the names that they have in any library."""

from __future__ import annotations

from eventlens import ir
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame

DECODERS = frozenset(
    (
        "parse", "safeParse", "parseAsync", "safeParseAsync", "loads", "unpackb", "deserialize", "deserializeBinary", "fromBinary", "fromJSON",
        "fromJson", "from_json", "from_dict", "model_validate", "model_validate_json", "parse_raw", "parse_obj", "validate_json",
        "validate_python", "plainToInstance", "plainToClass", "FromString", "structure", "schema_load", "readValue", "convertValue", "treeToValue", "parseObject", "decodeFromString", "fromObject", "decodeMessage",
    )
)  # fmt: skip
"""Functions that make the content of what was sent, whatever library they are of."""
SAME = frozenset(
    ("toString", "decode", "strip", "tobytes", "toObject", "String", "str", "bytes", "from", "dict", "cast", "trim")
)
"""Functions that give what they are given, or are a method of, in another form."""
_RECORDS = {"ConsumerRecord": 1, "Message": 0, "GenericMessage": 0}
"""Types of what a broker's client wraps around the content, with the position of the content's type among their arguments."""
_CONTENTS = frozenset(("value", "getPayload", "payload"))
"""Members of such a record that are the content."""
_INTO = frozenset(("Unmarshal", "UnmarshalJSON", "UnmarshalFromString", "Decode", "UnmarshalContext"))
"""Functions that put what they read out of their first argument into another one."""


def maker_of(call: ir.Call, frame: Frame) -> ir.Call | None:
    """The call that made what decodes, where a local name or one of the module holds it (``const codec = JSONCodec<Order>()``)."""
    owner = call.callee.object if isinstance(call.callee, ir.Member) else None
    scope: Frame | None = frame
    while isinstance(owner, ir.Name) and scope is not None:
        known = scope.definitions.get(owner.name, ())
        if known:
            made = known[0].value if len(known) == 1 and not known[0].path else None
            return made if isinstance(made, ir.Call) else None
        scope = scope.parent
    return None


def keeps_part(call: ir.Call) -> bool:
    """Whether a call checks content that was decoded before, rather than decoding text inside it."""
    owner = call.callee.object if isinstance(call.callee, ir.Member) else None
    return not (isinstance(owner, ir.Name) and owner.name in ("JSON", "json", "orjson", "ujson", "msgpack"))


def filled_by(call: ir.Call) -> ir.Name | None:
    """The name whose object a call fills with what it reads (``json.Unmarshal(data, &order)``)."""
    last = call.args[-1].value if len(call.args) > 1 and last_name(call.callee) in _INTO else None
    return last if isinstance(last, ir.Name) else None


def content_type(record: ir.TypeRef | None) -> ir.TypeRef | None:
    """The type of the content of a record that is of a type (``ConsumerRecord<String, Order>``); None for what is no record."""
    at = _RECORDS.get(record.name.rpartition(".")[2]) if record is not None else None
    return record.args[at] if record is not None and at is not None and len(record.args) > at else None


def gives_content(name: str) -> bool:
    """Whether a member of a record is its content."""
    return name in _CONTENTS
