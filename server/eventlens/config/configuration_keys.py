"""The keys of a service's configuration, whichever format holds them: one dotted key, one value, one place, under one condition.

Read are Spring Boot's and Micronaut's ``application*.{yml,yaml,properties}`` and ``bootstrap*``, Quarkus' and MicroProfile's with
``%profile.`` in front of keys, ``microprofile-config.properties``, .NET's ``appsettings*.json``, and the ``config*.{yaml,yml,json,toml}`` that Go's readers unmarshal. A key means the same in all of
its relaxed forms: see `canonical` and `squashed`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from eventlens.config.documents import MAX_CHARACTERS, read_document
from eventlens.config.properties_files import Property, properties
from eventlens.config.values import Items, Plain, Scalar, Table, Value

_FILE = re.compile(
    r"(?:^|/)(?P<stem>application|bootstrap|appsettings|microprofile-config|config)"
    r"(?:[-.](?P<profile>\w[\w.-]*))?\.(?P<suffix>ya?ml|properties|json|toml)$"
)
_RESOURCES = re.compile(r"(?:^|/)(?:src/[^/]+/)?resources(?:/.*)?$")
_SUFFIXES = {"appsettings": {"json"}, "config": {"yaml", "yml", "json", "toml"}}
_CONFIG_FOLDER = re.compile(r"(?:^|/)(?:configs?|conf)$")
_PREFIX = re.compile(r"%\{?(?P<names>[\w,-]+)\}?(?:\.|$)")
_TEST = re.compile(r"(?i)(?:^|[-_.])(?:tests?|testing|it|unit-?tests?|integration-?tests?|e2e|ci)(?:$|[-_.])")
_FILTERED = re.compile(r"(?<=[:\-] )@([\w.-]+)@(?=[ \t]*(?:#|$))", re.MULTILINE)
"""What a build puts in later (``version: @project.version@``): no YAML before that."""
_TOKEN = re.compile(r"[\w.-]+|[!&|(),]")
_ON_PROFILE = ("spring.config.activate.on-profile", "spring.config.activate.onProfile", "spring.profiles")
_MAX_DEPTH = 40


class Source(NamedTuple):
    """What the path of a configuration file says. ``folder`` is the part of the tree that it speaks for, ``profile`` the one under
    which it counts ("" for always), ``rank`` how it stands beside files of the same folder: the greater wins. ``deployed`` are the
    profiles of its framework that count where nobody says otherwise."""

    folder: str
    profile: str
    rank: int
    deployed: frozenset[str]


class Entry(NamedTuple):
    """One key with its value, as they are written. ``line`` is 1-based; ``start`` and ``end`` are the value's offsets in code points
    of the text. It counts where all ``conditions``, expressions over profiles, hold."""

    key: str
    value: Plain
    line: int
    start: int
    end: int
    conditions: tuple[str, ...] = ()


_QUARKUS_DEPLOYED = frozenset(("default", "prod"))
_NET_DEPLOYED = frozenset(("default", "production"))
_DEPLOYED = frozenset(("default",))


def source_of(path: str) -> Source | None:
    """What a file is as a service's configuration; None where its name says that it is none."""
    match = _FILE.search(path)
    if match is None or match["suffix"] not in _SUFFIXES.get(match["stem"], {"yaml", "yml", "properties"}):
        return None
    folder = path.rpartition("/")[0]
    inside = _RESOURCES.search(folder)
    within = folder[: inside.start()] if inside else folder
    named_config = _CONFIG_FOLDER.search(within)
    if named_config and match["stem"] != "appsettings":
        within = within[: named_config.start()]
    in_config = bool(_CONFIG_FOLDER.search(folder))
    rank = 8 * (match["stem"] != "bootstrap") + 4 * (inside is None) + 2 * in_config + (match["suffix"] == "properties")
    deployed = _NET_DEPLOYED if match["stem"] == "appsettings" else _DEPLOYED
    return Source(within, match["profile"] or "", rank, deployed)


def read_entries(name: str, text: str | bytes, profile: str = "") -> tuple[Entry, ...]:
    """The entries of a file in order; a later one of the same key wins. ``profile`` is the file's own. Never raises."""
    decoded = text.decode("utf-8-sig", errors="replace") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    own = (profile,) if profile else ()
    if name.endswith(".properties"):
        found = properties(decoded) if len(decoded) <= MAX_CHARACTERS else ()
        return tuple(_of_properties(list(found), own))
    document = read_document(name, decoded)
    if document.problem and name.endswith((".yml", ".yaml")):
        document = read_document(name, _FILTERED.sub(r"'\1'", decoded))
    return tuple(entry for root in document.roots for entry in _of_document(root, own))


def _of_properties(found: list[Property], own: tuple[str, ...]) -> Iterator[Entry]:
    said: dict[int, str] = {one.document: one.value for one in found if one.key in _ON_PROFILE}
    for one in found:
        key, prefix = _without_prefix(one.key)
        conditions = (*own, *filter(None, (said.get(one.document, ""), prefix)))
        yield Entry(key, plain_of(one.value), one.line, one.start, one.end, conditions)


def _of_document(root: Value, own: tuple[str, ...]) -> Iterator[Entry]:
    entries = list(_leaves(root, "", 0))
    said = next(filter(None, (_profiles_in(entries, key) for key in _ON_PROFILE)), "")
    for written, leaf in entries:
        key, prefix = _without_prefix(written)
        if leaf.value is not None:
            conditions = (*own, *filter(None, (said, prefix)))
            yield Entry(key, leaf.value, leaf.line, leaf.start, leaf.end, conditions)


