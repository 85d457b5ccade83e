"""The maps of other repositories that a command is given, and those that the settings name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eventlens.cli.problems import UserProblem

if TYPE_CHECKING:
    from eventlens.cli.opening import MappedFolder
    from eventlens.flow.model import FlowMap


def given_maps(paths: Iterable[Path]) -> list[FlowMap]:
    """The maps in files. Raises UserProblem."""
    return [_read(path) for path in paths]


def other_maps(mapped: MappedFolder, given: Sequence[FlowMap]) -> list[FlowMap]:
    """The given maps, then those that the settings name. Raises UserProblem."""
    from eventlens.workspace_settings import read_workspace_settings

    root = mapped.workspace.root
    settings, _ = read_workspace_settings(root)
    found = list(given)
    if settings.maps:
        from eventlens.other_maps import maps_of

        named, problems = maps_of(root, settings)
        if problems:
            raise UserProblem(*(f"{root / problem.file}:{problem.line}: {problem.message}" for problem in problems))
        found.extend(named)
    return found


def joined_with(flow_map: FlowMap, others: Sequence[FlowMap]) -> FlowMap:
    """One map of several repositories."""
    for other in others:
        from eventlens.other_maps import origin_of
        from eventlens.reports.joined import joined

        flow_map = joined(flow_map, other, origin_of(other))
    return flow_map


def _read(path: Path) -> FlowMap:
    from eventlens.other_maps import NoMap, decode_map

    try:
        return decode_map(path.read_bytes())
    except OSError as error:
        raise UserProblem(
            f"{path}: cannot be read ({error.strerror}); write it with `eventlens map --format json`."
        ) from error
    except NoMap as error:
        raise UserProblem(f"{path}: {error}.") from error
