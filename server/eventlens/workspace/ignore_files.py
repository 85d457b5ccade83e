"""What `.gitignore`, `.ignore` and exclude globs say about one path."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from pathlib import Path

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from eventlens.config.patterns import Matches, may_run_away, without_backtracking
from eventlens.workspace.reading import read_regular

_PLAIN_NAME = re.compile(r"[^*?\[\]\\/!#\s]+")
_PLAIN_SUFFIX = re.compile(r"\*(\.[^*?\[\]\\/!#\s.]+)")
_MAX_BYTES = 250_000
"""A longer ignore file is not looked at."""


class IgnoreRules:
    """The patterns of one ignore file, the last match winning.

    Most patterns are a bare name or ``*.suffix``: those are dictionary look-ups, so that a walk does not pay for every
    pattern at every file. ``prefix`` is put before a path (rules of a folder above the root); ``strip`` characters are
    taken off its front (rules of a folder below the root).
    """

    __slots__ = ("_folder_names", "_includes", "_names", "_patterns", "_suffixes", "prefix", "strip")

    def __init__(self, lines: Iterable[str], prefix: str = "", strip: int = 0) -> None:
        self.prefix = prefix
        self.strip = strip
        self._includes: list[bool] = []
        self._names: dict[str, int] = {}
        self._folder_names: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._patterns: list[tuple[int, Matches, bool]] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd bracket is the author's affair
            for line in lines:
                self._add(line.rstrip("\r\n"))
        self._patterns.reverse()

    def _add(self, line: str) -> None:
        if line.endswith("/**/"):
            line += "*/"  # git: the folders inside, not the folder itself
        try:
            pattern = GitIgnoreSpecPattern(line)
        except (ValueError, OverflowError, RecursionError, re.error):  # git: such a line matches nothing
            return
        if pattern.include is None or pattern.regex is None:
            return
        index = len(self._includes)
        self._includes.append(pattern.include)
        written = line.rstrip() if pattern.include else line.rstrip()[1:]
        if _PLAIN_NAME.fullmatch(written):
            self._names[written] = index
        elif _PLAIN_NAME.fullmatch(written[:-1]) and written.endswith("/"):
            self._folder_names[written[:-1]] = index
        elif suffix := _PLAIN_SUFFIX.fullmatch(written):
            self._suffixes[suffix.group(1)] = index
        else:
            # "x/**" is compiled to the bare prefix "^x/": it means what is in x, not the folder "x/" itself.
            inside_only = not pattern.regex.pattern.endswith((")", "$"))
            matches = _matches(pattern.regex, inside_only)
            if matches is not None:
                self._patterns.append((index, matches, inside_only))

    def __bool__(self) -> bool:
        return bool(self._includes)

    def verdict(self, path: str, name: str, is_folder: bool) -> bool | None:
        """True: ignored, False: taken back in by ``!``, None: not mentioned. ``path`` is relative to the root, without a final slash."""
        best = self._names.get(name, -1)
        if is_folder:
            best = max(best, self._folder_names.get(name, -1))
        if self._suffixes:
            best = max(best, self._suffixes.get(name[name.rfind(".") :], -1))
        if self._patterns:
            best = self._last_pattern(path, is_folder, best)
        return None if best < 0 else self._includes[best]

    def _last_pattern(self, path: str, is_folder: bool, best: int) -> int:
        bare = self.prefix + path[self.strip :]
        marked = bare + "/" if is_folder else bare
        for index, matches, inside_only in self._patterns:
            if index < best:
                break
            if matches(bare if inside_only else marked):
                return index
        return best


def _matches(regex: re.Pattern[str], inside_only: bool) -> Matches | None:
    """What tells whether a glob fits a path; None for one that could take for ever and that nothing else understands."""
    if not may_run_away(regex.pattern):
        matched = regex.match if inside_only else regex.fullmatch
        return lambda path: matched(path) is not None
    try:
        return without_backtracking(regex.pattern + ("" if inside_only else r"\z"))
    except ValueError:
        return None


def read_rules(path: Path, prefix: str = "", strip: int = 0) -> IgnoreRules | None:
    """The rules in an ignore file; None where it is missing, unreadable or empty."""
    try:
        content = read_regular(path, _MAX_BYTES)
    except OSError:
        return None
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    rules = IgnoreRules(lines, prefix, strip)
    return rules or None


def rules_above(root: Path) -> list[IgnoreRules]:
    """Ignore files of the folders above ``root`` up to the repository's top, outermost first; none outside a repository."""
    if (root / ".git").exists():
        return _own_excludes(root, "")
    chain: list[IgnoreRules] = []
    for folder in root.parents:
        prefix = root.relative_to(folder).as_posix() + "/"
        chain[:0] = [r for name in (".gitignore", ".ignore") if (r := read_rules(folder / name, prefix))]
        if (folder / ".git").exists():
            return _own_excludes(folder, prefix) + chain
    return []


def _own_excludes(top: Path, prefix: str) -> list[IgnoreRules]:
    rules = read_rules(top / ".git" / "info" / "exclude", prefix)
    return [rules] if rules else []


def ignored(chain: list[IgnoreRules], path: str, name: str, is_folder: bool) -> bool:
    """Whether the innermost rule that mentions the path ignores it. ``chain`` is outermost first."""
    for rules in reversed(chain):
        verdict = rules.verdict(path, name, is_folder)
        if verdict is not None:
            return verdict
    return False
