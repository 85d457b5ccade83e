"""Which modules can get hold of something that a module declares: by its name, or through objects that hold it.

A module that imports the declaring one reaches the thing when it mentions a name by which it is offered: its own, or that of a
value, function or class whose text mentions it. A module that in turn offers such a holder is followed further; one that only
uses the thing is not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from eventlens import ir
from eventlens.flow.module_index import WHOLE, ModuleIndex
from eventlens.flow.program import Program
from eventlens.flow.scopes import Definition, Frame
from eventlens.flow.words import encoded_words, remembered_words_in

_MAX_REACHED = 2000
FOLLOWED_BY_NAME = 300
"""Modules that are followed from name to name. What spreads further is in sight nearly everywhere, and each search would end there."""
_MAX_HANDING, _MAX_HANDED = 60, 200
_UNTYPED = (".py", ".js", ".mjs", ".cjs")
_ANY = WHOLE
"""What is offered as a module's default, importers call as they like."""
_STAR = "*"
_BREAK = b"\n"
_MANY = 30
"""Names; so many are looked up in less time than looked for."""
MANY_FOLLOWED = 150
"""Modules; to read so many in order to know what they offer takes longer than to search the text of all that could want it."""
PASSING_ON = re.compile(rb"export\s*\*|import\s*\*")
"""What passes names on without naming them."""


