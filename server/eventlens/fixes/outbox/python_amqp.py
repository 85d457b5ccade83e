"""AMQP messages of pika and aio-pika as outbox rows."""

from __future__ import annotations

from tree_sitter import Node

from eventlens.fixes.outbox.python_messages import AIO_PIKA, PIKA, Publish, PublishSource
from eventlens.fixes.python_code import LocalValue, arguments, local_value, mentions, method, receiver


def read_pika(call: PublishSource) -> Publish | None:
    given = call.given("exchange", "routing_key", "body", "properties", "mandatory")
    if given is None or not {"exchange", "routing_key", "body"} <= given.keys():
        return None
    if given.keys() - {"exchange", "routing_key", "body", "properties", "mandatory"}:
        return None
    body = call.as_bytes(given["body"], encodes_text=True)
    if body is None or body == "None":
        return None
    values = [("exchange", call.text(given["exchange"])), ("routing_key", call.text(given["routing_key"]))]
    values.append(("body", body))
    read = [given["exchange"], given["routing_key"], given["body"]]
    made: list[LocalValue] = []
    if "properties" in given and given["properties"].type != "none":
        construction = _construction(call, given["properties"], "BasicProperties", made)
        properties = _properties(call, construction, ()) if construction is not None else None
        if properties is None or construction is None:
            return None
        if properties:
            values.append(("properties", properties))
            read += _given_values(call, construction)
    return Publish(PIKA, tuple(values), tuple(read), tuple(made))


def read_aio_pika(call: PublishSource) -> Publish | None:
    given = call.given("message", "routing_key")
    if (
        given is None
        or not {"message", "routing_key"} <= given.keys()
        or given.keys() - {"message", "routing_key", "mandatory", "timeout"}
    ):
        return None
    made: list[LocalValue] = []
    message = _construction(call, given["message"], "Message", made)
    parts = arguments(call.file, message, ("body",)) if message is not None else None
    if message is None or parts is None or "body" not in parts:
        return None
    body = call.as_bytes(parts["body"], encodes_text=False)
    properties = _properties(call, message, ("body",))
    if body is None or body == "None" or properties is None:
        return None
    exchange = receiver(call.file, call.node)
    name = '""' if exchange.endswith(".default_exchange") else f"{exchange}.name"
    values = [("exchange", name), ("routing_key", call.text(given["routing_key"])), ("body", body)]
    if properties:
        values.append(("properties", properties))
    return Publish(AIO_PIKA, tuple(values), (given["routing_key"], *_given_values(call, message)), tuple(made))


def _construction(call: PublishSource, node: Node, name: str, made: list[LocalValue]) -> Node | None:
    """The call that makes an object: written in place, in a local name that nothing else reads, or in a name of the module."""
    if node.type == "call":
        return node if method(call.file, node) == name else None
    if node.type != "identifier":
        return None
    local = local_value(call.file, call.function, call.text(node))
    if local is not None:
        uses = mentions(call.file, call.function, call.text(node))
        if len(uses) != 2 or local.value.type != "call" or method(call.file, local.value) != name:
            return None
        made.append(local)
        return local.value
    top = local_value(call.file, call.file.tree.root_node, call.text(node))
    if top is None or top.value.type != "call" or method(call.file, top.value) != name:
        return None
    return top.value


_PROPERTIES = frozenset(
    (
        "content_type",
        "content_encoding",
        "headers",
        "delivery_mode",
        "priority",
        "correlation_id",
        "expiration",
        "message_id",
        "type",
        "user_id",
        "app_id",
    )
)


def _properties(call: PublishSource, construction: Node, positional: tuple[str, ...]) -> str | None:
    """The properties of an AMQP message as a dict that JSON can hold; "" where there are none."""
    given = arguments(call.file, construction, positional)
    if given is None:
        return None
    made = []
    for name, value in given.items():
        if name in positional:
            continue
        text = _delivery_mode(call, value) if name == "delivery_mode" else call.text(value)
        kinds = [call.kind(one) for one in _leaves(value)]
        if name not in _PROPERTIES or text is None:
            return None
        if name == "headers" and value.type != "dictionary":
            return None
        if name != "delivery_mode" and not set(kinds) <= {"text", "number", "none"}:
            return None
        made.append(f"{call.quoted(name)}: {text}")
    return call.dict_of(made) if made else ""


def _leaves(node: Node) -> list[Node]:
    if node.type != "dictionary":
        return [node]
    values = (one.child_by_field_name("value") for one in node.named_children if one.type == "pair")
    return [leaf for value in values if value is not None for leaf in _leaves(value)]


def _delivery_mode(call: PublishSource, node: Node) -> str | None:
    written = call.text(node).removesuffix(".value")
    last = written.rpartition(".")[2].lower()
    if last in ("1", "2"):
        return last
    return {"persistent": "2", "persistent_delivery_mode": "2", "transient": "1", "not_persistent": "1"}.get(last)


def _given_values(call: PublishSource, construction: Node) -> list[Node]:
    given = construction.child_by_field_name("arguments")
    return [
        one.child_by_field_name("value") or one if one.type == "keyword_argument" else one
        for one in (given.named_children if given is not None else ())
    ]
