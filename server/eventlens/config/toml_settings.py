"""The user's own settings: ``eventlens.toml``, or ``[tool.eventlens]`` in pyproject.toml.

Every mistake is reported at once, each with its line, its field and how to mend it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from eventlens.config.secrets import MASK, is_secret_name, masked_code
from eventlens.config.settings import (
    SETTINGS_FILE,
    ExternalSetting,
    LibrarySetting,
    RuleSetting,
    ServiceSetting,
    Settings,
)
from eventlens.config.toml_files import read_toml
from eventlens.config.twins import validated
from eventlens.config.values import Table, line_of, plain, table_at
from eventlens.config.written_types import Written


class SettingsProblem(msgspec.Struct, frozen=True):
    """One mistake. ``line`` is 1-based, ``field`` dotted."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class SettingsError(Exception):
    """The settings cannot be used; ``problems`` are in the order of their lines."""

    def __init__(self, problems: Iterable[SettingsProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))


def read_settings(text: str, file: str = SETTINGS_FILE, known_rules: Iterable[str] = ()) -> Settings:
    """The settings in a TOML text; of a pyproject.toml only ``[tool.eventlens]`` is read.

    ``file`` names the text in messages. With ``known_rules`` other rule ids are mistakes. Raises SettingsError.
    """
    prefix = ("tool", "eventlens") if file.rpartition("/")[2] == "pyproject.toml" else ()
    try:
        (root,) = read_toml(text.removeprefix("\ufeff"))
        table = table_at(root, *prefix)
        given = plain(table)
    except ValueError as error:
        raise SettingsError([_syntax_problem(file, str(error))]) from error
    except RecursionError:
        raise SettingsError([SettingsProblem(file, 1, "", "this is nested too deeply; no setting needs it")]) from None
    try:
        settings = validated(Settings, given)
    except ValidationError as error:
        raise SettingsError(_problem(file, prefix, table, detail) for detail in error.errors()) from error
    unknown = list(_unknown_rules(settings, file, prefix, table, frozenset(known_rules)))
    if unknown:
        raise SettingsError(unknown)
    return settings


def _syntax_problem(file: str, message: str) -> SettingsProblem:
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    line = int(place.group(1)) if place else max(1, 1 + message.count("\n"))
    return SettingsProblem(file, line, "", f"this is not valid TOML: {message[: place.start()] if place else message}")


def _problem(file: str, prefix: tuple[str, ...], table: Table, detail: ErrorDetails) -> SettingsProblem:
    path = tuple(str(part) for part in detail["loc"])
    given = masked_code(f"{'.'.join(path)} = {detail['input']!r}")
    if any(map(is_secret_name, path)):
        given = MASK
    message = _message(detail, path, given.partition(" = ")[2] or given)
    return SettingsProblem(file, line_of(table, *path), ".".join((*prefix, *path)), message)


def _message(detail: ErrorDetails, path: tuple[str, ...], given: str) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown(path[-1], _known_keys(path), "setting")
    if kind == "missing":
        return "this is required; add it"
    if kind == "literal_error":
        allowed = str(detail.get("ctx", {}).get("expected", ""))
        return _unknown(str(detail["input"]), re.findall(r"'([^']+)'", allowed), "severity")
    if kind == "value_error":
        return f"{detail['msg'].removeprefix('Value error, ')}, but it is {given}"
    wanted = _wanted(kind, path)
    if wanted is not None:
        return f"this must be {wanted}, but it is {given}"
    return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, but it is {given}"


def _wanted(kind: str, path: tuple[str, ...]) -> str | None:
    """What TOML calls the type that a setting has."""
    if kind == "tuple_type":
        return f"tables `[[{path[0]}]]`" if path[0] in ("services", "external") else 'a list, such as ["…"]'
    return {
        "dict_type": f"a table `[{path[0]}]`",
        "model_type": "a table",
        "string_type": "a text in quotes",
        "int_parsing": "a whole number",
        "int_type": "a whole number",
    }.get(kind)


def _unknown(word: str, known: Iterable[str], what: str) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 1, 0.6)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
    return f"{word!r} is no known {what}; {hint}"


def _known_keys(path: tuple[str, ...]) -> Iterable[str]:
    models: dict[str, type[Written]] = {
        "services": ServiceSetting,
        "external": ExternalSetting,
        "libraries": LibrarySetting,
        "rules": RuleSetting,
    }
    model = models.get(path[0], Settings) if len(path) > 1 else Settings
    return model.__struct_fields__


def _unknown_rules(
    settings: Settings, file: str, prefix: tuple[str, ...], table: Table, known: frozenset[str]
) -> Iterator[SettingsProblem]:
    for rule in settings.rules if known else ():
        if rule not in known:
            path = ("rules", rule)
            yield SettingsProblem(
                file, line_of(table, *path), ".".join((*prefix, *path)), _unknown(rule, known, "rule")
            )
