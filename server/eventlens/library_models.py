"""The library models that hold for a workspace: those that ship and its own.

May import everything below `other_maps`. Invariant: a model that is wrong is reported, and all others hold. Model files are read, and with
them YAML and what validates it is loaded, only where a workspace has its own or those that ship are not as they were validated.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from eventlens.flow.catalogue import Catalogue
from eventlens.knowledge.kept_models import recalled_models
from eventlens.knowledge.model_files import rules_root, workspace_model_files
from eventlens.knowledge.schema import Model
from eventlens.workspace.cache_place import cache_folder
from eventlens.workspace_settings import SettingsProblem

if TYPE_CHECKING:
    from eventlens.knowledge.loading import ModelProblem


def catalogue_of(root: Path, named: Sequence[str]) -> tuple[Catalogue, tuple[SettingsProblem, ...]]:
    """The models that hold for the workspace at ``root``, whose settings name ``named``; with what is wrong in its own."""
    files = workspace_model_files(root, [Path(one) for one in named])
    if not files:
        return _shipped(), ()
    return _catalogue(root, files, tuple((str(path), _modified(path)) for path in files))


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    """The models that ship: the same for every workspace without its own."""
    return Catalogue(list(_shipped_models()))


@lru_cache(maxsize=1)
def _shipped_models() -> tuple[Model, ...]:
    recalled = recalled_models(rules_root(), cache_folder())
    if recalled is not None:
        return tuple(model for _, model in recalled)
    from eventlens.knowledge.loading import validated_models

    return tuple(model for _, model in validated_models(rules_root(), cache_folder())[0])


def _modified(path: Path) -> int:
    """When a file was written; 0 for one that is not there, which is a mistake in the settings."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=8)
def _catalogue(
    root: Path, files: tuple[Path, ...], key: tuple[tuple[str, int], ...]
) -> tuple[Catalogue, tuple[SettingsProblem, ...]]:
    from eventlens.knowledge.loading import load_workspace_models

    own, problems = load_workspace_models(files, _shipped_models())
    return Catalogue([*_shipped_models(), *(one.model for one in own)]), tuple(
        _model_problem(root, problem) for problem in problems
    )


def _model_problem(root: Path, problem: ModelProblem) -> SettingsProblem:
    path = problem.path.relative_to(root).as_posix() if problem.path.is_relative_to(root) else str(problem.path)
    return SettingsProblem(path, problem.line, str(problem).partition(f":{problem.line}: ")[2] or str(problem))
