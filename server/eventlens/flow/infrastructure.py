"""Infrastructure as code in a workspace: what its files say, and which code their functions run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec

from eventlens.config.azure_functions import is_function_name, read_function
from eventlens.config.cloudformation import looks_templated, read_template
from eventlens.config.debezium import looks_capturing, read_connectors
from eventlens.config.infrastructure import DeployedFunction, Infrastructure, has_holes, without_holes
from eventlens.config.kubernetes_channels import looks_messaging, read_messaging_objects
from eventlens.config.serverless import is_serverless_name, read_serverless
from eventlens.config.terraform import read_terraform
from eventlens.flow.deployments import DeploymentFiles
from eventlens.workspace.snapshot import Workspace

NO_INFRASTRUCTURE = Infrastructure()
_ENDINGS = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".py")
_SCRIPT_SOURCE = re.compile(r"[\w./-]+\.(?:[mc]?ts|[mc]?js|tsx|jsx)\b")
_TEMPLATES = (".yaml", ".yml", ".json", ".template")
_CONNECTORS = (".json", ".properties", ".yaml", ".yml")
_MOST_FOLDERS = 40
_METHOD_OF_JAVA = "handleRequest"
"""What runs where a handler of Java names only its class."""


def infrastructure_of(workspace: Workspace, profiles: Sequence[str] = ()) -> Infrastructure:
    """What the infrastructure files of a workspace say together; ``profiles`` choose among the values of charts."""
    files = [path for path in workspace.configs() if workspace.source_set(path) != "test"]
    terraform = {
        path: text for path in files if path.endswith((".tf", ".tfvars")) and (text := workspace.text_if_there(path))
    }
    parts = [read_terraform(terraform)] if terraform else []
    for path in files:
        if is_serverless_name(path):
            parts.append(read_serverless(path, workspace.text_if_there(path)))
        elif is_function_name(path):
            parts.append(read_function(path, workspace.text_if_there(path)))
        elif path.endswith(_TEMPLATES) and looks_templated(workspace.text_if_there(path)):
            parts.append(read_template(path, workspace.text_if_there(path)))
    deployed = DeploymentFiles(workspace, profiles)
    messaging = (
        path for path in files if path.endswith((".yaml", ".yml")) and looks_messaging(workspace.text_if_there(path))
    )
    parts.extend(read_messaging_objects(path, deployed.text(path).text).infrastructure for path in messaging)
    capturing = (
        path for path in files if path.endswith(_CONNECTORS) and looks_capturing(workspace.text_if_there(path))
    )
    parts.extend(read_connectors(path, deployed.text(path).text) for path in capturing)
    return combined(parts)


def combined(parts: Iterable[Infrastructure]) -> Infrastructure:
    """Several readers' results as one."""
    known = list(parts)
    return Infrastructure(
        tuple(one for part in known for one in part.channels),
        tuple(one for part in known for one in part.bindings),
        tuple(one for part in known for one in part.functions),
        tuple(one for part in known for one in part.wirings),
        tuple(one for part in known for one in part.variables),
        tuple(one for part in known for one in part.streams),
    )


class EntryPoint(NamedTuple):
    """The file and the exported name that a deployed function starts at. ``folder`` is the part of the tree that is deployed."""

    folder: str
    path: str
    export: str
    owner: str = ""
    """The class whose method the name is; "" where the file itself exports it."""


