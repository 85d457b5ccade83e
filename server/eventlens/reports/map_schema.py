"""The JSON Schema of ``eventlens map --format json``. Run as a module it prints the schema (``make docs``)."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from eventlens.flow.model import FlowMap

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def map_schema() -> dict[str, Any]:
    """The schema. Objects may hold keys that a later release adds."""
    (reference,), components = msgspec.json.schema_components([FlowMap], ref_template="#/$defs/{name}")
    return {
        "$schema": _DIALECT,
        "title": "Eventlens flow map",
        "description": "Paths are relative to the root, with /. Lines and columns are 1-based; columns count Unicode code points.",
        **reference,
        "$defs": {name: components[name] for name in sorted(components)},
    }


def schema_document() -> bytes:
    """The schema as it stands in ``docs/map.schema.json``."""
    return msgspec.json.format(msgspec.json.encode(map_schema()), indent=2) + b"\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(schema_document())
