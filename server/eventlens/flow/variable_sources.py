"""Where the values of environment variables stand in a workspace: compose files, ``.env`` files, deployments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from eventlens.config.compose import ComposeService, is_compose_name, read_compose
from eventlens.config.configuration_keys import read_entries, source_of
from eventlens.config.environment import Variable, interpolate, read_env, values
from eventlens.config.infrastructure import Infrastructure
from eventlens.config.kubernetes import looks_deployed, read_deployments
from eventlens.flow.configured_keys import ConfiguredKeys
from eventlens.flow.deployments import DeploymentFiles
from eventlens.flow.infrastructure import NO_INFRASTRUCTURE, EntryPoints, deployed_folder
from eventlens.flow.variables import Given, Variables
from eventlens.workspace.resolution import folder_of, join
from eventlens.workspace.snapshot import Workspace

Shown: TypeAlias = Callable[[str, str], str]
"""From the name and value of a variable to the value as it may be shown."""

_REFERENCE = re.compile(r"\$(?:\w+|\{\w+\})")
_ENV_FILE = re.compile(r"(^|/)(\.env[\w.-]*|[\w.-]+\.env)$")
_EXAMPLES = ("example", "sample", "template", "dist", "test")


def variables_of(
    workspace: Workspace,
    stated: Mapping[str, str],
    infrastructure: Infrastructure = NO_INFRASTRUCTURE,
    profiles: Sequence[str] = (),
) -> Variables:
    """The environment variables, and the keys of services' configuration, that the workspace's files set.

    Where several speak for one folder, a compose file goes before a ``.env`` file, that before an example of one.
    """
    found = Variables(stated, keys=keys_of(workspace, profiles))
    given: list[tuple[int, str, Given]] = list(_deployed(workspace, infrastructure, found.shown))
    paths = [path for path in workspace.configs() if workspace.source_set(path) != "test"]
    for path in paths:
        given.extend(_given_by(workspace, path, found.shown))
    given.extend(_deployments(workspace, paths, profiles))
    best: dict[tuple[str, str], int] = {}
    for rank, name, one in given:
        key = (name, one.folder)
        best[key] = min(rank, best.get(key, rank))
    for rank, name, one in given:
        if rank == best[(name, one.folder)]:
            found.add(name, one)
        else:
            found.add_outdone(name, one)
    return found


def keys_of(workspace: Workspace, profiles: Sequence[str]) -> ConfiguredKeys:
    """The keys of services' configuration; ``profiles`` count, in that order, where values differ by them."""
    keys = ConfiguredKeys(profiles)
    for path in workspace.configs():
        source = source_of(path)
        if source is not None and workspace.source_set(path) != "test":
            keys.add(path, source, read_entries(path, workspace.text_if_there(path), source.profile))
    return keys


def _given_by(workspace: Workspace, path: str, shown: Shown) -> Iterator[tuple[int, str, Given]]:
    name = path.rpartition("/")[2]
    if _ENV_FILE.search(path):
        rank = 3 if any(word in name for word in _EXAMPLES) else 1
        yield from ((rank, variable, given) for variable, given in _env_file(workspace, path, shown))
    elif is_compose_name(name):
        yield from ((0, variable, given) for variable, given in _compose(workspace, path, shown))


def _deployed(workspace: Workspace, infrastructure: Infrastructure, shown: Shown) -> Iterator[tuple[int, str, Given]]:
    """What functions are given where they are deployed, for the code that they run."""
    points = EntryPoints(workspace)
    for function in infrastructure.functions:
        folder = deployed_folder(points, function) if function.environment else ""
        for one in function.environment:
            value = shown(one.name, one.value)
            message = f"{one.name} is set for {function.name or 'a function'} here"
            yield 0, one.name, Given(value, folder, function.path, one.line, message, one.channel)


def _read_env(workspace: Workspace, path: str, shown: Shown) -> list[Variable]:
    """The variables of a file, secrets made unknowable before anything is put together with them."""
    return [_shown(variable, shown) for variable in read_env(workspace.text_if_there(path))]


def _shown(variable: Variable, shown: Shown) -> Variable:
    """A reference to another variable is no secret: what it stands for is looked up, and is one or not."""
    if not variable.value or (not variable.literal and _REFERENCE.fullmatch(variable.value)):
        return variable
    return msgspec.structs.replace(variable, value=shown(variable.name, variable.value))


def _env_file(workspace: Workspace, path: str, shown: Shown) -> Iterator[tuple[str, Given]]:
    variables = _read_env(workspace, path, shown)
    worked_out = values(variables)
    for variable in variables:
        value = worked_out.get(variable.name)
        if value:
            yield variable.name, Given(value, folder_of(path), path, variable.line, f"{variable.name} is set here")


def _compose(workspace: Workspace, path: str, shown: Shown) -> Iterator[tuple[str, Given]]:
    base = folder_of(path)
    beside = values(_read_env(workspace, f"{base}/.env" if base else ".env", shown))
    for service in read_compose(workspace.text_if_there(path)).services:
        folder = _folder(base, service)
        for variable in service.environment:
            value = _value(_shown(variable, shown), beside.get)
            if value:
                yield (
                    variable.name,
                    Given(value, folder, path, variable.line, f"{variable.name} is set for {service.name} here"),
                )
        for env_file in service.env_files:
            target = join(base, env_file)
            for variable in _read_env(workspace, target, shown) if target is not None else ():
                value = _value(variable, beside.get)
                if value and target is not None:
                    yield (
                        variable.name,
                        Given(value, folder, target, variable.line, f"{variable.name} is set for {service.name} here"),
                    )


def _folder(base: str, service: ComposeService) -> str:
    """The folder that a compose service's environment speaks for: its build context, or its Dockerfile's folder inside it."""
    context = join(base, service.build_context) if service.build_context and "$" not in service.build_context else None
    if context is None:
        return base
    if service.dockerfile and "/" in service.dockerfile:
        inside = join(context, service.dockerfile)
        if inside is not None:
            return folder_of(inside)
    return context


def _value(variable: Variable, lookup: Callable[[str], str | None]) -> str:
    if variable.value is None:
        return lookup(variable.name) or ""
    return variable.value if variable.literal else interpolate(variable.value, lookup)


def _deployments(
    workspace: Workspace, paths: Sequence[str], profiles: Sequence[str]
) -> Iterator[tuple[int, str, Given]]:
    """What containers are given by Kubernetes objects, and by values of charts that templates hand on."""
    files = DeploymentFiles(workspace, profiles)
    maps = files.config_maps(paths)
    for path in paths:
        if path.endswith((".yaml", ".yml")) and looks_deployed(workspace.text_if_there(path)):
            text, origins = files.text(path)
            for environment in read_deployments(path, text, maps).environments:
                for one in environment.variables:
                    if one.value and "${" not in one.value:
                        place, line = origins.get(one.line, (path, one.line))
                        message = f"{one.name} is set for {environment.container} here"
                        yield 2, one.name, Given(one.value, "", place, line, message)
    for rank, file, one in files.values_files(paths):
        if one.value:
            yield 2 + rank, one.name, Given(one.value, "", file.path, one.line, f"{one.name} is set for a chart here")
