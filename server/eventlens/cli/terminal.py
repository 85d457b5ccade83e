"""Prints styled report lines: in colour on a terminal, plain elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from eventlens.cli.output import write_document
from eventlens.reports.text import Line, Style, plain

_STYLES: dict[Style, str] = {
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold blue",
    "hint": "bold cyan",
    "strong": "bold",
    "faint": "dim",
    "place": "cyan",
    "remedy": "green",
}


def print_report(lines: Iterable[Line]) -> None:
    """Write a report to standard output."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        write_document(plain(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text.assemble(*((piece.text, _STYLES.get(piece.style, "")) for piece in line)))