class Reach:
    """Answers for one program; texts of modules are the editor's where they are open."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._words_of: dict[str, bytes] = {}
        self._holdings: dict[str, _Holdings] = {}
        self._targets: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        """Importing file → specifier → the files it leads to: each search asks this of the same files again."""
        self._importing_of: dict[str, list[str]] = {}
        self._imports_of: dict[str, tuple[str, ...]] = {}
        self._mentioning: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        """Imported file → name → those of its importers that mention the name. In a package, each file is an importer of all others."""
        self.within: frozenset[str] | None = None
        """The only modules that are looked at as importers; None for all."""
        self._before: Reach | None = None
        self._own: frozenset[str] = frozenset()

    def take_over(self, before: Reach) -> None:
        """Ask ``before``, of an earlier state of the workspace, what files say whose text no editor holds, or held then."""
        self._before = before
        self._own = self._program.workspace.overlaid() | before._program.workspace.overlaid()

    def forget_answers(self) -> None:
        """Let go of what can be worked out again."""
        self._words_of, self._holdings, self._importing_of, self._imports_of = {}, {}, {}, {}
        self._targets.clear()
        self._mentioning.clear()

    def modules(self, owners: Sequence[ModuleIndex], names: Collection[str], mentioned: Collection[str]) -> list[str]:
        """Modules that can reach one of the ``names`` that ``owners`` declare, and mention one of ``mentioned``."""
        found: dict[str, None] = {}
        mentioned = set(mentioned)
        by_name = mentioned.issubset(names) and all(map(self._is_packaged, owners))
        offered: dict[str, set[str]] = {}
        holding: dict[str, None] = {}
        wave = [(owner, self._offered(owner, frozenset(names))) for owner in owners]
        whole = {owner.path for owner in owners if any(map(owner.gives_as_whole, mentioned))}
        """Modules that are the thing itself, which importers need not mention by any name of it."""
        by_file = not any(map(self._is_packaged, owners))
        while wave and len(offered) < _MAX_REACHED:
            if by_file and len(offered) >= FOLLOWED_BY_NAME:
                found.update(dict.fromkeys(self._mentioning_above([owner.path for owner, _ in wave], mentioned)))
                break
            reaching: dict[str, set[str]] = {}
            calling_as_they_like: set[str] = set()
            for owner, available in wave:
                fresh = available - offered.setdefault(owner.path, set())
                offered[owner.path] |= fresh
                for importer in self._importers(owner.path, fresh) if fresh else ():
                    reaching.setdefault(importer, set()).update(fresh)
                    if owner.path in whole:
                        calling_as_they_like.add(importer)
            holding.update(dict.fromkeys(reaching))
            found.update(
                (one, None) for one in reaching if one in calling_as_they_like or self._mentions(one, mentioned)
            )
            followed = [path for path in reaching if (path in found or not by_name) and self._importing(path)]
            few = self._mentioning_anywhere(owners, mentioned) if len(followed) > MANY_FOLLOWED else None
            if few is not None and len(few) < len(followed):
                found = dict.fromkeys(few)
                break
            self._program.prepare(followed)
            modules = [module for path in followed if (module := self._program.peek(path)) is not None]
            known = len(mentioned)
            for module in modules:
                if module.path in calling_as_they_like:
                    mentioned |= _names_of_whole(module)
                    whole |= {
                        module.path for export in module.exports.get(_ANY, ()) if _passes_whole_on(module, export)
                    }
                mentioned |= _other_names(module, mentioned)
            if by_name and len(mentioned) == known:
                break  # a name that packages know is mentioned where it is in sight, and nowhere else but under an alias
            wave = [(one, self._offered(one, frozenset(reaching[one.path]), offered)) for one in modules]
        found.update(dict.fromkeys(self._handed_to(holding, mentioned)))
        return [path for path in found if path not in {owner.path for owner in owners}]

    def _is_packaged(self, module: ModuleIndex) -> bool:
        return self._program.workspace.finds_by_package(module.path)

    def _mentioning_above(self, paths: Sequence[str], mentioned: set[str]) -> list[str]:
        """Of what imports some modules, however far, what mentions one of the names, or what such a module calls it."""
        above = dict.fromkeys(paths)
        for path in (waiting := list(above)):
            if len(above) >= _MAX_REACHED:
                break
            fresh = [one for one in self._importing(path) if one not in above and self._words(one)]
            above.update(dict.fromkeys(fresh))
            waiting.extend(fresh)
        names, known = set(mentioned), -1
        found: list[str] = []
        while len(names) > known:
            known = len(names)
            found = [path for path in above if self._mentions(path, names)]
            self._program.prepare(found)
            for path in found:
                if (module := self._program.peek(path)) is not None:
                    names |= _other_names(module, names)
        return found

    def _mentioning_anywhere(self, owners: Sequence[ModuleIndex], mentioned: Collection[str]) -> list[str] | None:
        """All product code of a language family that mentions one of the names, whether it can reach the thing or not.

        None where names are found by file: what passes a thing on may call it otherwise there.
        """
        if not all(map(self._is_packaged, owners)):
            return None
        spelt = [_encoded(name) for name in mentioned]
        family = self._program.workspace.family(owners[0].path)
        text = self._program.workspace.text_if_there
        near = (path for path in family if any(map(text(path).__contains__, spelt)))  # in longer words, too
        return [path for path in near if self._mentions(path, mentioned)]

    def expect(self, owner: ModuleIndex, names: Collection[str]) -> None:
        """Have workers begin with what `modules` will look into first for these names. Changes no answer."""
        self._program.expect(self._importers(owner.path, self._offered(owner, frozenset(names))))

    def _handed_to(self, holding: Collection[str], mentioned: set[str]) -> Iterator[str]:
        """Modules that need not import a thing to use it, where no types are written: those that modules which have it import."""
        untyped = [path for path in holding if path.endswith(_UNTYPED)]
        imported = dict.fromkeys(target for path in untyped[:_MAX_HANDING] for target in self._imported_by(path))
        for target in list(imported)[:_MAX_HANDED]:
            if self.within is not None and target not in self.within:
                continue
            if self._mentions(target, mentioned):
                yield target

    def _imported_by(self, path: str) -> tuple[str, ...]:
        """The modules that a module imports, in their order; of several that an import may lead to, the first."""
        known = self._imports_of.get(path)
        if known is None:
            workspace = self._program.workspace
            known = self._imports_of[path] = tuple(
                target
                for specifier in workspace.survey(path).imports
                for target in workspace.resolve(path, specifier).paths[:1]
            )
        return known

    def _importers(self, path: str, names: frozenset[str]) -> Iterator[str]:
        """Product code that imports a module and mentions one of ``names``, or may pass on all of them unnamed."""
        if _ANY in names:
            yield from filter(self._words, self._importing(path))
            return
        known = self._mentioning[path]
        for name in (_STAR, *sorted(names)):
            importers = known.get(name)
            if importers is None:
                importers = known[name] = tuple(one for one in self._importing(path) if self._mentions(one, (name,)))
            yield from importers

    def _importing(self, path: str) -> list[str]:
        known = self._importing_of.get(path)
        if known is None:
            workspace = self._program.workspace
            known = self._importing_of[path] = (
                workspace.importers_of(path) if self.within is None else workspace.importers_among(self.within, path)
            )
        return known

    def says(self, path: str, word: re.Pattern[bytes]) -> bool:
        """Whether an identifier, or a word of a text or comment, of product code is as ``word`` has it: it is given all of them, each
        between two line ends. What was found out is kept while the file stays as it is."""
        return word.search(self._words(path)) is not None

    def _mentions(self, path: str, names: Collection[str]) -> bool:
        """Whether one of the names stands in the text of product code (`_STAR`: whether it passes names on without naming them)."""
        words = self._words(path)
        if len(names) > _MANY:
            return not set(words.split(_BREAK)).isdisjoint(map(_encoded, names))
        return any(_BREAK + _encoded(name) + _BREAK in words for name in names)

    def _words(self, path: str) -> bytes:
        """The identifiers in the text of product code, each between two breaks; nothing for other files. So they take less than a set of them."""
        if self._before is not None and path not in self._own:
            return self._before._words(path)
        words = self._words_of.get(path)
        if words is None:
            is_product = self._program.workspace.source_set(path) in ("main", "generated")
            words = self._words_of[path] = self._words_in(path) if is_product else b""
        return words

    def _words_in(self, path: str) -> bytes:
        self._program.workspace.beat()
        text = self._program.workspace.text_if_there(path)
        found = encoded_words(text)
        if not self._program.workspace.finds_by_package(path) and PASSING_ON.search(text):
            found.add(_encoded(_STAR))
        return _BREAK + _BREAK.join(found) + _BREAK if found else b""

    # ------------------------------------------------------------------------------------------------ what is offered

    def _offered(self, module: ModuleIndex, names: frozenset[str], sources: Collection[str] = ()) -> frozenset[str]:
        """The names under which a module offers something that it declares or imports as one of ``names``.

        ``sources`` are modules from which it may have it; none where it declares it itself.
        """
        holdings = self._holdings_of(module)
        known = set(names)
        passed: set[str] = set()
        for item in self._imported(module, names, sources) if sources else ():
            known.add(item.local)
            if item.local == "*":
                if not self._is_packaged(module):  # there, what is in sight is not offered again
                    passed |= names
            elif module.module.offers_every_name:
                passed.add(item.local)
        holders = holdings.holders(known)
        passed |= holders if sources else holders | names
        for export in module.module.exports:
            if export.module is not None:
                if export.name == "*" and self._leads_to(module, export.module, sources):
                    passed |= names - {_ANY}
                elif export.name_in_module in names or export.name_in_module == "*":
                    passed.add(export.name)
            elif (
                export.local in passed
                or export.local in known
                or not (known | holders).isdisjoint(holdings.exported.get(export.name, ()))
            ):
                passed.add(export.name)
        return frozenset(passed)

    def _imported(self, module: ModuleIndex, names: frozenset[str], sources: Collection[str]) -> Iterator[ir.Import]:
        """What a module imports under one of the names, or as a whole from one of ``sources``."""
        holdings = self._holdings_of(module)
        for name in holdings.imported.keys() & names:
            yield from holdings.imported[name]
        yield from (item for item in holdings.imported_whole if self._leads_to(module, item.module, sources))

    def _holdings_of(self, module: ModuleIndex) -> _Holdings:
        if self._before is not None and self._before._program.peek(module.path) is module:
            return self._before._holdings_of(module)
        known = self._holdings.get(module.path)
        if known is None:
            known = self._holdings[module.path] = _Holdings(module, self._program.workspace.text_if_there(module.path))
        return known

    def _leads_to(self, module: ModuleIndex, specifier: str, sources: Collection[str]) -> bool:
        if not sources:
            return True
        known = self._targets[module.path]
        targets = known.get(specifier)
        if targets is None:
            targets = known[specifier] = self._program.workspace.resolve(module.path, specifier).paths
        return any(map(sources.__contains__, targets))


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


class _Holdings:
    """Which words stand in what a module's top-level names are given, and in what it exports as values; what it imports, by name."""

    __slots__ = ("_holders_of", "exported", "given", "imported", "imported_whole")

    def __init__(self, module: ModuleIndex, text: bytes) -> None:
        given: dict[str, frozenset[str]] = {}
        for name, node in _given(module):
            given[name] = given.get(name, _NOTHING) | remembered_words_in(text[node.start : node.end])
        self.given = {name: tuple(words) for name, words in given.items()}
        self._holders_of: dict[str, frozenset[str]] = {}
        self.imported: dict[str, list[ir.Import]] = {}
        for item in module.module.imports:
            self.imported.setdefault(item.name, []).append(item)
        self.imported_whole = [item for name in ("*", "default") for item in self.imported.get(name, ())]
        self.exported = {
            export.name: tuple(remembered_words_in(text[export.value.start : export.value.end]))
            for export in module.module.exports
            if export.value is not None
        }

    def holders(self, known: Collection[str]) -> set[str]:
        """Names whose value can hold, or whose call can give, something that is ``known`` by name.

        Worked out name by name, and remembered: searches come to the same modules again and again, each time with some names more.
        """
        return set().union(*map(self._holding, known))

    def _holding(self, name: str) -> frozenset[str]:
        found = self._holders_of.get(name)
        if found is None:
            found = self._holders_of[name] = frozenset(self._closure(name)) or _NOTHING
        return found

    def _closure(self, name: str) -> set[str]:
        holders: set[str] = set()
        names = {name}
        while names:
            names = {one for one, words in self.given.items() if one not in holders and not names.isdisjoint(words)}
            holders |= names
        return holders


