"""Writes documents to standard output and to files."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from eventlens.cli.problems import UserProblem


def write_document(text: str | bytes) -> None:
    """Write a document, and nothing but it, to standard output: UTF-8 whatever the locale, one line end at its end."""
    content = text.encode("utf-8", errors="surrogateescape") if isinstance(text, str) else text
    sys.stdout.flush()
    sys.stdout.buffer.write(content.rstrip(b"\n") + b"\n")
    sys.stdout.buffer.flush()


def to_json(value: object) -> bytes:
    """Indented JSON."""
    return indented(msgspec.json.encode(value))


def indented(encoded: bytes) -> bytes:
    """JSON as it is written to standard output."""
    return msgspec.json.format(encoded, indent=2)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that the user named; raises `UserProblem` when that fails."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserProblem(f"{path}: cannot be written ({error.strerror}); choose another place.") from error
