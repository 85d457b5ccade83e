"""Environment variables of deployments: Kubernetes objects, OpenShift templates and Clowder applications in them.

Only names and literal values are read; secrets and field references leave a variable without a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import msgspec

from eventlens.config.documents import read_document
from eventlens.config.environment import Variable
from eventlens.config.secrets import MASK, is_secret_name
from eventlens.config.values import Items, Scalar, Table, Value, items_at, table_at, text_at

_PARAMETER = re.compile(r"\$\{\{?(\w+)\}?\}")
_MAX_DEPTH = 60


class DeploymentEnvironment(msgspec.Struct, frozen=True):
    """The variables of one container; lines are of this file, also where the value comes from a ConfigMap. ``owner`` is the object's name, ``container`` the container's (or Clowder deployment's)."""

    owner: str
    container: str
    line: int
    variables: tuple[Variable, ...]


class Deployments(msgspec.Struct, frozen=True):
    """What one file says. ``parameters`` are a template's parameters with their defaults."""

    environments: tuple[DeploymentEnvironment, ...] = ()
    parameters: tuple[Variable, ...] = ()
    config_maps: Mapping[str, tuple[Variable, ...]] = {}


ConfigMaps: TypeAlias = Mapping[str, tuple[Variable, ...]]


def looks_deployed(text: bytes) -> bool:
    """Whether a YAML or JSON text may hold Kubernetes objects; cheap, so that other files need not be parsed."""
    return b"apiVersion" in text and b"kind" in text


def read_deployments(name: str, text: str | bytes, config_maps: ConfigMaps | None = None) -> Deployments:
    """Everything about environments in one file; ``config_maps`` of other files may fill in values."""
    objects = [item for root in read_document(name, text).roots for item in objects_in(root)]
    parameters = tuple(p for root in read_document(name, text).roots for p in _parameters(root))
    defaults = {one.name: _shown(one.name, one.value) for one in parameters if one.value is not None}
    maps = {
        text_at(o, "metadata", "name") or "": _config_map(o, defaults)
        for o in objects
        if text_at(o, "kind") == "ConfigMap"
    }
    known = {**(config_maps or {}), **maps}
    environments = tuple(found for item in objects for found in _environments(item, known, defaults))
    return Deployments(environments, parameters, maps)


def objects_in(root: Value) -> Iterator[Table]:
    """The objects of a document: itself, or those of a List or Template."""
    if not isinstance(root, Table):
        return
    inner = items_at(root, "items") or items_at(root, "objects")
    if inner:
        for item in inner:
            yield from objects_in(item)
    elif "kind" in root.entries:
        yield root


def _parameters(root: Value) -> Iterator[Variable]:
    if text_at(root, "kind") == "Template":
        for item in items_at(root, "parameters"):
            name = text_at(item, "name")
            if name and isinstance(item, Table):
                yield Variable(name, text_at(item, "value"), item.lines.get("value", item.lines["name"]))


def _config_map(item: Table, defaults: Mapping[str, str]) -> tuple[Variable, ...]:
    data = table_at(item, "data")
    return tuple(
        Variable(name, _filled(value.text, defaults), data.lines[name], literal=True)
        for name, value in data.entries.items()
        if isinstance(value, Scalar)
    )


def _environments(item: Table, maps: ConfigMaps, defaults: Mapping[str, str]) -> Iterator[DeploymentEnvironment]:
    owner = _filled(text_at(item, "metadata", "name") or "", defaults)
    for holder, name in _containers(item, "", 0):
        variables = [*_taken_from(holder, maps), *_written(holder, maps, defaults)]
        if variables:
            yield DeploymentEnvironment(owner, _filled(name, defaults), holder.line, tuple(variables))


def _containers(value: Value, name: str, depth: int) -> Iterator[tuple[Table, str]]:
    """Tables with an ``env`` or ``envFrom`` list, each with the nearest name around it."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Table):
        name = text_at(value, "name") or name
        if items_at(value, "env") or items_at(value, "envFrom"):
            yield value, name
        for entry in value.entries.values():
            yield from _containers(entry, name, depth + 1)
    elif isinstance(value, Items):
        for item in value.items:
            yield from _containers(item, name, depth + 1)


def _written(holder: Table, maps: ConfigMaps, defaults: Mapping[str, str]) -> Iterator[Variable]:
    for item in items_at(holder, "env"):
        name = text_at(item, "name")
        if not name or not isinstance(item, Table):
            continue
        line = item.lines.get("value", item.lines["name"])
        written = text_at(item, "value")
        if written is not None:
            yield Variable(name, _filled(written, defaults), line, literal=True)
        else:
            yield Variable(name, _referenced(item, maps), line, literal=True)


def _referenced(item: Table, maps: ConfigMaps) -> str | None:
    reference = table_at(item, "valueFrom", "configMapKeyRef")
    wanted = text_at(reference, "key")
    return next((v.value for v in maps.get(text_at(reference, "name") or "", ()) if v.name == wanted), None)


def _taken_from(holder: Table, maps: ConfigMaps) -> Iterator[Variable]:
    for source in items_at(holder, "envFrom"):
        prefix = text_at(source, "prefix") or ""
        for variable in maps.get(text_at(source, "configMapRef", "name") or "", ()):
            yield Variable(prefix + variable.name, variable.value, source.line, literal=True)


def _shown(name: str, value: str) -> str:
    """The default of a parameter as it may stand inside other values."""
    return f"{MASK}({name})" if value and is_secret_name(name) else value


def _filled(text: str, defaults: Mapping[str, str]) -> str:
    """``${PARAM}`` replaced by the parameter's default; without one it stays."""
    return _PARAMETER.sub(lambda match: defaults.get(match.group(1), match.group()), text)
