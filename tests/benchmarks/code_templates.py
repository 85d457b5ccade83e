"""Texts that the workspace generator puts together: plain business code and messaging code in two languages."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from python_code import HEADER as PYTHON_HEADER
from python_code import PLAIN as PYTHON_PLAIN
from python_code import SHARED as PYTHON_SHARED
from python_code import SITES as PYTHON_SITES
from python_code import service_files as python_service_files
from typescript_code import PLAIN as TYPESCRIPT_PLAIN
from typescript_code import SHARED as TYPESCRIPT_SHARED
from typescript_code import SITES as TYPESCRIPT_SITES
from typescript_code import service_files as typescript_service_files

NOUNS = (
    "order",
    "invoice",
    "shipment",
    "customer",
    "basket",
    "refund",
    "ticket",
    "payment",
    "account",
    "delivery",
    "price",
    "stock",
)
VERBS = (
    "create",
    "update",
    "cancel",
    "validate",
    "merge",
    "load",
    "archive",
    "assign",
    "collect",
    "review",
    "rank",
    "split",
)


@dataclass(frozen=True)
class Offer:
    """A module and the names that others import of it, each with whether it is a class. A messaging module offers its messaging."""

    module: str
    names: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Language:
    """How one language's files are named and filled. Templates use ``@Noun@``, ``@noun@``, ``@verb@``, ``@n@``, ``@service@``."""

    prefix: str
    suffix: str
    areas: Sequence[str]
    plain: Sequence[str]
    sites: Sequence[tuple[str, str]]
    """Pairs of import lines and body."""
    shared: dict[str, str]
    service_files: Callable[[str], Iterator[tuple[str, str]]]
    import_line: Callable[[str, str, str], str]
    header: str
    exported: re.Pattern[str]
    """Finds what a module offers others: group 1 is a function's name, group 2 a class's."""
    use: Callable[[str, Sequence[str], Sequence[str]], str]
    """A function of a module that uses imported functions and is given objects of imported classes."""

    def shared_files(self) -> Iterator[tuple[str, str]]:
        """The in-house packages that every service uses."""
        yield from self.shared.items()

    def path(self, service: str, module: str) -> str:
        """The path of a module of a service."""
        inner = "src" if self.prefix == "ts" else f"src/{service.replace('-', '_')}"
        return f"services/{service}/{inner}/{module}{self.suffix}"

    def module(
        self, chance: random.Random, service: str, module: str, siblings: Sequence[Offer], size: int, messaging: bool
    ) -> tuple[str, Offer]:
        """The text of one module of about ``size`` characters, and what others import of it."""
        wanted_of = {sibling: chance.choice(sibling.names) for sibling in siblings}
        imports = [
            self.header,
            *(self.import_line(service, sibling.module, name) for sibling, (name, _) in wanted_of.items()),
        ]
        parts: list[str] = []
        length = 350  # half of what is likely to be too much at the end, and the imports
        if messaging:
            wanted, body = chance.choice(self.sites)
            imports.append(wanted)
            parts.append(filled(body, chance, service, 0))
        offered = self._names(parts)
        number = 1
        while length < size or not parts:
            part = filled(chance.choice(self.plain), chance, service, number)
            parts.append(part)
            length += len(part)
            number += 1
        if wanted_of:
            functions = [name for name, is_class in wanted_of.values() if not is_class]
            parts.append(
                self.use(
                    module.rpartition("/")[2], functions, [name for name, is_class in wanted_of.values() if is_class]
                )
            )
        return "\n".join([*imports, "", *parts]), Offer(module, offered or self._names(parts))

    def _names(self, parts: Sequence[str]) -> tuple[tuple[str, bool], ...]:
        found = (match for part in parts for match in self.exported.finditer(part))
        return tuple((match[1] or match[2], match[2] is not None) for match in found)


def filled(template: str, chance: random.Random, service: str, number: int) -> str:
    """A template with words and numbers of chance; ``number`` keeps the names of one module apart."""
    noun, verb = chance.choice(NOUNS), chance.choice(VERBS)
    return (
        template.replace("@Noun@", noun.capitalize())
        .replace("@noun@", noun)
        .replace("@verb@", verb)
        .replace("@Verb@", verb.capitalize())
        .replace("@n@", str(number))
        .replace("@m@", str(chance.randint(2, 9999)))
        .replace("@service@", service)
    )


def _typescript_import(service: str, module: str, name: str) -> str:
    return f"import {{ {name} }} from '../{module}';"


def _python_import(service: str, module: str, name: str) -> str:
    return f"from {service.replace('-', '_')}.{module.replace('/', '.')} import {name}"


def _typescript_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = "".join(f", {name[0].lower()}{name[1:]}: {name}" for name in classes)
    lines = [f"  await {name}(input as never, undefined as never);" for name in functions]
    lines += [f"  await {name[0].lower()}{name[1:]}.{_method(name)}(input.id);" for name in classes]
    return "\n".join(
        [f"export async function run_{module}(input: {{ id: string }}{parameters}): Promise<void> {{", *lines, "}", ""]
    )


def _python_use(module: str, functions: Sequence[str], classes: Sequence[str]) -> str:
    parameters = "".join(f", {name.lower()}: {name}" for name in classes)
    lines = [f"    {name}(item)" for name in functions] + [
        f"    {name.lower()}.{_method(name)}(item.identifier)" for name in classes
    ]
    return "\n".join(["", f"def run_{module}(item{parameters}):", *lines, ""])


def _method(class_name: str) -> str:
    return "find" if "Repository" in class_name else "cancel"


_AREAS = ("api", "domain", "billing", "catalog", "storage", "reports", "workers")

TYPESCRIPT = Language(
    "ts",
    ".ts",
    _AREAS,
    TYPESCRIPT_PLAIN,
    TYPESCRIPT_SITES,
    TYPESCRIPT_SHARED,
    typescript_service_files,
    _typescript_import,
    "",
    re.compile(r"export (?:async )?function (\w+)|export class (\w+)"),
    _typescript_use,
)
PYTHON = Language(
    "py",
    ".py",
    _AREAS,
    PYTHON_PLAIN,
    PYTHON_SITES,
    PYTHON_SHARED,
    python_service_files,
    _python_import,
    PYTHON_HEADER,
    re.compile(r"^(?:async )?def (\w+)|^class (\w+)", re.MULTILINE),
    _python_use,
)
