"""Reads model files: YAML to validated `Model`s, and every mistake to one line that says how to mend it."""

from __future__ import annotations

import contextlib
import errno
import re
import stat
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from eventlens.config.twins import validated
from eventlens.config.values import LARGEST_BITS
from eventlens.knowledge.kept_models import KeptModels, built_in_contents, delete_kept, recalled_models
from eventlens.knowledge.mistakes import Mistake, mistakes_of
from eventlens.knowledge.model_files import rules_root, workspace_model_files
from eventlens.knowledge.places import locate, repeated_keys
from eventlens.knowledge.references import undeclared_references, unknown_provisions
from eventlens.knowledge.schema import Model

__all__ = [
    "LoadedModel",
    "ModelProblem",
    "load_models",
    "load_workspace_models",
    "read_model",
    "rules_root",
    "ship_models",
    "validated_models",
    "workspace_model_files",
]

KEPT_DAYS = 7
"""The models that another version of this program kept are deleted after so long: a second installation may be in use."""
_LARGEST = 1_000_000
"""Bytes of a model file."""
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_NOT_OF_ITS_TAG = (ArithmeticError, AttributeError, LookupError, TypeError)
"""Raised for ``!!int ''`` and the like: the library trusts tags that are written."""


class _Loader(_Safe):  # type: ignore[misc]
    """Only ``true`` and ``false`` are booleans: the key ``on`` and the word ``no`` stay text, and so do dates."""


_UNWANTED = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
_Loader.yaml_implicit_resolvers = {
    first: [entry for entry in entries if entry[0] not in _UNWANTED]
    for first, entries in _Safe.yaml_implicit_resolvers.items()
}


def _whole_number(loader: Any, node: yaml.ScalarNode) -> int | str:
    """A number, or the text of one that is too long to be shown."""
    value: int = loader.construct_yaml_int(node)
    return value if value.bit_length() <= LARGEST_BITS else str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class LoadedModel(NamedTuple):
    """A valid model and the file that it stands in. ``built_in`` is False for a workspace's own models."""

    model: Model
    path: Path
    built_in: bool


class ModelProblem(NamedTuple):
    """A mistake in a model file. ``line`` is 1-based; ``field`` is dotted (``publishes[0].channel``), "" for the whole file."""

    path: Path
    line: int
    field: str
    message: str
    remedy: str

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.path}:{self.line}: {field}{self.message}; {self.remedy}"


def load_models(
    rules_root: Path, workspace_files: Sequence[Path] = (), cache_folder: Path | None = None
) -> tuple[tuple[LoadedModel, ...], tuple[ModelProblem, ...]]:
    """All valid models, the built-in ones first, and what is wrong with the others. A bad file never stops the rest.

    The built-in models are taken as they were validated before: beside them (see `ship_models`), or in ``cache_folder``, where they are
    kept otherwise.
    """
    built_in, problems = _built_in(rules_root, cache_folder)
    own, mistakes = load_workspace_models(workspace_files, [model for _, model in built_in])
    return (*(LoadedModel(model, path, True) for path, model in built_in), *own), (*problems, *mistakes)


def load_workspace_models(
    files: Sequence[Path], shipped: Sequence[Model]
) -> tuple[tuple[LoadedModel, ...], tuple[ModelProblem, ...]]:
    """The valid models in a workspace's own files, and what is wrong with the others; they may speak of each other and of ``shipped``."""
    read = [(path, _opened(path)) for path in files]
    known = [*shipped, *(one.model for _, one in read if one.model is not None)]
    loaded: list[LoadedModel] = []
    problems: list[ModelProblem] = []
    for path, (model, mistakes, root) in read:
        strange = [_placed(path, root, mistake) for mistake in unknown_provisions(model, known)] if model else []
        problems.extend((*mistakes, *strange))
        if model is not None and not strange:
            loaded.append(LoadedModel(model, path, False))
    return tuple(loaded), tuple(problems)


def _opened(path: Path) -> _Read:
    try:
        content = _content(path)
    except OSError as error:
        remedy = "check the path and its permissions"
        return _Read(None, [ModelProblem(path, 1, "", f"cannot be read ({error.strerror})", remedy)])
    return _read(path, content)


def _content(path: Path) -> bytes:
    """The bytes of a model file; raises OSError for what is none: a pipe would be waited for."""
    status = path.stat()
    if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST:
        return path.read_bytes()
    reason = "it is no file" if not stat.S_ISREG(status.st_mode) else f"it is larger than {_LARGEST // 1_000_000} MB"
    raise OSError(errno.EINVAL, reason, str(path))


def read_model(path: Path, content: bytes) -> tuple[Model | None, list[ModelProblem]]:
    """The model in ``content``, or the problems that keep it from being one. Never raises."""
    read = _read(path, content)
    return read.model, read.problems


