"""Build files of the JVM, Go and .NET: what a module is called, what it depends on, whether it is run.

They are read as text: a build file may be a program (Gradle) or name outside entities (XML), and neither is followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class BuildDependency(NamedTuple):
    """``name`` is the artifact (``spring-kafka``), the module path or the NuGet package; ``line`` is 1-based."""

    name: str
    version: str
    line: int
    group: str = ""


class BuildFile(NamedTuple):
    """``name`` is "" where the file names nothing; ``is_library`` is None where it does not say whether it is run."""

    kind: str
    name: str
    line: int
    dependencies: tuple[BuildDependency, ...]
    is_library: bool | None


_XML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_POM_DEPENDENCY = re.compile(r"<dependency>(.*?)</dependency>", re.S)
_POM_NESTED = re.compile(r"<(parent|dependencies|dependencyManagement|build|profiles|reporting)>.*?</\1>", re.S)
_GRADLE_DEPENDENCY = re.compile(
    r"^[ \t]*([a-zA-Z]\w*)[ \t(]+(?:platform\()?[\"']([^\"':\s]+):([^\"':\s]+)(?::([^\"'\s]*))?[\"']", re.M
)
_GRADLE_TEST = re.compile(r"^test|^kaptTest|^androidTest", re.I)
_GRADLE_RUN = re.compile(
    r"\bapplication\b|org\.springframework\.boot|io\.quarkus|io\.micronaut\.application|bootJar|com\.google\.cloud\.tools\.jib"
)
_GO_MODULE = re.compile(r"^[ \t]*module[ \t]+\"?([^\s\"]+)", re.M)
_GO_REQUIRE = re.compile(
    r"^[ \t]*(?:require[ \t]+)?([\w.~-]+\.[\w.~-]+(?:/[\w.~!-]+)+)[ \t]+(v[\w.+-]+)([ \t]*//[ \t]*indirect)?", re.M
)
_NUGET = re.compile(r"<PackageReference\b[^>]*?\bInclude=\"([^\"]+)\"(?:[^>]*?\bVersion=\"([^\"]*)\")?", re.I)
_SDK = re.compile(r"<Project\b[^>]*\bSdk=\"([^\"]+)\"")


def is_build_file(name: str) -> bool:
    """Whether `read_build_file` reads files of that name."""
    return name in _READERS or name.endswith(".csproj")


def read_build_file(name: str, text: str) -> BuildFile | None:
    """What the build file called ``name`` says; None where that is no build file. What cannot be read is left out."""
    if name.endswith(".csproj"):
        return _csproj(name, text)
    reader = _READERS.get(name)
    return reader(text) if reader is not None else None


def _pom(text: str) -> BuildFile:
    plain = _XML_COMMENT.sub(_blank, text)
    own = _POM_NESTED.sub(_blank, plain)
    named = re.search(r"<artifactId>\s*([^<\s]+)\s*</artifactId>", own)
    packaging = _element(own, "packaging")
    return BuildFile(
        "pom.xml",
        named[1] if named else "",
        _line(own, named.start(1)) if named else 1,
        tuple(_pom_dependencies(plain)),
        True if packaging == "pom" else None if "spring-boot-maven-plugin" not in plain else False,
    )


def _pom_dependencies(text: str) -> Iterator[BuildDependency]:
    for match in _POM_DEPENDENCY.finditer(text):
        name = _element(match[1], "artifactId")
        if name:
            scope = _element(match[1], "scope")
            line = _line(text, match.start())
            yield BuildDependency(name, _element(match[1], "version"), line, scope if scope == "test" else "")


def _gradle(text: str) -> BuildFile:
    dependencies = tuple(
        BuildDependency(m[3], m[4] or "", _line(text, m.start()), "test" if _GRADLE_TEST.search(m[1]) else "")
        for m in _GRADLE_DEPENDENCY.finditer(text)
    )
    return BuildFile("gradle", "", 1, dependencies, False if _GRADLE_RUN.search(text) else None)


def _go_mod(text: str) -> BuildFile:
    module = _GO_MODULE.search(text)
    dependencies = tuple(
        BuildDependency(m[1], m[2], _line(text, m.start(1)), "indirect" if m[3] else "")
        for m in _GO_REQUIRE.finditer(text)
    )
    if module is None:
        return BuildFile("go.mod", "", 1, dependencies, None)
    return BuildFile("go.mod", _module_name(module[1]), _line(text, module.start(1)), dependencies, None)


def _module_name(path: str) -> str:
    """The last element of a module's path that is no version."""
    parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)]
    return parts[-1] if parts else path


def _csproj(name: str, text: str) -> BuildFile:
    plain = _XML_COMMENT.sub(_blank, text)
    dependencies = tuple(BuildDependency(m[1], m[2] or "", _line(text, m.start(1))) for m in _NUGET.finditer(plain))
    sdk = _SDK.search(plain)
    output = _element(plain, "OutputType").lower()
    if output in ("exe", "winexe") or (sdk and sdk[1].endswith((".Web", ".Worker"))):
        is_library: bool | None = False
    else:
        is_library = True if sdk and sdk[1] == "Microsoft.NET.Sdk" else None
    return BuildFile("csproj", name.removesuffix(".csproj"), 1, dependencies, is_library)


def _element(text: str, name: str) -> str:
    found = re.search(rf"<{name}>\s*([^<]*?)\s*</{name}>", text)
    return found[1] if found else ""


def _blank(match: re.Match[str]) -> str:
    """Lines stay where they are."""
    return "\n" * match[0].count("\n")


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


_READERS: dict[str, Callable[[str], BuildFile]] = {
    "pom.xml": _pom,
    "build.gradle": _gradle,
    "build.gradle.kts": _gradle,
    "go.mod": _go_mod,
}
