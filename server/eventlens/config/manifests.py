"""Package manifests: the name of a package, what it depends on and what it starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from eventlens.config.build_manifests import is_build_file, read_build_file
from eventlens.config.documents import read_document
from eventlens.config.values import Items, Scalar, Table, Value, at, items_at, leaves, table_at, text_at


class Dependency(msgspec.Struct, frozen=True):
    """A package that is depended on. ``group`` is "" for run time, else the manifest's name for the group."""

    name: str
    version: str
    line: int
    group: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """What a manifest says. ``name`` is "" and ``line`` 1 where it names nothing."""

    kind: str
    name: str = ""
    line: int = 1
    dependencies: tuple[Dependency, ...] = ()
    workspaces: tuple[str, ...] = ()
    scripts: Mapping[str, str] = {}
    is_library: bool | None = None
    """Whether the manifest calls itself a library (Nx `projectType`); None where it does not say."""


def read_manifest(name: str, text: str | bytes) -> Manifest | None:
    """The manifest in the file called ``name``; None where that is no manifest. A broken one is empty."""
    decoded = text.decode("utf-8-sig", errors="replace") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    if is_build_file(name):
        return _of_build_file(name, decoded)
    reader = _READERS.get(name)
    if reader is None and re.fullmatch(r"requirements[\w.-]*\.txt", name):
        reader = _requirements
    return None if reader is None else reader(decoded)


def _of_build_file(name: str, text: str) -> Manifest | None:
    read = read_build_file(name, text)
    if read is None:
        return None
    dependencies = tuple(Dependency(*one) for one in read.dependencies)
    return Manifest(read.kind, read.name, read.line, dependencies, is_library=read.is_library)


def is_manifest_name(name: str) -> bool:
    """Whether `read_manifest` reads files of that name."""
    return name in _READERS or is_build_file(name) or re.fullmatch(r"requirements[\w.-]*\.txt", name) is not None


def _package_json(text: str) -> Manifest:
    root = read_document("package.json", text).root
    dependencies: list[Dependency] = []
    for key, group in (
        ("dependencies", ""),
        ("devDependencies", "dev"),
        ("peerDependencies", "peer"),
        ("optionalDependencies", "optional"),
    ):
        table = table_at(root, key)
        dependencies += (
            Dependency(name, _text(value), table.lines[name], group) for name, value in table.entries.items()
        )
    listed = items_at(root, "workspaces") or items_at(root, "workspaces", "packages")
    scripts = table_at(root, "scripts")
    return Manifest(
        "package.json",
        *_named(root, "name"),
        tuple(dependencies),
        tuple(item.text for item in listed if isinstance(item, Scalar)),
        {name: _text(value) for name, value in scripts.entries.items()},
    )


def _project_json(text: str) -> Manifest:
    root = read_document("project.json", text).root
    kind = text_at(root, "projectType")
    return Manifest("project.json", *_named(root, "name"), is_library=None if kind is None else kind == "library")


def _pyproject(text: str) -> Manifest:
    root = read_document("pyproject.toml", text).root
    poetry = at(root, "tool", "poetry")
    name, line = _named(table_at(root, "project"), "name")
    if not name:
        name, line = _named(poetry, "name")
    dependencies = [
        *_listed(at(root, "project", "dependencies"), ""),
        *_grouped(table_at(root, "project", "optional-dependencies")),
        *_grouped(table_at(root, "dependency-groups")),
        *_tabled(table_at(poetry, "dependencies"), ""),
        *_tabled(table_at(poetry, "dev-dependencies"), "dev"),
    ]
    for group, value in table_at(poetry, "group").entries.items():
        dependencies += _tabled(table_at(value, "dependencies"), group)
    scripts = {path[-1]: leaf.text for path, leaf in leaves(table_at(root, "project", "scripts"))}
    return Manifest("pyproject.toml", name, line, tuple(dependencies), scripts=scripts)


def _setup_cfg(text: str) -> Manifest:
    root = read_document("setup.cfg", text).root
    required = at(root, "options", "install_requires")
    dependencies = _requirement_lines(required.text, required.line) if isinstance(required, Scalar) else ()
    return Manifest("setup.cfg", *_named(table_at(root, "metadata"), "name"), tuple(dependencies))


_SETUP_NAME = re.compile(r"""\bname\s*=\s*(["'])([\w.-]+)\1""")
_SETUP_REQUIRES = re.compile(r"\binstall_requires\s*=\s*\[([^\]]*)")
_QUOTED = re.compile(r"""(["'])([^"'\n]+)\1""")


def _setup_py(text: str) -> Manifest:
    """Read as text: nothing is run, so only literal names are found."""
    name = _SETUP_NAME.search(text)
    required = _SETUP_REQUIRES.search(text)
    dependencies: list[Dependency] = []
    for quoted in _QUOTED.finditer(text, required.start(1), required.end(1)) if required else ():
        dependencies += _requirement_lines(quoted.group(2), _line(text, quoted.start()))
    if name is None:
        return Manifest("setup.py", dependencies=tuple(dependencies))
    return Manifest("setup.py", name.group(2), _line(text, name.start()), tuple(dependencies))


def _requirements(text: str) -> Manifest:
    return Manifest("requirements.txt", dependencies=tuple(_requirement_lines(text, 1)))


def _pipfile(text: str) -> Manifest:
    root = read_document("Pipfile.toml", text).root
    return Manifest(
        "Pipfile",
        dependencies=(*_tabled(table_at(root, "packages"), ""), *_tabled(table_at(root, "dev-packages"), "dev")),
    )


_READERS: dict[str, Callable[[str], Manifest]] = {
    "package.json": _package_json,
    "project.json": _project_json,
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "Pipfile": _pipfile,
}

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)")


def _requirement_lines(text: str, first_line: int, group: str = "") -> Iterator[Dependency]:
    for number, line in enumerate(text.split("\n"), first_line):
        match = _REQUIREMENT.match(line)
        if match and not match.group(2).startswith(("+", ":")):
            yield Dependency(match.group(1), match.group(2).strip(), number, group)


def _listed(value: Value | None, group: str) -> Iterator[Dependency]:
    for item in value.items if isinstance(value, Items) else ():
        if isinstance(item, Scalar):
            yield from _requirement_lines(item.text, item.line, group)


def _grouped(groups: Table) -> Iterator[Dependency]:
    for group, value in groups.entries.items():
        yield from _listed(value, group)


def _tabled(table: Table, group: str) -> Iterable[Dependency]:
    return (
        Dependency(name, _text(value) or text_at(value, "version") or "", table.lines[name], group)
        for name, value in table.entries.items()
        if name != "python"
    )


def _named(value: Value | None, key: str) -> tuple[str, int]:
    name = text_at(value, key)
    return (name, value.lines[key]) if name and isinstance(value, Table) else ("", 1)


def _text(value: Value) -> str:
    return value.text if isinstance(value, Scalar) else ""


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