class _Read(NamedTuple):
    """A model, or what keeps a text from being one."""

    model: Model | None
    problems: list[ModelProblem]
    root: yaml.Node | None = None
    """What the text's places are asked of."""


def _read(path: Path, content: bytes, is_shipped: bool = False) -> _Read:
    """``is_shipped``: what only the whole of a right model's text shows was looked at before it was shipped."""
    try:
        root, raw = _parse(content)
        repeated = [] if is_shipped else list(repeated_keys(root))
    except (yaml.YAMLError, RecursionError, ValueError, *_NOT_OF_ITS_TAG) as error:
        return _Read(None, [_unreadable(path, error)])
    if not isinstance(raw, dict):
        remedy = "begin with `library: <name>`; see docs/writing-models.md"
        return _Read(None, [ModelProblem(path, 1, "", "is not a mapping", remedy)])
    problems = [
        ModelProblem(
            path, line, locate(root, location)[0], "is given twice; only the last would count", "merge the two"
        )
        for location, line in repeated
    ]
    model, mistakes = _validated(raw, is_shipped)
    problems.extend(_placed(path, root, mistake) for mistake in mistakes)
    return _Read(
        None if problems else model,
        sorted(problems, key=lambda problem: problem.line),
        None if is_shipped else root,
    )


def _unreadable(path: Path, error: Exception) -> ModelProblem:
    """Why a text is no YAML."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return ModelProblem(path, line, "", f"not YAML: {error.problem}", "mend the syntax on this line")
    if isinstance(error, RecursionError):
        remedy = "remove the alias (`*name`) that points at its own parent"
        return ModelProblem(path, 1, "", "contains itself", remedy)
    if isinstance(error, _NOT_OF_ITS_TAG):
        what = f"a value is not what its tag says ({type(error).__name__}: {error})"
        return ModelProblem(path, 1, "", what, "remove the tag (`!!…`)")
    return ModelProblem(path, 1, "", f"not YAML: {str(error).splitlines()[0]}", "save it as plain UTF-8 YAML")


def _validated(raw: object, is_shipped: bool) -> tuple[Model | None, list[Mistake]]:
    try:
        model = validated(Model, raw)
    except ValidationError as error:
        return None, mistakes_of(error)
    return model, [] if is_shipped else list(undeclared_references(model))


def _placed(path: Path, root: yaml.Node | None, mistake: Mistake) -> ModelProblem:
    field, line = locate(root, mistake.location)
    return ModelProblem(path, line, field, mistake.message, mistake.remedy)


def _parse(content: bytes) -> tuple[yaml.Node | None, object]:
    """The node tree (for positions) and the plain values of one YAML document."""
    loader = _Loader(content.decode("utf-8-sig"))
    try:
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node is not None else None
    finally:
        loader.dispose()


# ------------------------------------------------------------------------------------------------- built-in models


def ship_models(root: Path) -> Path:
    """Keep the built-in models beside their files, validated, for an installation to bring along; gives the file.

    Raises ValueError where one of them is wrong, OSError where ``root`` cannot be written.
    """
    contents = built_in_contents(root)
    models, problems = _models_and_problems((path, _read(path, content)) for path, content in contents)
    if problems:
        raise ValueError("\n".join(map(str, problems)))
    delete_kept(root)
    file = KeptModels(root, contents).keep(root, models)
    file.chmod(0o644)  # who installs is not always who starts it
    return file


def _built_in(root: Path, cache_folder: Path | None) -> tuple[list[tuple[Path, Model]], list[ModelProblem]]:
    recalled = recalled_models(root, cache_folder)
    return (recalled, []) if recalled is not None else validated_models(root, cache_folder)


def validated_models(root: Path, cache_folder: Path | None) -> tuple[list[tuple[Path, Model]], list[ModelProblem]]:
    """The built-in models read from their files, and what is wrong with the others; kept in ``cache_folder`` where nothing is."""
    contents = built_in_contents(root)
    models, problems = _models_and_problems((path, _read(path, content, is_shipped=True)) for path, content in contents)
    if cache_folder and not problems:
        _keep(KeptModels(root, contents), cache_folder, models)
    return models, problems


def _keep(kept: KeptModels, folder: Path, models: Sequence[tuple[Path, Model]]) -> None:
    """A folder that cannot be written only costs the next start its time."""
    with contextlib.suppress(OSError):
        file = kept.keep(folder, models)
        delete_kept(folder, time.time() - KEPT_DAYS * 86_400, but_not=file)


def _models_and_problems(
    read: Iterable[tuple[Path, _Read]],
) -> tuple[list[tuple[Path, Model]], list[ModelProblem]]:
    models, problems = [], []
    for path, one in read:
        problems.extend(one.problems)
        if one.model is not None:
            models.append((path, one.model))
    return models, problems
