"""How a name is spelt in configuration files: in whole values, quoted or not, and as a part of longer ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.spelt import Spelt

_PART = re.compile(r"[A-Za-z0-9_][\w./-]*", re.ASCII)
_IS_KEY = re.compile(rb"[\"']\s*:|[\"']?\s*(?::(?=\s|[\"']|\Z)|=(?!=))")
_APART = rb"(?:(?<![\w.\-\x80-\xff])|(?<=:-))%s(?![\w.\-\x80-\xff])"
_FILTER = re.compile(
    rb"(?:detail-?[tT]ype|detail_type|event_?[tT]ype|eventName|\btype)[\"']?\s*[:=]\s*(\[[^\]]*\]|(?:\n\s*-[^\n]*)+|[^\n\[]+)"
)
"""The values of an event pattern's field that says which event it is."""
_REFERENCE = re.compile(rb"\$\{?([A-Za-z_][\w.\-]*)")
_COMMENT = re.compile(rb"(?:^|\s)(?:#|//)")
_COMMENTS = {"properties": re.compile(rb"^\s*[#!]"), "json": re.compile(rb"(?:^|\s)//")}
"""How comments begin, where that is otherwise."""

_FORMATS = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "jsonc": "json",
    "avsc": "json",
    "toml": "toml",
    "properties": "properties",
    "tf": "hcl",
    "hcl": "hcl",
    "tfvars": "hcl",
}
_FLAT = ("env", "properties")
"""Formats without blocks."""
_BEFORE_QUOTED = b":=,[({-"
_BEFORE_PLAIN: Mapping[str, re.Pattern[bytes]] = {
    "yaml": re.compile(rb"(?:[:\-]\s+|[\[{,]\s*)\Z"),
    "env": re.compile(rb"\A\s*(?:export\s+)?[A-Za-z_][\w.\-]*\s*(?:=|:\s)\s*\Z"),
    "properties": re.compile(rb"\A\s*[^\s=:]+\s*[=:\s]\s*\Z"),
}
_AFTER_PLAIN: Mapping[str, re.Pattern[bytes]] = {
    "yaml": re.compile(rb"\s*(?:[,\]}]|\s#|\Z)"),
    "env": re.compile(rb"\s*(?:\s#|\Z)"),
    "properties": re.compile(rb"\Z"),
}


# -------------------------------------------------------------------------------------------------------------- places


def within(path: str, source: bytes, start: int, end: int, name: str) -> Spelt | None:
    """The name in the bytes of a longer text, where it stands there once, set apart from the rest."""
    found = list(re.finditer(_APART % re.escape(name.encode()), source[start:end]))
    return Spelt(path, start + found[0].start(), start + found[0].end()) if len(found) == 1 else None


def in_configuration(path: str, source: bytes, line: int, name: str) -> list[Spelt]:
    """Where a line (1-based), or else the block that it begins, has the name as a value. A key of that name and comments do not count.

    Raises NotRenamable where a line has it more than once: what is known of a value is its line, and another one there may be a host.
    """
    lines = list(_lines(source))
    if not 0 < line <= len(lines):
        return []
    first = lines[line - 1]
    opens = format_of(path) not in _FLAT and source[first[0] : first[1]].rstrip().endswith((b"{", b"["))
    indent = _indent(source, first)
    for number, each in enumerate(lines[line - 1 :], line):
        if number > line and not source[each[0] : each[1]].strip():
            continue
        if number > line and _indent(source, each) <= indent:
            break
        found = [] if opens and number == line else list(_values(path, source, *each, name))
        if len(found) > 1:
            raise NotRenamable(
                f"`{name}` stands more than once at {path}:{number}: put its values on lines of their own"
            )
        if found:
            return found
    return []


def let_through(path: str, source: bytes, name: str) -> list[Spelt]:
    """Where rules for events that a configuration file holds name an event."""
    found: list[Spelt] = []
    for rule in _FILTER.finditer(source):
        for start, end in _lines(source[: rule.end(1)], rule.start(1)):
            found += _values(path, source, start, end, name)
    return found


def variables_named(source: bytes, line: int) -> list[str]:
    """The variables that a line (1-based) refers to: ``${TOPIC:-orders}``, ``$TOPIC``."""
    lines = list(_lines(source))
    start, end = lines[line - 1] if 0 < line <= len(lines) else (0, 0)
    return [found[1].decode() for found in _REFERENCE.finditer(source, start, end)]


def _values(path: str, source: bytes, start: int, end: int, name: str) -> Iterator[Spelt]:
    format_ = format_of(path)
    before = source.rfind(b"\n", 0, start) + 1
    text = source[before:end]
    comment = _COMMENTS.get(format_, _COMMENT).search(text)
    spellings = {name, *(write(name) for write in _QUOTED.get(format_, {}).values())}
    behind = start - before
    for spelling in sorted(spellings, key=len, reverse=True):
        for found in re.finditer(b"(?=(%s))" % (_APART % re.escape(spelling.encode())), text):
            begin, finish = found.span(1)
            if begin < behind or (comment is not None and begin > comment.start()) or _IS_KEY.match(text, finish):
                continue
            spelt = _placed(path, format_, text, (begin, finish), name)
            if spelt is not None:
                behind = finish
                yield spelt._replace(start=before + begin, end=before + finish)


