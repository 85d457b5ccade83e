"""YAML, JSON, TOML, INI and properties files as nested values with lines: one entry for all formats."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from eventlens.config.ini_files import read_ini
from eventlens.config.json_files import read_json
from eventlens.config.properties_files import read_properties
from eventlens.config.toml_files import read_toml
from eventlens.config.values import Value
from eventlens.config.yaml_files import read_yaml

MAX_CHARACTERS = 2_000_000


class Document(msgspec.Struct, frozen=True):
    """The roots of a file (YAML may hold several documents); ``problem`` says why reading stopped, "" when it did not."""

    roots: tuple[Value, ...] = ()
    problem: str = ""

    @property
    def root(self) -> Value | None:
        """The first document."""
        return self.roots[0] if self.roots else None


_READERS: dict[str, Callable[[str], tuple[Value, ...]]] = {
    "yaml": read_yaml,
    "yml": read_yaml,
    "json": read_json,
    "jsonc": read_json,
    "json5": read_json,
    "avsc": read_json,
    "toml": read_toml,
    "ini": read_ini,
    "cfg": read_ini,
    "conf": read_ini,
    "properties": read_properties,
}


def read_document(name: str, text: str | bytes) -> Document:
    """Read ``text`` by the suffix of ``name``. Never raises: what cannot be read is a `Document` with a problem."""
    reader = _READERS.get(name.rpartition(".")[2].lower())
    if reader is None:
        return Document(problem="not a format that is read")
    if len(text) > MAX_CHARACTERS:
        return Document(problem=f"larger than {MAX_CHARACTERS // 1_000_000} MB")
    decoded = text.decode("utf-8-sig", errors="replace") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    try:
        return Document(reader(decoded))
    except ValueError as error:
        return Document(problem=" ".join(str(error).split()))
    except RecursionError:
        return Document(problem="nested too deeply")
