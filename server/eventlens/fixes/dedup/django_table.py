"""The model of handled messages in a Django project, in the app of a model that the handler writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import basename, dirname
from typing import NamedTuple

from eventlens.fixes.changes import NewFile, NotFixable
from eventlens.fixes.python_code import layout_of
from eventlens.fixes.python_imports import Wanted, imported_as, with_imports
from eventlens.fixes.python_migrations import next_django_step
from eventlens.fixes.python_project import PythonProject, top_classes, top_names
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile

MODEL = "ProcessedMessage"


class Table(NamedTuple):
    """Where the model stands, or will."""

    path: str
    exists: bool
    app_label: str = ""

    @property
    def app(self) -> str:
        """The folder of the app."""
        folder = dirname(self.path)
        return dirname(folder) if basename(folder) == "models" else folder

    @property
    def label(self) -> str:
        """The app's label."""
        return self.app_label or basename(self.app)


def has_place(project: PythonProject, entities: Sequence[str]) -> bool:
    """Whether it is known where the model belongs."""
    try:
        table(project, entities)
    except NotFixable:
        return False
    return True


def table(project: PythonProject, entities: Sequence[str]) -> Table:
    """The model of an earlier fix, or the place for a new one. Raises NotFixable where there is another one, or no place."""
    wanted = {name.lower() for name in entities}
    place: Table | None = None
    for file in project.holding(b"models.Model", b"Model)"):
        for name, bases, node in top_classes(file):
            if not any(base.rpartition(".")[2].endswith("Model") for base in bases):
                continue
            text = file.text(node)
            if name == MODEL:
                if not all(f"{column} =" in text for column in ("consumer", "message_id")):
                    raise NotFixable(f"{file.path} has a model {MODEL} of another make")
                return Table(file.path, True)
            label = re.search(r"app_label\s*=\s*[\"'](\w+)[\"']", text)
            if name.lower() in wanted and place is None:
                place = Table(file.path, False, label[1] if label is not None else "")
    if place is None:
        raise NotFixable("where the model that is written stands is not known")
    return place


def grown(project: PythonProject, file: SourceFile, made: Table) -> SourceFile:
    """The module with the model at its end."""
    models = imported_as(file, Wanted("django.db", "models"))
    wanted = [] if models is not None else [Wanted("django.db", "models")]
    if models is None and "models" in top_names(file):
        raise NotFixable(f"{file.path} has something else named models")
    text = render("dedup/python/django_model.py", models=models or "models", app_label=made.app_label, label=made.label)
    file = with_imports(file, wanted, project.packages, layout_of(file, project.width))
    return SourceFile(
        file.path, file.source.rstrip() + (file.style.newline * 3 + restyled(text, file.style, ".py")).encode()
    )


def migration(project: PythonProject, made: Table) -> Iterator[NewFile]:
    """The next migration of the app; none for an app without migrations, whose tables Django makes from its models."""
    step = next_django_step(project, made.app)
    if step is None:
        return
    text = render("dedup/python/django_migration.py", app=step.app or made.label, parent=step.parent, label=made.label)
    yield NewFile(f"{step.folder}/{step.number}_processed_message.py", restyled(text, step.newest.style, ".py"))
