"""``eventlens explain``: the page of a rule, or why a line is what the map says it is."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlens.cli.problems import UserProblem

if TYPE_CHECKING:
    from eventlens.flow.model import Site

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::\d+)?")
_ROOT_MARKS = ("eventlens.toml", ".git")


def explain(
    what: Annotated[str, typer.Argument(metavar="RULE|FILE:LINE", help="A rule's name, or a place in the code.")],
    root: Annotated[
        Path | None, typer.Option(help="Root of the workspace, for FILE:LINE; found from the file when not given.")
    ] = None,
) -> None:
    """Print a rule's page, or the evidence at FILE:LINE: why it is a site, its channel, its links and its findings.

    Examples: eventlens explain dual-write; eventlens explain services/orders/src/place-order.ts:42
    """
    place = _PLACE.fullmatch(what)
    if place is None:
        _explain_rule(what)
    else:
        _explain_place(Path(place["file"]), int(place["line"]), root)


def _explain_rule(rule: str) -> None:
    from eventlens.cli.output import write_document
    from eventlens.cli.rules import known_rule, rule_pages

    pages = rule_pages()
    text = pages[known_rule(rule, pages)].text
    if not sys.stdout.isatty():
        write_document(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))


def _explain_place(file: Path, line: int, root: Path | None) -> None:
    from eventlens.cli.opening import map_folder
    from eventlens.cli.terminal import print_report
    from eventlens.reports.source_lines import SourceLines
    from eventlens.reports.text import explanation

    file = _existing(file, root)
    root = (root or _root_of(file)).resolve()
    if not file.is_relative_to(root):
        raise UserProblem(f"{file}: not below {root}; give the workspace with --root.")
    path = file.relative_to(root).as_posix()
    mapped = map_folder(root)
    flow_map = mapped.flow_map
    report = explanation(flow_map, path, line, SourceLines(mapped.workspace.text))
    if report:
        print_report(report)
    else:
        typer.echo(
            f"eventlens: nothing is published, consumed or reported at {path}:{line}.{_nearby(flow_map.sites, path)}",
            err=True,
        )


def _existing(file: Path, root: Path | None) -> Path:
    """The file as given, else below the root; raises `UserProblem`."""
    for candidate in [file, *([root / file] if root else [])]:
        if candidate.is_file():
            return candidate.resolve()
    raise UserProblem(f"{file}: no such file; give a path from here{' or from --root' if root else ''}.")


def _root_of(file: Path) -> Path:
    """The current folder when the file is below it, else the nearest folder above the file that looks like a root."""
    if file.is_relative_to(Path.cwd()):
        return Path.cwd()
    return next(
        (folder for folder in file.parents if any((folder / mark).exists() for mark in _ROOT_MARKS)), file.parent
    )


def _nearby(sites: list[Site], path: str) -> str:
    lines = sorted({site.line for site in sites if site.file == path})
    return f" Sites of this file stand on line {', '.join(map(str, lines))}." if lines else ""
