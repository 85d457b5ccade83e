"""Opens the workspace that a command is about, and finds its map: the remembered one while nothing changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eventlens.cli.failures import errors_noticed
from eventlens.cli.problems import UserProblem
from eventlens.remembered import MapMemory
from eventlens.workspace.git_history import Base, base_of
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace_settings import SettingsProblem, read_workspace_settings

if TYPE_CHECKING:
    from eventlens.flow.model import FlowMap


class MappedFolder(NamedTuple):
    """A workspace for reading files of, and its finished map as JSON."""

    workspace: Workspace
    map_json: bytes

    @property
    def flow_map(self) -> FlowMap:
        """The map itself."""
        import msgspec

        from eventlens.flow.model import FlowMap

        return msgspec.json.decode(self.map_json, type=FlowMap)


def map_folder(path: Path, base: str = "") -> MappedFolder:
    """The map of the workspace at ``path``; raises `UserProblem` when it cannot be read or its settings are broken.

    ``base`` names the commit to compare with; "" is the merge base with the branch that changes go to."""
    _check_readable(path)
    compared = _base(path, base)
    settings, problems = read_workspace_settings(path)
    _check_settings(path, problems)
    walked = Workspace.open(path, (), settings.exclude)
    memory = MapMemory(walked, settings, compared)
    map_json = memory.recall()
    if map_json is None:
        walked.begin_workers()  # they come up while the analysis is loaded
        with errors_noticed() as errors:
            map_json = _analysed(path, walked, compared)
        if not errors:  # a map with parts missing is made again, so that each run says so
            memory.keep(map_json)
    walked.close()
    return MappedFolder(walked, map_json)


def _base(path: Path, named: str) -> Base | None:
    base = base_of(path, named)
    if named and base is None:
        raise UserProblem(
            f"--base {named}: no such commit in the repository of {path}; give a branch, a tag or a whole id, and fetch it first where the clone is shallow."
        )
    return base


def _analysed(path: Path, walked: Workspace, base: Base | None) -> bytes:
    import msgspec

    from eventlens.analysis import analyse, open_workspace

    opened = open_workspace(path, walked)
    _check_settings(path, opened.problems)
    map_json = msgspec.json.encode(analyse(opened.workspace, base=base).flow_map)
    opened.workspace.finish()
    return map_json


def _check_readable(path: Path) -> None:
    try:
        if not path.exists():
            raise UserProblem(f"{path}: no such folder; give the root of the workspace.")
        if not path.is_dir():
            raise UserProblem(f"{path}: not a folder; give the root of the workspace, not a file in it.")
        next(path.iterdir(), None)
    except OSError as error:
        raise UserProblem(f"{path}: cannot be read ({error.strerror}); check its permissions.") from error


def _check_settings(path: Path, problems: Iterable[SettingsProblem]) -> None:
    lines = [f"{path / problem.file}:{problem.line}: {problem.message}" for problem in problems]
    if lines:
        raise UserProblem(*lines)
