"""Opens the workspace that a command is about."""

from __future__ import annotations

from pathlib import Path

from eventlens.analysis import Analysis, analyse, open_workspace
from eventlens.cli.problems import UserProblem
from eventlens.workspace.snapshot import Workspace


def open_folder(path: Path) -> Workspace:
    """The workspace at ``path``; raises `UserProblem` when it cannot be read or its settings are broken."""
    if not path.exists():
        raise UserProblem(f"{path}: no such folder; give the root of the workspace.")
    if not path.is_dir():
        raise UserProblem(f"{path}: not a folder; give the root of the workspace, not a file in it.")
    try:
        next(path.iterdir(), None)
    except OSError as error:
        raise UserProblem(f"{path}: cannot be read ({error.strerror}); check its permissions.") from error
    opened = open_workspace(path)
    if opened.problems:
        raise UserProblem(*(f"{path / problem.file}:{problem.line}: {problem.message}" for problem in opened.problems))
    return opened.workspace


def analyse_folder(path: Path) -> tuple[Workspace, Analysis]:
    """The workspace at ``path`` and its analysis."""
    workspace = open_folder(path)
    return workspace, analyse(workspace)
