"""What the workspace generator puts texts together with: words of chance, modules, and what they offer each other."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

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
    """The line that imports a name: of a service's module, by the name; "" where none is needed."""
    heading: Callable[[str, str], str]
    """What stands above the imports of a service's module."""
    exported: re.Pattern[str]
    """Finds what a module offers others: group 1 is a function's name, group 2 a class's."""
    use: Callable[[str, Sequence[str], Sequence[str]], str]
    """A function of a module that uses imported functions and is given objects of imported classes."""
    inner: Callable[[str], str] = lambda service: "src"
    """The folder of a service that its modules lie in."""
    named: Callable[[str, str, str], str] = lambda own, module, name: name
    """How a name of another module is written in a module."""
    shares_names: bool = False
    """Whether modules of one area see each other's names, so that each needs its own."""

    def shared_files(self) -> Iterator[tuple[str, str]]:
        """The in-house packages that every service uses."""
        yield from self.shared.items()

    def path(self, service: str, module: str) -> str:
        """The path of a module of a service."""
        return f"services/{service}/{self.inner(service)}/{module}{self.suffix}"

    def module(
        self, chance: random.Random, service: str, module: str, siblings: Sequence[Offer], size: int, messaging: bool
    ) -> tuple[str, Offer]:
        """The text of one module of about ``size`` characters, and what others import of it."""
        wanted_of = {sibling: chance.choice(sibling.names) for sibling in siblings}
        lines = (self.import_line(service, sibling.module, name) for sibling, (name, _) in wanted_of.items())
        if self.shares_names:
            lines = (line for line in dict.fromkeys(lines) if line and line != self.import_line(service, module, ""))
        imports = [self.heading(service, module), *lines]
        first = 100 * int(module.rpartition("_")[2]) if self.shares_names else 0
        parts: list[str] = []
        length = 850 if self.shares_names else 350  # half of what is likely to be too much at the end, and the imports
        if messaging:
            wanted, body = chance.choice(self.sites)
            imports.append(wanted)
            parts.append(filled(body, chance, service, first))
        offered = self._names(parts)
        number = 1
        while length < size or not parts:
            part = filled(chance.choice(self.plain), chance, service, first + number)
            parts.append(part)
            length += len(part)
            number += 1
        if wanted_of:
            written = [
                (self.named(module, sibling.module, name), is_class) for sibling, (name, is_class) in wanted_of.items()
            ]
            functions = [name for name, is_class in written if not is_class]
            parts.append(
                self.use(module.rpartition("/")[2], functions, [name for name, is_class in written if is_class])
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