def _profiles_in(entries: list[tuple[str, Scalar]], key: str) -> str:
    listed = [leaf.text for written, leaf in entries if written == key or written.startswith(f"{key}[")]
    return ",".join(listed)


def _leaves(value: Value, key: str, depth: int) -> Iterator[tuple[str, Scalar]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Table):
        for name, entry in value.entries.items():
            inner = name if name.startswith("[") else f".{name}"
            yield from _leaves(entry, f"{key}{inner}" if key else name, depth + 1)
    elif isinstance(value, Items):
        for position, item in enumerate(value.items):
            yield from _leaves(item, f"{key}[{position}]", depth + 1)
    elif key:
        yield key, value


def _without_prefix(key: str) -> tuple[str, str]:
    """A key without ``%prod.`` in front, and the profiles that it names as an expression, which begins with ``%``."""
    match = _PREFIX.match(key)
    return (key[match.end() :], f"%{match['names']}") if match else (key, "")


def plain_of(text: str) -> Plain:
    """A text as the value that typed formats would hold: a truth value or a whole number where it is written as one."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if re.fullmatch(r"-?(?:0|[1-9]\d{0,15})", text) else text


# ---------------------------------------------------------------------------------------------------------------- keys


def canonical(key: str) -> str:
    """One form for all in which a key may be written: ``bootstrap-servers``, ``bootstrapServers``, ``Kafka:Topic``, ``Kafka__Topic``,
    ``topics[0].name`` → segments in lower case with dots between, without ``-`` and ``_``."""
    parts = re.split(r"\.|:|__|\[|\]", key.replace('"', "").replace("'", ""))
    return ".".join(filter(None, (re.sub("[-_]", "", part).lower() for part in parts)))


def squashed(key: str) -> str:
    """A key as an environment variable spells it, without its separators: ``SPRING_KAFKA_BOOTSTRAPSERVERS``, ``Kafka__Topic``."""
    return re.sub(r"[^A-Za-z0-9]", "", key).lower()


# ------------------------------------------------------------------------------------------------------------ profiles


def deployed_under(source: Source, entry: Entry) -> frozenset[str]:
    """The profiles under which a file's entry counts where nobody says otherwise."""
    return source.deployed | _QUARKUS_DEPLOYED if any("%" in one for one in entry.conditions) else source.deployed


def is_of_tests(entry: Entry) -> bool:
    """Whether an entry counts under a profile of tests only."""
    return any(
        (named := names_in(one)) and all(_TEST.search(name) for name in named) and "!" not in one
        for one in entry.conditions
    )


def names_in(expression: str) -> list[str]:
    """The profiles that an expression names."""
    return [token.lower() for token in _TOKEN.findall(expression) if token not in "!&|(),"]


def holds(expression: str, active: Collection[str]) -> bool:
    """Whether an expression over profiles (``prod & !eu``, ``a,b``) holds; ``active`` is in lower case. What is broken does not hold."""
    tokens = _TOKEN.findall(expression)
    try:
        value, end = _any_of(tokens, 0, active, 0)
    except (IndexError, RecursionError):
        return False
    return value and end == len(tokens)


def _any_of(tokens: list[str], at: int, active: Collection[str], depth: int) -> tuple[bool, int]:
    value, at = _all_of(tokens, at, active, depth)
    while at < len(tokens) and tokens[at] in ("|", ","):
        other, at = _all_of(tokens, at + 1, active, depth)
        value = value or other
    return value, at


def _all_of(tokens: list[str], at: int, active: Collection[str], depth: int) -> tuple[bool, int]:
    value, at = _one(tokens, at, active, depth)
    while at < len(tokens) and tokens[at] == "&":
        other, at = _one(tokens, at + 1, active, depth)
        value = value and other
    return value, at


def _one(tokens: list[str], at: int, active: Collection[str], depth: int) -> tuple[bool, int]:
    if depth > _MAX_DEPTH:
        raise RecursionError
    if tokens[at] == "!":
        value, at = _one(tokens, at + 1, active, depth + 1)
        return not value, at
    if tokens[at] == "(":
        value, at = _any_of(tokens, at + 1, active, depth + 1)
        return value, at + 1 if tokens[at] == ")" else len(tokens) + 1
    return tokens[at].lower() in active, at + 1


# --------------------------------------------------------------------------------------------------------- placeholders


class Placeholder(NamedTuple):
    """``${key:default}``; the key and the default may hold placeholders themselves. ``default`` is None where there is none."""

    key: str
    default: str | None


def placeholders(text: str) -> list[str | Placeholder]:
    """A text in its parts: what is written and what is to be put in. A brace that does not close is text."""
    parts: list[str | Placeholder] = []
    offset = 0
    while (opening := text.find("${", offset)) >= 0:
        closing = _closing(text, opening + 2)
        if closing < 0:
            break
        if opening > offset:
            parts.append(text[offset:opening])
        parts.append(_placeholder(text[opening + 2 : closing]))
        offset = closing + 1
    if offset < len(text):
        parts.append(text[offset:])
    return parts


def _placeholder(inside: str) -> Placeholder:
    depth = 0
    for position, character in enumerate(inside):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ":" and not depth:
            return Placeholder(inside[:position].strip(), inside[position + 1 :].strip("`"))
    return Placeholder(inside.strip(), None)


def _closing(text: str, offset: int) -> int:
    depth = 1
    for position in range(offset, min(len(text), offset + 2_000)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return position
    return -1