class EntryPoints:
    """Finds the code of deployed functions among the files of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def _sources(self) -> list[str]:
        wanted = ("main", "generated", "example")
        found = (path for path in self._workspace.sources() if path.endswith(_ENDINGS) and not path.endswith(".d.ts"))
        return [path for path in found if self._workspace.source_set(path) in wanted]

    @cached_property
    def _folders(self) -> frozenset[str]:
        found: set[str] = set()
        for path in self._sources:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def folder_of(self, function: DeployedFunction) -> str | None:
        """The folder that a function's code comes from; None where nothing says so."""
        return next(iter(self._places(function)), None)

    def of(self, function: DeployedFunction) -> EntryPoint | None:
        """Where a function starts; None where its code is not in the workspace, or not clearly so."""
        of_type = self._of_type(function.handler)
        if of_type is not None:
            return of_type
        for folder in self._places(function):
            found = self._in_folder(function, folder)
            if found is not None:
                return found
        return None

    def _of_type(self, handler: str) -> EntryPoint | None:
        """The method that a handler names by its class, as .NET (``Shop::Shop.Orders::Take``), Java and Kotlin (``shop.Orders::take``) do."""
        if has_holes(handler):
            return None
        *assembly, name, method = handler.split("::") if "::" in handler else (handler, _METHOD_OF_JAVA)
        package, _, owner = name.rpartition(".")
        if not package or not owner[:1].isupper():
            return None
        asked = "Handler.cs" if assembly else "Handler.java"
        found = self._workspace.resolve(asked, f"{package}:{owner}").paths
        path = next((one for one in found if self._workspace.source_set(one) != "test"), None)
        return EntryPoint(path.rpartition("/")[0], path, method, owner) if path is not None else None

    def _places(self, function: DeployedFunction) -> Iterator[str]:
        """The deepest folder that a path of the function leads to, then a folder that is called like what is uploaded."""
        deployed = function.path.rpartition("/")[0]
        near = [(path, self._nearest(path)) for path in function.folders[:_MOST_FOLDERS]]
        known = {
            folder
            for path, folder in near
            if folder == path or (folder and not f"{deployed}/".startswith(f"{folder}/"))
        }
        yield from sorted(known, key=lambda folder: (-folder.count("/"), folder))
        for name in (*function.archives, function.name):
            plain = without_holes(name).strip("*-_. ")
            if plain and "*" not in plain:
                named = self._named(plain)
                if len(named) == 1:
                    yield named[0]

    def _nearest(self, path: str) -> str:
        while path and path not in self._folders:
            path = path.rpartition("/")[0]
        return path

    def _named(self, name: str) -> list[str]:
        found = sorted(folder for folder in self._folders if folder.rpartition("/")[2] == name)
        return [folder for folder in found if not any(folder.startswith(f"{other}/") for other in found)]

    def _in_folder(self, function: DeployedFunction, folder: str) -> EntryPoint | None:
        handler = function.handler
        if not handler or has_holes(handler) or "::" in handler:
            return None
        module, _, export = handler.rpartition(".")
        inside = [path for path in self._sources if path.startswith(_within(folder))]
        dotted = module.replace(".", "/") if "/" not in module else module
        prefixes = (f"{function.package.replace('.', '/')}/", "") if function.package else ("",)
        for prefix in prefixes:
            found = [path for path in inside if _is_module(path, folder, prefix + (dotted or "index"))]
            if found:
                return EntryPoint(folder, min(found, key=lambda path: (path.count("/"), path)), export)
        built = self._built(folder, inside)
        return EntryPoint(folder, built, export) if built is not None else None

    def _built(self, folder: str, inside: list[str]) -> str | None:
        """The one source file that the scripts of a folder's package name (``esbuild src/main.ts``)."""
        text = self._workspace.text_if_there(f"{folder}/package.json")
        try:
            package = msgspec.json.decode(text, type=dict[str, object]) if text else {}
        except msgspec.DecodeError:
            return None
        scripts = package.get("scripts")
        named = {
            f"{folder}/{match.removeprefix('./')}"
            for script in (scripts.values() if isinstance(scripts, dict) else ())
            for match in _SCRIPT_SOURCE.findall(str(script))
        }
        found = [path for path in inside if path in named]
        return found[0] if len(found) == 1 else None


def _within(folder: str) -> str:
    """What the paths in a folder begin with."""
    return f"{folder}/" if folder else ""


def is_inside(path: str, folder: str) -> bool:
    """Whether a path lies in a folder; "" is the root."""
    return path.startswith(_within(folder))


def _is_module(path: str, folder: str, module: str) -> bool:
    """Whether a file is a module of a name, anywhere below a folder."""
    inner = path[len(_within(folder)) :]
    for ending in _ENDINGS:
        if inner.endswith(ending):
            stem = inner[: -len(ending)]
            return stem == module or stem.endswith(f"/{module}")
    return False


def deployed_folder(points: EntryPoints, function: DeployedFunction) -> str:
    """The part of the tree that a function's environment speaks for, "" where that is not known."""
    entry = points.of(function)
    return entry.folder if entry is not None else points.folder_of(function) or ""
