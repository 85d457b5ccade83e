"""Where a name is written in one snapshot: the ends of evidence, as places in literals and in values of configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, get_args

import msgspec

from eventlens import ir
from eventlens.flow.denotations import Trail
from eventlens.flow.graph import FlowGraph
from eventlens.flow.scopes import Frame
from eventlens.ide.renaming.code_spelling import key_at, literal_at
from eventlens.ide.renaming.configuration_spelling import in_configuration, variables_named, within
from eventlens.ide.renaming.spelling import spells
from eventlens.ide.renaming.spelt import Spelt
from eventlens.syntax.grammars import language_of
from eventlens.workspace.snapshot import Workspace

_AROUND = (ir.Class, ir.Function, *get_args(ir.Statement))
"""What begins where a value does, and is more than that."""


class WrittenNames:
    """The places of names in the files of a graph. Asked by one thread at a time."""

    def __init__(self, graph: FlowGraph) -> None:
        self._graph = graph
        self._modules: dict[str, list[Any]] = {}
        self._given: dict[tuple[str, int, str], list[Spelt]] = {}

    @property
    def workspace(self) -> Workspace:
        """The files that the places are in."""
        return self._graph.program.workspace

    def in_files(self, path: str, line: int, name: str) -> list[Spelt]:
        """Where a line of a configuration file, or the block that it begins, has the name, and everything else that gives the name
        to the variables and keys that get a value there."""
        if (path, line, name) not in self._given:
            places = self._given_beside(path, line, name)
            self._given[path, line, name] = [
                spelt for path, line in places for spelt in in_configuration(path, self.source(path), line, name)
            ]
        return self._given[path, line, name]

    def _given_beside(self, path: str, line: int, name: str) -> list[tuple[str, int]]:
        variables = self._graph.channels.variables
        waiting = [(path, line)]
        for path, line in waiting:
            keys = variables.keys.keys_at(path, line)
            places = [place for key in keys for place in variables.keys.places(key, name)]
            for one in (*keys, *variables.names_at(path, line), *variables_named(self.source(path), line)):
                places += variables.places(one, name)
            waiting += [place for place in dict.fromkeys(places) if place not in waiting]
        return waiting

    def along(
        self, trails: Collection[Trail], name: str, argument: tuple[ir.Value, Frame] | None = None
    ) -> list[Spelt]:
        """The name where steps of evidence lead, and in an argument; not where it is a variable's that is called the same."""
        found = [spelt for trail in trails for spelt in self._at(trail, name)]
        if argument is not None:
            value, frame = argument
            found += self.literals(frame.module.path, value.start, value.end, name)
        read = (trail for trail in trails if trail.message.startswith(f"{name} is read from the configuration"))
        variables = {min(named) for trail in read if (named := list(self._at(trail, name)))}
        return [one for one in dict.fromkeys(found) if one not in variables]

    def _at(self, trail: Trail, name: str) -> Iterable[Spelt]:
        if language_of(trail.path) is None:
            return self.in_files(trail.path, trail.offset, name)
        start, end = self._around(trail.path, trail.offset)
        return self.literals(trail.path, start, end, name) or self._inside(trail, name)

    def _inside(self, trail: Trail, name: str) -> list[Spelt]:
        """The name in a longer text that is written at a place: the end of a URL, a part of an ARN, the default of a placeholder."""
        written = [
            node
            for node in self.values(trail.path)
            if isinstance(node, ir.Literal) and node.start == trail.offset and isinstance(node.value, str)
        ]
        found = (within(trail.path, self.source(trail.path), node.start, node.end, name) for node in written[:1])
        return [one for one in found if one is not None]

    def _around(self, path: str, offset: int) -> tuple[int, int]:
        """What begins at a place, with what stands in for it where it is missing."""
        ends = [offset]
        for node in self.values(path):
            begins = node.start == offset or (isinstance(node, ir.Choice) and node.start <= offset < node.end)
            if begins and not isinstance(node, _AROUND):
                ends.append(node.end)
        return offset, max(ends)

    def literals(self, path: str, start: int, end: int, name: str) -> list[Spelt]:
        """The literals within some bytes that spell the name."""
        known = language_of(path)
        if known is None:
            return []
        inside = [
            node for node in self.values(path) if start <= node.start and node.end <= end and text_of(node) == name
        ]
        spelt = (self.spelt(path, node, name) for node in inside)
        return [one for one in spelt if one is not None]

    def spelt(self, path: str, node: ir.Node, name: str) -> Spelt | None:
        """Where a literal, a key in quotes or a literal type of a file spells just the name; None where it spells it otherwise."""
        known = language_of(path)
        if known is None:
            return None
        source = self.source(path)
        if isinstance(node, ir.Field):
            found = key_at(path, known[0], source, node.start)
        elif isinstance(node, ir.Member):
            found = literal_at(path, known[0], source, node.name_start - 1, node.name_start + len(name.encode()) + 1)
        else:
            found = literal_at(path, known[0], source, node.start, node.end)
        return found if found is not None and spells(found, source, name) else None

    def on_line(self, path: str, line: int, name: str) -> list[Spelt]:
        """The literals that spell the name in what begins on a line (1-based) of code."""
        module = self._graph.program.looked_into(path)
        if module is None:
            return []
        starts = (*module.module.line_starts, module.module.size)
        begun = [one for one in self.values(path) if starts[line - 1] <= one.start < starts[line]]
        ends = [one.end for one in begun if isinstance(one, ir.Call | ir.Assign | ir.Evaluate)]
        return self.literals(path, starts[line - 1], max([starts[line], *ends]), name)

    def values(self, path: str) -> list[Any]:
        """The nodes of a file's module that have a place."""
        if path not in self._modules:
            module = self._graph.program.looked_into(path)
            self._modules[path] = list(_nodes_in(module.module.body)) if module is not None else []
        return self._modules[path]

    def source(self, path: str) -> bytes:
        """The bytes of a file; none where it cannot be read."""
        try:
            return self.workspace.text(path)
        except (KeyError, OSError):
            return b""


def text_of(node: ir.Node) -> str | None:
    """The text that a literal is, or that the key of an entry is."""
    if isinstance(node, ir.Literal) and isinstance(node.value, str):
        return node.value
    return node.key if isinstance(node, ir.Field) else None


def _nodes_in(value: Any) -> Iterator[ir.Node]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(one)
        elif isinstance(one, msgspec.Struct):
            if isinstance(one, ir.Node):
                yield one
            waiting.extend(getattr(one, field) for field in one.__struct_fields__)
