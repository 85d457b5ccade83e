"""The page of features, ``docs/features.md``: ``python -m eventlens.lsp.feature_page`` prints it (``make docs``)."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from eventlens.lsp.feature_table import COMMANDS, EDITORS, FEATURES, MANNERS

_HEAD = """\
# Features in the editor

Made by `make docs` from the server's own table. [editors.md](editors.md) tells how to set each editor up.

Everything works across services, files and languages of a folder, on open files and on others.
"""
_SETTINGS = """
A setting is `eventlens.NAME`, as the client sends it; [editors.md](editors.md#client-settings) lists the values. Changes count at once.
"""
_EDITORS = """
## How each editor shows it

Keys are those that the editor comes with. What stands in *italics* is an entry of its menus or its command palette.

"""
_MANNERS = """
## Behind it

Every request can be cancelled and is answered once.

"""


def feature_page() -> str:
    """The Markdown text."""
    features = _table(
        ("feature", "what it does", "protocol", "settings"),
        ((one.name, one.what, _codes(one.methods), _codes(one.settings)) for one in FEATURES),
    )
    shown = _table(
        ("feature", *EDITORS),
        ((one.name, *(one.shown[editor] for editor in EDITORS)) for one in FEATURES),
    )
    commands = f"\nCommands behind the lenses (URI, line, character): {_codes(COMMANDS)}.\n"
    manners = _table(("", "what it does", "protocol"), ((one.name, one.what, _codes(one.methods)) for one in MANNERS))
    return "".join((_HEAD, "\n", features, _SETTINGS, _EDITORS, shown, commands, _MANNERS, manners))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    return "".join(map(_row, (head, ["---"] * len(head), *rows)))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(feature_page())
