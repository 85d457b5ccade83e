"""How the methods that read and set fields are called by convention."""

from __future__ import annotations


def field_read_by(method: str) -> str:
    """``orderId`` for ``getOrderId`` and ``isOrderId``; "" where the name is no getter's."""
    return _after("get", method) or _after("is", method)


def field_set_by(method: str) -> str:
    """``topic`` for ``setTopic``; "" where the name is no setter's."""
    return _after("set", method)


def _after(prefix: str, method: str) -> str:
    rest = method[len(prefix) :]
    return rest[0].lower() + rest[1:] if method.startswith(prefix) and rest[:1].isupper() else ""
