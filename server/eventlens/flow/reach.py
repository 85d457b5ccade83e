"""Which modules can get hold of something that a module declares: by its name, or through objects that hold it.

A module that imports the declaring one reaches the thing when it mentions a name by which it is offered: its own, or that of a
value, function or class whose text mentions it. A module that in turn offers such a holder is followed further; one that only
uses the thing is not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from eventlens import ir
from eventlens.flow.program import ModuleIndex, Program
from eventlens.flow.scopes import Definition, Frame

_MAX_REACHED = 2000
_ANY = "default"
"""What is offered as a module's default, importers call as they like."""
_STAR = re.compile(rb"export\s*\*|import\s*\*")


class Reach:
    """Answers for one program; texts of modules are the editor's where they are open."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._texts: dict[str, bytes] = {}

    def modules(self, owners: Sequence[ModuleIndex], names: Collection[str], mentioned: Collection[str]) -> list[str]:
        """Modules that can reach one of the ``names`` that ``owners`` declare, and mention one of ``mentioned``."""
        found: dict[str, None] = {}
        mentioned = set(mentioned)
        offered: dict[str, set[str]] = {}
        wave = [(owner, self._offered(owner, frozenset(names))) for owner in owners]
        while wave and len(offered) < _MAX_REACHED:
            reaching: dict[str, set[str]] = {}
            for owner, available in wave:
                fresh = available - offered.setdefault(owner.path, set())
                offered[owner.path] |= fresh
                for importer in self._importers(owner.path, fresh) if fresh else ():
                    reaching.setdefault(importer, set()).update(fresh)
                    if _mentions(self._text(importer), mentioned):
                        found[importer] = None
            followed = [path for path in reaching if self._program.workspace.importers_of(path)]
            self._program.prepare(followed)
            wave = []
            for path in followed:
                module = self._program.peek(path)
                if module is not None:
                    mentioned |= _other_names(module, mentioned)
                    wave.append((module, self._offered(module, frozenset(reaching[path]), offered)))
        return [path for path in found if path not in {owner.path for owner in owners}]

    def _importers(self, path: str, names: Collection[str]) -> Iterator[str]:
        """Product code that imports a module and mentions one of ``names``, or may pass on all of them unnamed."""
        workspace = self._program.workspace
        for importer in workspace.importers_of(path):
            if workspace.source_set(importer) in ("main", "generated"):
                text = self._text(importer)
                if _ANY in names or _mentions(text, names) or _STAR.search(text):
                    yield importer

    def _text(self, path: str) -> bytes:
        text = self._texts.get(path)
        if text is None:
            try:
                text = self._program.workspace.text(path)
            except (OSError, KeyError):
                text = b""
            self._texts[path] = text
        return text

    # ------------------------------------------------------------------------------------------------ what is offered

    def _offered(self, module: ModuleIndex, names: frozenset[str], sources: Collection[str] = ()) -> frozenset[str]:
        """The names under which a module offers something that it declares or imports as one of ``names``.

        ``sources`` are modules from which it may have it; none where it declares it itself.
        """
        text = self._text(module.path)
        known = set(names)
        passed: set[str] = set()
        for item in module.module.imports if sources else ():
            if item.name in names or (item.name in ("*", "default") and self._leads_to(module, item.module, sources)):
                known.add(item.local)
                if item.local == "*":
                    passed |= names
                elif module.path.endswith(".py"):
                    passed.add(item.local)
        holders = _holders(module, text, known)
        passed |= holders if sources else holders | names
        for export in module.module.exports:
            if export.module is not None:
                if export.name == "*" and self._leads_to(module, export.module, sources):
                    passed |= names - {_ANY}
                elif export.name_in_module in names or export.name_in_module == "*":
                    passed.add(export.name)
            elif export.local in passed or export.local in known or (export.value is not None and _slice_mentions(text, export.value, known | holders)):
                passed.add(export.name)
        return frozenset(passed)

    def _leads_to(self, module: ModuleIndex, specifier: str, sources: Collection[str]) -> bool:
        return not sources or any(path in sources for path in self._program.workspace.resolve(module.path, specifier).paths)


def _holders(module: ModuleIndex, text: bytes, known: Collection[str]) -> set[str]:
    """Top-level names whose value can hold, or whose call can give, something that is ``known`` by name."""
    declared = [(name, one) for name, definitions in module.top.definitions.items() for one in definitions if one.kind != "import"]
    assigned = [
        (member.base, member.value) for frame in module.frames for member in frame.members if member.base in module.top.definitions
    ]
    assigned += [
        (name, one.value)
        for frame in module.frames
        if frame is not module.top
        for name, definitions in frame.definitions.items()
        if name in module.top.definitions
        for one in definitions
        if one.kind == "value"
    ]
    holders: set[str] = set()
    while True:
        names = holders | set(known)
        fresh = {name for name, one in declared if name not in holders and _holds(module, one, text, names)}
        fresh |= {name for name, value in assigned if name not in holders and _slice_mentions(text, value, names)}
        if not fresh:
            return holders
        holders |= fresh


def _holds(module: ModuleIndex, one: Definition, text: bytes, names: Collection[str]) -> bool:
    function = one.value if one.kind == "function" else one.value.function if isinstance(one.value, ir.Lambda) else None
    if function is not None and not _gives(module.frame_for(function)):
        return False
    return isinstance(one.value, ir.Node) and _slice_mentions(text, one.value, names)


def _gives(frame: Frame) -> bool:
    """Whether a function gives its caller anything, as its result or through a callback."""
    function = frame.function
    if frame.returns or frame.yields or function is None or function.body is None:
        return True
    own = {parameter.name for parameter in function.parameters}
    return any(isinstance(call.callee, ir.Name) and call.callee.name in own for call in frame.calls)


def _slice_mentions(text: bytes, node: ir.Node, names: Collection[str]) -> bool:
    return _mentions(text[node.start : node.end], names)


def _mentions(text: bytes, names: Collection[str]) -> bool:
    """Whether one of the names stands in the text as a word of its own."""
    for name in names:
        word = name.encode()
        if word in text and _word(word).search(text):
            return True
    return False


@lru_cache(maxsize=4096)
def _word(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w$])" + re.escape(name) + rb"(?![\w$])")


def _other_names(module: ModuleIndex, names: Collection[str]) -> set[str]:
    """The names under which a module passes on what it imports under one of ``names``."""
    exported = {e.name for e in module.module.exports if (e.name_in_module or e.local) in names and e.name not in ("*", "default")}
    return exported | {local for local, name in module.aliases.items() if name in names}
