"""Build files of the JVM, Go and .NET: what a module is called, what it depends on, whether it is run.

They are read as text: a build file may be a program (Gradle) or name outside entities (XML), and neither is followed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
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
_XML_TAG = re.compile(r"<(/?)([A-Za-z][\w.:-]*)[^<>]*?(/?)>")
_DEEPEST = 40
_LONGEST_TEXT = 300
"""Characters of an element's text that may be a name."""
_GRADLE_DEPENDENCY = re.compile(
    r"^[ \t]*([a-zA-Z]\w*)[ \t(]+(?:platform\()?[\"']([^\"':\s]+):([^\"':\s]+)(?::([^\"'\s]*))?[\"']", re.M
)
_GRADLE_TEST = re.compile(r"^test|^kaptTest|^androidTest", re.I)
_GRADLE_RUN = re.compile(
    r"\bapplication\b|org\.springframework\.boot|io\.quarkus|io\.micronaut\.application|bootJar|com\.google\.cloud\.tools\.jib"
)
_GO_MODULE = re.compile(r"^[ \t]*module[ \t]+\"?([^\s\"]+)", re.M)
_GO_REQUIRE = re.compile(
    r"^[ \t]*(?:require[ \t]+)?([\w.~-]+(?:/[\w.~!-]+)+)[ \t]+(v[\w.+-]+)([ \t]*//[ \t]*indirect)?", re.M
)
_NUGET = re.compile(
    r"<PackageReference\b[^<>]{0,300}?\bInclude=\"([^\"<>]{1,200})\"(?:[^<>]{0,300}?\bVersion=\"([^\"<>]{0,100})\")?",
    re.I,
)
_SDK = re.compile(r"<Project\b[^<>]{0,300}?\bSdk=\"([^\"<>]{1,200})\"")


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
    name, line, packaging, is_run = "", 1, "", False
    dependencies: list[BuildDependency] = []
    current: dict[str, str] = {}
    text = _XML_COMMENT.sub(_blank, text)
    line_of = _lines_of(text)
    for path, content, offset in _elements(text):
        if path == ("project", "artifactId"):
            name, line = content, line_of(offset)
        elif path == ("project", "packaging"):
            packaging = content
        elif path[-1:] == ("artifactId",) and content == "spring-boot-maven-plugin":
            is_run = True
        elif path[-2:-1] == ("dependency",):
            current[path[-1]] = content
        elif path[-1:] == ("dependency",):
            if current.get("artifactId"):
                group = "test" if current.get("scope") == "test" else ""
                version = current.get("version", "")
                dependencies.append(BuildDependency(current["artifactId"], version, line_of(offset), group))
            current = {}
    is_library = True if packaging == "pom" else False if is_run else None
    return BuildFile("pom.xml", name, line, tuple(dependencies), is_library)


def _elements(text: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Each element when it ends: its path, its text where it has no others inside, and the offset of its first tag's end."""
    stack: list[tuple[str, int]] = []
    for tag in _XML_TAG.finditer(text):
        closing, name, empty = tag.groups()
        if not closing:
            if not empty and len(stack) < _DEEPEST:
                stack.append((name, tag.end()))
        elif stack and stack[-1][0] == name:
            start = stack[-1][1]
            inside = text[start : tag.start()] if tag.start() - start < _LONGEST_TEXT else ""
            yield tuple(one for one, _ in stack), "" if "<" in inside else inside.strip(), start
            stack.pop()


def _gradle(text: str) -> BuildFile:
    line_of = _lines_of(text)
    dependencies = tuple(
        BuildDependency(m[3], m[4] or "", line_of(m.start()), "test" if _GRADLE_TEST.search(m[1]) else "")
        for m in _GRADLE_DEPENDENCY.finditer(text)
    )
    return BuildFile("gradle", "", 1, dependencies, False if _GRADLE_RUN.search(text) else None)


def _go_mod(text: str) -> BuildFile:
    module = _GO_MODULE.search(text)
    line_of = _lines_of(text)
    dependencies = tuple(
        BuildDependency(m[1], m[2], line_of(m.start(1)), "indirect" if m[3] else "")
        for m in _GO_REQUIRE.finditer(text)
        if "." in m[1].partition("/")[0]
    )
    if module is None:
        return BuildFile("go.mod", "", 1, dependencies, None)
    return BuildFile("go.mod", _module_name(module[1]), line_of(module.start(1)), dependencies, None)


def _module_name(path: str) -> str:
    """The last element of a module's path that is no version."""
    parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)]
    return parts[-1] if parts else path


def _csproj(name: str, text: str) -> BuildFile:
    plain = _XML_COMMENT.sub(_blank, text)
    line_of = _lines_of(plain)
    dependencies = tuple(BuildDependency(m[1], m[2] or "", line_of(m.start(1))) for m in _NUGET.finditer(plain))
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


def _lines_of(text: str) -> Callable[[int], int]:
    """Offset → 1-based line."""
    starts = [match.end() for match in re.finditer("\n", text)]
    return lambda offset: bisect_right(starts, offset) + 1


_READERS: dict[str, Callable[[str], BuildFile]] = {
    "pom.xml": _pom,
    "build.gradle": _gradle,
    "build.gradle.kts": _gradle,
    "go.mod": _go_mod,
}
