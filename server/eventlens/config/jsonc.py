"""JSON with comments and trailing commas, as tsconfig.json and editor settings are written."""

from __future__ import annotations

import json
import re
from typing import Any

# What is not closed runs on to the end of its line, or of the text: else each quotation mark in it would be tried anew.
_STRING = r'"(?:[^"\\\n]|\\.)*"?'
_COMMENT = re.compile(_STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING_COMMA = re.compile(_STRING + r"|,(?=\s*[}\]])")


def strip(text: str) -> str:
    """The same text as plain JSON: comments and trailing commas become spaces, so offsets and lines stay."""
    return _TRAILING_COMMA.sub(_blank, _COMMENT.sub(_blank, text))


def _blank(match: re.Match[str]) -> str:
    token = match.group()
    return token if token.startswith('"') else re.sub(r"[^\n]", " ", token)


def loads(text: str | bytes) -> Any:
    """The value of a JSON or JSONC text; None when it cannot be read."""
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig", errors="replace")
    text = text.removeprefix("\ufeff")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(strip(text))
    except (ValueError, RecursionError):
        return None


def load_table(text: str | bytes) -> dict[str, Any]:
    """As `loads`; an empty dict where the text is not an object."""
    value = loads(text)
    return value if isinstance(value, dict) else {}
