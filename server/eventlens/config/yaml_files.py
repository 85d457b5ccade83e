"""YAML as values with lines. Nothing is constructed but plain scalars, and aliases cannot make a small file large."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from eventlens.config.values import LARGEST_BITS, Items, Plain, Scalar, Table, Value

MAX_VALUES = 200_000
_MOST_SHARED, _MOST_EACH = 10_000, 4
"""Values that a text may have by its aliases: so many, and so many more for each of its characters."""
_MAX_DEPTH = 100
_STANDARD = "tag:yaml.org,2002:"
_MERGE = _STANDARD + "merge"
_NOT_OF_ITS_TAG = (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Raised for a text that is not what its tag says (``!!int x``, ``!!bool maybe``): the library trusts written tags."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_LINE_ENDS = str.maketrans("\x85\u2028\u2029", "   ")
"""The library ends lines there as YAML 1.1 did; neither YAML 1.2 (5.4) nor an editor does, and lines are counted as editors do."""


def read_yaml(text: str) -> tuple[Value, ...]:
    """Every document of a YAML text. Raises ValueError where it is broken, too deep or too large once aliases are followed."""
    reading = _Reading(min(MAX_VALUES, _MOST_SHARED + _MOST_EACH * len(text)))
    text = text.translate(_NO_LINE_ENDS)
    try:
        return tuple(reading.value(node, 0) for node in yaml.compose_all(text, Loader=_Loader) if node is not None)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


class _Reading:
    """One text; counts the values made from it, at most ``most``."""

    def __init__(self, most: int) -> None:
        self._made = 0
        self._most = most
        self._constructor = SafeConstructor()

    def value(self, node: yaml.Node, depth: int) -> Value:
        self._made += 1
        if self._made > self._most:
            raise ValueError(f"more than {self._most} values")
        if depth > _MAX_DEPTH:
            raise ValueError(f"nested more than {_MAX_DEPTH} deep")
        line = node.start_mark.line + 1
        tag = "" if node.tag.startswith(_STANDARD) else node.tag
        if isinstance(node, yaml.MappingNode):
            entries, lines = self._entries(node, depth)
            return Table(entries, lines, line, tag)
        if isinstance(node, yaml.SequenceNode):
            return Items(tuple(self.value(item, depth + 1) for item in node.value), line, tag)
        written = node.value if tag else self._scalar(node)
        return Scalar(written, line, tag, node.start_mark.index, node.end_mark.index)

    def _entries(self, node: yaml.MappingNode, depth: int) -> tuple[dict[str, Value], dict[str, int]]:
        entries: dict[str, Value] = {}
        lines: dict[str, int] = {}
        merged: list[Value] = []
        for key, value in node.value:
            if key.tag == _MERGE:
                merged.append(self.value(value, depth + 1))
                continue
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            entries[name] = self.value(value, depth + 1)
            lines[name] = key.start_mark.line + 1
        for source in merged:
            _merge(source, entries, lines)
        return entries, lines

    def _scalar(self, node: yaml.Node) -> Plain:
        try:
            value = self._constructor.construct_object(node)
        except _NOT_OF_ITS_TAG:
            return str(node.value)
        if value is None or isinstance(value, (str, float)):
            return value
        return value if isinstance(value, int) and value.bit_length() <= LARGEST_BITS else str(node.value)


def _merge(source: Value, entries: dict[str, Value], lines: dict[str, int]) -> None:
    """Take over what ``<<`` names, except keys that are already there."""
    for table in source.items if isinstance(source, Items) else (source,):
        if isinstance(table, Table):
            for key, value in table.entries.items():
                if key not in entries:
                    entries[key] = value
                    lines[key] = table.lines[key]
