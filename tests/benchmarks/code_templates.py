"""Texts that the workspace generator puts together: plain business code and messaging code in two languages."""

from __future__ import annotations

import random
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

NOUNS = ("order", "invoice", "shipment", "customer", "basket", "refund", "ticket", "payment", "account", "delivery", "price", "stock")
VERBS = ("create", "update", "cancel", "validate", "merge", "load", "archive", "assign", "collect", "review", "rank", "split")


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
    import_line: Callable[[str, str], str]
    header: str

    def shared_files(self) -> Iterator[tuple[str, str]]:
        """The in-house packages that every service uses."""
        yield from self.shared.items()

    def path(self, service: str, module: str) -> str:
        """The path of a module of a service."""
        inner = "src" if self.prefix == "ts" else f"src/{service.replace('-', '_')}"
        return f"services/{service}/{inner}/{module}{self.suffix}"

    def module(self, chance: random.Random, service: str, module: str, siblings: Sequence[str], size: int, messaging: bool) -> str:
        """The text of one module of about ``size`` characters."""
        imports = [self.header, *(self.import_line(service, sibling) for sibling in siblings)]
        parts: list[str] = []
        length = 350  # half of what is likely to be too much at the end, and the imports
        if messaging:
            wanted, body = chance.choice(self.sites)
            imports.append(wanted)
            parts.append(_filled(body, chance, service, 0))
        number = 1
        while length < size or not parts:
            part = _filled(chance.choice(self.plain), chance, service, number)
            parts.append(part)
            length += len(part)
            number += 1
        return "\n".join([*imports, "", *parts])


def _filled(template: str, chance: random.Random, service: str, number: int) -> str:
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


def _typescript_import(service: str, module: str) -> str:
    return f"import * as {module.rpartition('/')[2]} from '../{module}';"


def _python_import(service: str, module: str) -> str:
    area, _, name = module.partition("/")
    return f"from {service.replace('-', '_')}.{area} import {name}"


_AREAS = ("api", "domain", "billing", "catalog", "storage", "reports", "workers")

TYPESCRIPT = Language(
    "ts", ".ts", _AREAS, TYPESCRIPT_PLAIN, TYPESCRIPT_SITES, TYPESCRIPT_SHARED, typescript_service_files, _typescript_import, ""
)
PYTHON = Language(
    "py", ".py", _AREAS, PYTHON_PLAIN, PYTHON_SITES, PYTHON_SHARED, python_service_files, _python_import, PYTHON_HEADER
)
