"""Writes a believable event-driven workspace of a given size, the same for the same seed.

    python tests/benchmarks/generate.py FOLDER --files 20000 --megabytes 110 --share 0.03 --generated 2 --seed 1

Three tenths of the files are TypeScript, two each Python and Java, one each Go, C# and Kotlin; they are spread over services of one
language that have a manifest each, import one another inside a service by name and use what they import, and use shared packages. A share of them sends or receives messages: with a library directly, or through
the in-house wrapper. The rest is plain business code. Beside them lie a few files of 1 MB that a program wrote.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from code_templates import Language, Offer
from generated_code import generated_files
from languages import PYTHON, SHARES
from sized_code import sized_files

FILES_PER_SERVICE = 250


class Plan:
    """What is to be written: numbers, and a source of chance that depends on the seed alone."""

    def __init__(self, files: int, megabytes: float, share: float, seed: int, generated: int = 0) -> None:
        self.files = files
        self.share = share
        self.generated = generated
        """How many services of each language hold generated files of 1 MB; they come on top of ``files`` and ``megabytes``."""
        self.bytes_per_file = megabytes * 1_000_000 / files
        self.chance = random.Random(seed)


def generate(folder: Path, plan: Plan) -> int:
    """Write the workspace below ``folder``; returns the bytes written."""
    written = 0
    for path, text in workspace_files(plan):
        target = folder / path
        try:
            target.write_text(text, "utf-8")
        except FileNotFoundError:
            target.parent.mkdir(parents=True)
            target.write_text(text, "utf-8")
        written += len(text)
    return written


def workspace_files(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every path with its text."""
    counts = [int(plan.files * share) for _, share in SHARES]
    counts[0] += plan.files - sum(counts)
    for (language, _), count in zip(SHARES, counts):
        yield from language.shared_files()
        services = max(1, count // FILES_PER_SERVICE)
        for number in range(services):
            share_of_files = count // services + (1 if number < count % services else 0)
            yield from _service(plan, language, f"{language.prefix}-service-{number:03d}", share_of_files)
    for number in range(plan.generated):
        package = PYTHON.path(f"py-service-{number:03d}", "x").removesuffix("/x.py")
        service = f"services/ts-service-{number:03d}"
        yield from generated_files(plan.chance, service, package)
        if number == 0:
            yield from sized_files(plan.chance, service, package)


def _service(plan: Plan, language: Language, name: str, files: int) -> Iterator[tuple[str, str]]:
    yield from language.service_files(name)
    offers: list[Offer] = []
    for number in range(files):
        area = language.areas[number % len(language.areas)]
        module = f"{area}/{area}_{number:04d}"
        siblings = plan.chance.sample(offers, min(len(offers), plan.chance.randint(0, 4)))
        size = int(plan.chance.lognormvariate(0, 0.7) / 1.278 * plan.bytes_per_file)
        messaging = plan.chance.random() < plan.share
        text, offer = language.module(plan.chance, name, module, siblings, size, messaging)
        yield language.path(name, module), text
        offers.append(offer)


def add_size_options(parser: argparse.ArgumentParser) -> None:
    """``--files``, ``--megabytes``, ``--share``, ``--generated``, ``--seed``."""
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--megabytes", type=float, default=110.0)
    parser.add_argument("--share", type=float, default=0.03, help="share of the files that send or receive messages")
    parser.add_argument(
        "--generated", type=int, default=2, help="services of each language with generated files of 1 MB"
    )
    parser.add_argument("--seed", type=int, default=1)


def plan_of(options: argparse.Namespace) -> Plan:
    """The plan that the options of `add_size_options` ask for."""
    return Plan(options.files, options.megabytes, options.share, options.seed, options.generated)


def main(show: Callable[[str], None] = print) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    add_size_options(parser)
    options = parser.parse_args()
    if options.folder.exists() and any(options.folder.iterdir()):
        parser.error(f"{options.folder} is not empty")
    written = generate(options.folder, plan_of(options))
    show(f"{options.files} files, {written / 1e6:.0f} MB in {options.folder}")


if __name__ == "__main__":
    main()
