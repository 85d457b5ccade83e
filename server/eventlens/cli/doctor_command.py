"""``eventlens doctor``: what this installation consists of, and what is wrong with it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import get_args

import typer

import eventlens
from eventlens.cli.output import write_document

_PACKAGES = ("pygls", "lsprotocol", "tree-sitter", "pydantic", "msgspec", "watchfiles")
_EDITORS = {"nvim": "Neovim", "code": "VS Code", "emacs": "Emacs", "hx": "Helix"}


def doctor() -> None:
    """Print versions, grammars, models, the cache and editors found. Exit code 3 when the installation is broken.

    Example: eventlens doctor
    """
    rows = [*_versions(), *_grammars(), *_rules(), _cache(), _editors()]
    write_document("\n".join(f"{'ok ' if fine else 'BAD'}  {name:<22}{told}" for name, told, fine in rows))
    if not all(fine for _, _, fine in rows):
        raise typer.Exit(3)


def _versions() -> Iterator[tuple[str, str, bool]]:
    yield "eventlens", f"{eventlens.__version__} in {Path(eventlens.__file__).parent}", True
    yield "python", f"{platform.python_version()} at {sys.executable}", True
    for package in _PACKAGES:
        try:
            yield package, metadata.version(package), True
        except metadata.PackageNotFoundError:
            yield package, "missing; install eventlens again", False


def _grammars() -> Iterator[tuple[str, str, bool]]:
    from eventlens.syntax.grammars import Grammar, parser

    for name in get_args(Grammar):
        try:
            parser(name).parse(b"")
        except Exception as error:
            yield f"grammar {name}", f"cannot be loaded ({error}); install eventlens again", False
        else:
            yield f"grammar {name}", "loads", True


def _rules() -> Iterator[tuple[str, str, bool]]:
    from eventlens.cli.rules import rule_pages
    from eventlens.knowledge.loading import load_models, rules_root

    try:
        root = rules_root()
    except FileNotFoundError as error:
        yield "rules", str(error), False
        return
    loaded, problems = load_models(root)
    yield "library models", f"{len(loaded)} in {root / 'libraries'}", True
    for problem in problems:
        yield "library models", str(problem), False
    yield "rules", f"{len(rule_pages())} with a page in {root / 'checks'}", True


def _cache() -> tuple[str, str, bool]:
    from eventlens.workspace.cache_place import cache_folder

    folder = cache_folder()
    if folder is None:
        return "cache", "none: there is no home folder; set EVENTLENS_CACHE_DIR to have one", True
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []
    return (
        "cache",
        f"{folder} ({len(sizes)} files, {sum(sizes) / 1e6:.1f} MB); set EVENTLENS_CACHE_DIR to move it",
        True,
    )


def _editors() -> tuple[str, str, bool]:
    found = [name for program, name in _EDITORS.items() if shutil.which(program)]
    return "editors", f"{', '.join(found) or 'none on PATH'}; set-up: docs/editors.md", True
