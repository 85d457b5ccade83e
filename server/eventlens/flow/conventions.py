"""Where a library's conventions hold: it finds handlers by their names in whole projects, also in files that do not name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from eventlens.flow.catalogue import Catalogue
from eventlens.flow.library_models import CompiledModel, family_of
from eventlens.flow.words import words_in
from eventlens.knowledge.schema import Match
from eventlens.workspace.snapshot import Workspace


class Conventions:
    """Answers for one snapshot and catalogue."""

    def __init__(self, workspace: Workspace, catalogue: Catalogue) -> None:
        self._workspace = workspace
        by_name = [(model, entry) for model, _, entry in catalogue.conventions if entry.extending is None]
        self._models = {id(model): model for model, _ in by_name}
        self._classes = {
            key: [_class_name(entry) for model, entry in by_name if id(model) == key] for key in self._models
        }
        self._projects: dict[tuple[int, tuple[str, ...]], bool] = {}
        self._mentioned: dict[int, frozenset[str]] = {}
        """Model → the words of all files with a class that its conventions find; made when first asked."""

    def is_named_in(self, model: CompiledModel, path: str) -> bool:
        """Whether a file imports the library, or another file of its project does so for it."""
        imports = (*self._workspace.survey(path).imports, *self._workspace.shared_imports(path))
        return any(model.has_package(one.partition(":")[0]) for one in imports)

    def holds_in_project_of(self, model: CompiledModel, path: str) -> bool:
        """Whether some file of the project that a file belongs to imports the library."""
        project = self._workspace.project_of(path)
        key = (id(model), project[:1])
        if key not in self._projects:
            self._projects[key] = any(self.is_named_in(model, one) for one in project)
        return self._projects[key]

    def unnamed(self, named: Iterable[str]) -> list[str]:
        """Files that may hold a library's handlers and do not name it; ``named`` are files that name some library."""
        found: dict[str, None] = {}
        for key, model in self._models.items():
            projects = {
                self._workspace.project_of(path)
                for path in named
                if self._is_read_by(model, path) and self.is_named_in(model, path)
            }
            found.update((path, None) for project in projects for path in project if self._declares(key, path))
        return list(found)

    def may_be_handled(self, model: CompiledModel, names: Set[str]) -> bool:
        """Whether a file with a class that a convention finds mentions one of the ``names``, wherever it stands.

        A library can be told to look into projects that do not import it."""
        if id(model) not in self._mentioned:
            words = (self._words(path) for path in self._candidates(model))
            self._mentioned[id(model)] = frozenset().union(*words)
        return not names.isdisjoint(self._mentioned[id(model)])

    def _candidates(self, model: CompiledModel) -> Iterator[str]:
        for path in self._workspace.sources() if id(model) in self._models else ():
            if (
                self._is_read_by(model, path)
                and self._workspace.source_set(path) == "main"
                and self._declares(id(model), path)
            ):
                yield path

    def _words(self, path: str) -> frozenset[str]:
        try:
            return words_in(self._workspace.text(path))
        except (OSError, KeyError):
            return frozenset()

    def _is_read_by(self, model: CompiledModel, path: str) -> bool:
        return family_of(self._workspace.files[path].language or "") in model.families

    def _declares(self, key: int, path: str) -> bool:
        declared = self._workspace.survey(path).declares
        return any(name.search(one) for name in self._classes[key] for one in declared)


_ANY = re.compile("")


def _class_name(entry: Match) -> re.Pattern[str]:
    """What the names of the classes look like that an entry is about."""
    for condition in entry.when:
        if str(condition.path) == "class" and condition.matches is not None:
            return re.compile(condition.matches)
    return _ANY
