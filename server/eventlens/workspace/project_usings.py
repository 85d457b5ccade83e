"""What C# project files import for all files of their projects: ``<Using Include="…" />``, and what packages bring in by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from eventlens.workspace.resolution import ancestors, folder_of, join

_Read = Callable[[str], bytes | None]
SHARED_BUILD_FILE = "Directory.Build.props"
"""The file of settings that holds for all projects below its folder; of several the nearest counts."""
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_USING = re.compile(r"<Using\s([^<>]{1,400})>")
_ATTRIBUTE = re.compile(r"\b(Include|Alias|Static)\s*=\s*[\"']([^\"']*)[\"']")
_IMPLICIT = re.compile(r"<ImplicitUsings>\s*(?:enable|true)\s*</ImplicitUsings>", re.I)
_PACKAGE = re.compile(r"<PackageReference\s[^<>]*?\bInclude\s*=\s*[\"']([^\"']+)[\"']")
_REFERENCE = re.compile(r"<ProjectReference\s[^<>]*?\bInclude\s*=\s*[\"']([^\"']+)[\"']")
_BROUGHT_IN = {"NServiceBus": "NServiceBus"}
"""Package → the namespace that it adds to the implicit usings of whoever refers to it, or to a package named after it."""


def project_usings(paths: Collection[str], read: _Read) -> dict[str, tuple[str, ...]]:
    """Folder of each project among ``paths`` → what its files all import: packages, or ``Name=a.b.C``. ``read`` gives a file's bytes."""
    projects = {folder_of(path): _text(read(path)) for path in sorted(paths) if path.endswith(".csproj")}
    shared = {folder_of(path): _text(read(path)) for path in paths if path.endswith(SHARED_BUILD_FILE)}
    brought = {folder: _brought_in(text) for folder, text in projects.items()}
    found: dict[str, tuple[str, ...]] = {}
    for folder, text in projects.items():
        above = next((shared[one] for one in ancestors(folder) if one in shared), "")
        written = [entry for part in (above, text) for entry in _written(part)]
        if _IMPLICIT.search(text) or _IMPLICIT.search(above):
            written += _brought_in(above)
            written += [entry for one in _referred_to(folder, projects) for entry in brought[one]]
        found[folder] = tuple(dict.fromkeys(written))
    return found


def _text(content: bytes | None) -> str:
    return _COMMENT.sub("", (content or b"").decode("utf-8", "replace"))


def _written(text: str) -> list[str]:
    """What a file says that all files import; members of a type are left out."""
    found: list[str] = []
    for match in _USING.finditer(text):
        said = dict(_ATTRIBUTE.findall(match[1]))
        if said.get("Include") and said.get("Static", "").lower() != "true":
            found.append(f"{said['Alias']}={said['Include']}" if said.get("Alias") else said["Include"])
    return found


def _brought_in(text: str) -> list[str]:
    named = {match[1] for match in _PACKAGE.finditer(text)}
    return [
        namespace
        for package, namespace in _BROUGHT_IN.items()
        if any(one == package or one.startswith(f"{package}.") for one in named)
    ]


def _referred_to(folder: str, projects: Mapping[str, str]) -> list[str]:
    """The folders of a project and of those that it refers to, through others too."""
    found = [folder]
    for one in found:
        for match in _REFERENCE.finditer(projects[one]):
            target = join(one, match[1].replace("\\", "/"))
            if target is not None and folder_of(target) in projects and folder_of(target) not in found:
                found.append(folder_of(target))
    return found