_NOTHING: frozenset[str] = frozenset()


def _given(module: ModuleIndex) -> Iterator[tuple[str, ir.Node]]:
    """Top-level names and what is declared, assigned, or stored in a member, under them."""
    top = module.top.definitions
    for name, definitions in top.items():
        for one in definitions:
            if one.kind != "import" and isinstance(one.value, ir.Node) and not _gives_nothing(module, one):
                yield name, one.value
    for frame in module.frames:
        yield from ((member.base, member.value) for member in frame.members if member.base in top)
        if frame is not module.top:
            for name in top.keys() & frame.definitions.keys():
                yield from ((name, one.value) for one in frame.definitions[name] if one.kind == "value")


def _gives_nothing(module: ModuleIndex, one: Definition) -> bool:
    function = one.value if one.kind == "function" else one.value.function if isinstance(one.value, ir.Lambda) else None
    return function is not None and not _gives(module.frame_for(function))


def _gives(frame: Frame) -> bool:
    """Whether a function gives its caller anything, as its result or through a callback."""
    function = frame.function
    if frame.returns or frame.yields or function is None or function.body is None:
        return True
    own = {parameter.name for parameter in function.parameters}
    return any(isinstance(call.callee, ir.Name) and call.callee.name in own for call in frame.calls)


def _names_of_whole(module: ModuleIndex) -> set[str]:
    """The names under which a module has, or passes on, what it imports without a name."""
    passed_on = {e.name for e in module.module.exports if e.name_in_module == _ANY and e.name != _ANY}
    return passed_on | {local for local, name in module.aliases.items() if name == _ANY}


def _passes_whole_on(module: ModuleIndex, export: ir.Export) -> bool:
    """Whether what a module is as a whole is what it imports as one."""
    return export.name_in_module == _ANY or module.aliases.get(export.local or "") == _ANY


def _other_names(module: ModuleIndex, names: Collection[str]) -> set[str]:
    """The names under which a module passes on what it imports under one of ``names``."""
    exported = {
        e.name
        for e in module.module.exports
        if (e.name_in_module or e.local) in names and e.name not in ("*", "default")
    }
    return exported | {local for local, name in module.aliases.items() if name in names}