def _placed(path: str, format_: str, line: bytes, span: tuple[int, int], name: str) -> Spelt | None:
    """What a spelling on a line is: a whole value in quotes, one without, a part of a longer text; None for another name."""
    lead, rest = line[: span[0]], line[span[1] :]
    quote = lead[-1:].decode("latin-1")
    whole = Spelt(path, *span, format_)
    written = line[span[0] : span[1]].decode("utf-8", "replace")
    if quote in _QUOTED.get(format_, {}) and quote and rest.startswith(lead[-1:]):
        before = lead[:-1].rstrip()
        if not before or before[-1:] in _BEFORE_QUOTED:
            return whole._replace(quote=quote) if _QUOTED[format_][quote](name) == written else None
    if format_ in _BEFORE_PLAIN and _BEFORE_PLAIN[format_].search(lead) and _AFTER_PLAIN[format_].match(rest):
        flow = "flow" if format_ == "yaml" and lead.count(b"[") + lead.count(b"{") else ""
        plain = _QUOTED["properties"][""](name) if format_ == "properties" else name
        return whole._replace(prefix=flow) if written == plain else None
    return whole._replace(language="") if written == name and _PART.fullmatch(name) else None


def format_of(path: str) -> str:
    """The format of a configuration file by its name; "" for one of which nothing is known."""
    name = path.rpartition("/")[2]
    if name.startswith(".env") or name.endswith(".env"):
        return "env"
    return _FORMATS.get(name.rpartition(".")[2].lower(), "")


def _lines(source: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    for found in re.compile(rb"\r\n|\n|\r|\Z").finditer(source, start):
        yield start, found.start()
        start = found.end()


def _indent(source: bytes, line: tuple[int, int]) -> int:
    text = source[line[0] : line[1]]
    return len(text) - len(text.lstrip())


# ------------------------------------------------------------------------------------------------------------- writing


def in_file(spelt: Spelt, name: str) -> str:
    """The name as it is written in a configuration file. Raises NotRenamable where it cannot be."""
    text = _written(spelt, name)
    if text is None:
        raise NotRenamable(f"`{name}` cannot be written in {spelt.path} as it is; take letters, digits and `_ . - /`")
    return text


def _written(spelt: Spelt, name: str) -> str | None:
    if not spelt.language:
        return name if _PART.fullmatch(name) else None
    if spelt.quote:
        if spelt.quote == "'" and "'" in name and spelt.language != "yaml":
            return None
        if _stands_for_other(spelt, name):
            return None
        return _QUOTED[spelt.language][spelt.quote](name)
    if spelt.language == "yaml":
        return name if _is_plain_yaml(name, spelt.prefix == "flow") else "'" + _QUOTED["yaml"]["'"](name) + "'"
    if spelt.language == "env":
        return name if re.fullmatch(r"[^\s'\"`$\\#]+", name) else _quoted_env(spelt, name)
    return _QUOTED["properties"][""](name)


def _stands_for_other(spelt: Spelt, name: str) -> bool:
    """Whether a part of the name would be replaced in quotes, and how that is hindered hangs on who reads the file."""
    if spelt.quote != '"':
        return False
    return (spelt.language == "hcl" and re.search(r"[$%]\{", name) is not None) or (
        spelt.language == "env" and "$" in name
    )


def _json(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)[1:-1]


def _env(name: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", name)


def _quoted_env(spelt: Spelt, name: str) -> str | None:
    if "'" not in name:
        return f"'{name}'"
    return None if _stands_for_other(spelt._replace(quote='"'), name) else f'"{_env(name)}"'


def _properties(name: str) -> str:
    text = name.replace("\\", "\\\\")
    return "".join(one if one.isascii() else _utf16(one) for one in text)


def _utf16(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


_QUOTED: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "yaml": {'"': _json, "'": lambda name: name.replace("'", "''")},
    "json": {'"': _json},
    "toml": {'"': _json, "'": str},
    "hcl": {'"': _json},
    "env": {'"': _env, "'": str},
    "properties": {"": _properties},
}
"""How a name is written by format and quote."""

_YAML_CONSTANT = re.compile(
    r"(?i)(?:~|null|true|false|yes|no|on|off|y|n|[-+]?[\d.][\d._]*(?:e[-+]?\d+)?|0[xob][\da-f_]+|[-+]?\.(?:inf|nan)|\d{4}-\d\d?-\d\d?.*|[\d:]+|=|<<)"
)
"""What stands for something else than a text where it is not quoted."""


def _is_plain_yaml(name: str, in_flow: bool) -> bool:
    """Whether a text is itself without quotes (YAML 1.2, 7.3.3)."""
    if _YAML_CONSTANT.fullmatch(name) or name[:1] in "!&*|>@`%\"'#,[]{}" or re.match(r"[-?:](?:\s|\Z)", name):
        return False
    if re.search(r":(?:\s|\Z)|\s#", name):
        return False
    return not (in_flow and (re.search(r"[,\[\]{}]", name) or name[:1] in ":?-"))
