"""The Java or Kotlin project around a file: its folder, its sources, its build and its settings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from posixpath import basename, dirname

from eventlens.fixes.context import FixContext
from eventlens.fixes.source import SourceFile

_BUILDS = ("pom.xml", "build.gradle", "build.gradle.kts")
_SOURCES = (".java", ".kt")


class JvmProject:
    """The nearest folder with a build file around a file, seen from the analysed snapshot."""

    def __init__(self, context: FixContext, path: str) -> None:
        self.context = context
        files = context.workspace.files
        folder = dirname(path)
        while folder and not any(f"{folder}/{name}" in files for name in _BUILDS):
            folder = dirname(folder)
        self.root = folder

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The project's Java and Kotlin files, tests left out."""
        prefix = f"{self.root}/" if self.root else ""
        workspace = self.context.workspace
        return tuple(
            path
            for path in workspace.sources()
            if path.startswith(prefix) and path.endswith(_SOURCES) and workspace.source_set(path) == "main"
        )

    @cached_property
    def code(self) -> str:
        """All of the project's sources in one text, for asking what it mentions."""
        return "\n".join(self._text(path) for path in self.paths)

    def holding(self, *texts: str) -> Iterator[SourceFile]:
        """The project's sources in which each of some texts stands."""
        for path in self.paths:
            source = self.context.workspace.text(path)
            if all(text.encode() in source for text in texts):
                yield self.context.file(path)

    @cached_property
    def build(self) -> str:
        """What its build file, and those of the folders around it, say."""
        folders = [self.root]
        while folders[-1]:
            folders.append(dirname(folders[-1]))
        paths = (f"{folder}/{name}".lstrip("/") for folder in folders for name in _BUILDS)
        return "\n".join(self._text(path) for path in paths if path in self.context.workspace.files)

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """Its files ``application*.properties``, ``.yml`` and ``.yaml``, those of tests left out."""
        prefix = f"{self.root}/" if self.root else ""
        return tuple(
            path
            for path in sorted(self.context.workspace.files)
            if path.startswith(prefix)
            and basename(path).startswith("application")
            and path.endswith((".properties", ".yml", ".yaml"))
            and "/test/" not in f"/{path}"
        )

    @cached_property
    def setting_texts(self) -> str:
        """All of its settings in one text."""
        return "\n".join(self._text(path) for path in self.settings)

    @property
    def is_boot(self) -> bool:
        """Whether it is built with Spring Boot, which makes beans of what the settings say."""
        return "spring-boot" in self.build or "org.springframework.boot" in self.build

    def _text(self, path: str) -> str:
        return self.context.workspace.text(path).decode("utf-8", "replace")
