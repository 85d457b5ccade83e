"""Which files rules will ask for: worker processes may begin to read them while the graph is still being built.

Nothing is decided by it. A file too many costs an idle worker some milliseconds, one too few is read when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.program import Program
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode

_MOST_IMPORTERS = 20
_MOST_EXPECTED = 60
"""Of how many publishing modules the importers will probably be asked for: rules read callers of so many functions."""
_MOST_CALLERS = 12
"""Calls of functions of one name that are looked at."""
_MOST_DECLARING = 3
"""Files of one package that declare the same name; beyond it nothing says which of them is meant."""


class ExpectedFiles:
    """The files that the tracing of operations will lead to, as far as that shows without following anything."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def calling(self, nodes: Iterable[SiteNode]) -> Iterator[str]:
        """Where what publishes may be called."""
        workspace = self._program.workspace
        modules = sorted({node.module.path for node in nodes if node.role == "publish"})
        importers = (workspace.importers_of(path) for path in modules[:_MOST_EXPECTED])
        yield from (path for found in importers if len(found) <= _MOST_IMPORTERS for path in found)

    def entered(self, nodes: Iterable[SiteNode]) -> Iterator[str]:
        """What the functions that publish call, and what functions call that call one of their name, as far as these are read."""
        operations = dict.fromkeys(_outermost(node.frame) for node in nodes if node.role == "publish")
        named = dict.fromkeys(frame.function.name for frame in operations if frame.function is not None)
        sites = (site for name in named if name for site in self._program.calls.get(name, ())[:_MOST_CALLERS])
        callers = dict.fromkeys(_outermost(site.frame) for site in sites)
        yield from (path for frame in (*operations, *callers) for path in self._entered(frame))

    def _entered(self, frame: Frame) -> Iterator[str]:
        """The files of the names on which a function calls something, and of the types of what it calls methods on."""
        module = frame.module
        for inner in module.frames:
            if frame.start <= inner.start < frame.end:
                for call in inner.calls:
                    yield from self._of_callee(module, call)
                for written in _types_in(inner):
                    yield from self._of_type(module, written)
        if frame.cls is not None:
            for written in _types_of_fields(frame):
                yield from self._of_type(module, written)

    def _of_callee(self, module: ModuleIndex, call: ir.Call) -> Iterator[str]:
        callee: ir.Value = call.callee
        member = ""
        while isinstance(callee, ir.Member | ir.Call):
            member = callee.name if isinstance(callee, ir.Member) else member
            callee = callee.object if isinstance(callee, ir.Member) else callee.callee
        if isinstance(callee, ir.Name):
            yield from self._of_name(module, callee.name, member)

    def _of_type(self, module: ModuleIndex, written: ir.TypeRef) -> Iterator[str]:
        name, _, inside = written.name.partition(".")
        yield from self._of_name(module, name, inside)
        for argument in written.args:
            yield from self._of_type(module, argument)

    def _of_name(self, module: ModuleIndex, name: str, member: str) -> Iterator[str]:
        """The files that may declare a name, or ``member`` of a package that is imported under it."""
        by_package = self._program.workspace.finds_by_package(module.path)
        imports = self._program.imported_as(module, name)
        for item in imports:
            if not by_package:
                yield from self._leading(module, item.module)
            if by_package or module.module.offers_every_name:
                wanted = member if item.name == "*" else item.name
                yield from self._leading(module, f"{item.module}:{wanted}") if wanted else ()
        if by_package and not imports and name not in module.top.definitions:
            own = "." if module.module.language == "go" else module.module.package
            packages = (own, *self._program.brought_whole(module))
            for package in self._program.workspace.bringing(module.path, packages, name):
                yield from self._leading(module, f"{package}:{name}")

    def _leading(self, module: ModuleIndex, specifier: str) -> tuple[str, ...]:
        return self._program.workspace.resolve(module.path, specifier).paths[:_MOST_DECLARING]


def _outermost(frame: Frame) -> Frame:
    """The function around a scope that stands in no other."""
    while frame.parent is not None and frame.parent.function is not None:
        frame = frame.parent
    return frame


def _types_in(frame: Frame) -> Iterator[ir.TypeRef]:
    yield from frame.declared.values()
    if frame.function is not None:
        yield from (one.type for one in frame.function.parameters if one.type is not None)


def _types_of_fields(frame: Frame) -> Iterator[ir.TypeRef]:
    assert frame.cls is not None
    yield from (field.type for field in frame.cls.definition.fields if field.type is not None)
    constructor = frame.cls.constructor
    if constructor is not None:
        yield from _types_in(constructor)
