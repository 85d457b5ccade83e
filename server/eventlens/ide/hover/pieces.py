"""The pieces of a hover, without a notation, and their two notations: Markdown and plain text.

Every text of the workspace goes through `Piece`, and every piece through one of the two renderings: nothing of the workspace can
end a table, begin a link or show a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from eventlens.config.secrets import masked_code
from eventlens.flow.model import Place

LinkTo: TypeAlias = Callable[[str, int], str]
"""The URI of a file and 1-based line."""

_LONGEST = 300


class Piece(NamedTuple):
    """A run of text. ``kind`` "link" leads to ``place``."""

    kind: Literal["text", "code", "strong", "link"]
    text: str
    place: Place | None = None


Line: TypeAlias = "Sequence[Piece]"


class Paragraph(NamedTuple):
    """One line of text."""

    line: Line


class Listing(NamedTuple):
    """Items under a title ("" for none)."""

    title: str
    items: Sequence[Line]


class Table(NamedTuple):
    """Rows of cells under heads; a column in which nothing is said is left out."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Line]]


class Divider(NamedTuple):
    """Between one thing that stands at the place and the next."""


Block: TypeAlias = Paragraph | Listing | Table | Divider


def said(text: str) -> Piece:
    """Words of our own or of the workspace, shown as they are."""
    return Piece("text", text)


def code(text: str) -> Piece:
    """A name as it is written in code or configuration."""
    return Piece("code", text)


def strong(text: str) -> Piece:
    """The name of a service, or what is to be noticed."""
    return Piece("strong", text)


def linked(place: Place) -> Piece:
    """A place that can be gone to."""
    return Piece("link", f"{place.file}:{place.line}", place)


# ------------------------------------------------------------------------------------------------------------ Markdown


def markdown(blocks: Iterable[Block], link: LinkTo) -> str:
    """The blocks in Markdown."""
    return "\n\n".join(_markdown_block(block, link) for block in blocks)


def _markdown_block(block: Block, link: LinkTo) -> str:
    if isinstance(block, Divider):
        return "---"
    if isinstance(block, Paragraph):
        return _markdown_line(block.line, link)
    if isinstance(block, Listing):
        title = [f"{_escaped(block.title)}:\n"] if block.title else []
        return "\n".join([*title, *(f"- {_markdown_line(item, link)}" for item in block.items)])
    heads, rows = _columns_used(block)
    lines = [
        f"| {' | '.join(_escaped(head) for head in heads)} |",
        f"|{'|'.join(' --- ' for _ in heads)}|",
        *(f"| {' | '.join(_cell(cell, link) for cell in row)} |" for row in rows),
    ]
    return "\n".join(lines)


def _columns_used(table: Table) -> tuple[list[str], list[list[Line]]]:
    used = [n for n in range(len(table.heads)) if any(piece.text for row in table.rows for piece in row[n])]
    return [table.heads[n] for n in used], [[row[n] for n in used] for row in table.rows]


def _cell(line: Line, link: LinkTo) -> str:
    return "".join(
        _code(piece.text).replace("|", "\\|") if piece.kind == "code" else _markdown_piece(piece, link)
        for piece in line
    )


def _markdown_line(line: Line, link: LinkTo) -> str:
    return "".join(_markdown_piece(piece, link) for piece in line)


def _markdown_piece(piece: Piece, link: LinkTo) -> str:
    if piece.kind == "code":
        return _code(piece.text)
    text = _escaped(piece.text)
    if piece.kind == "strong":
        return f"**{text}**"
    return f"[{text}](<{link(piece.place.file, piece.place.line)}>)" if piece.place is not None else text


def _code(text: str) -> str:
    """Code span; the fence is longer than any run of backticks inside."""
    text = harmless(text).strip()
    if "`" not in text:
        return f"`{text}`" if text else ""
    fence = "`" * (max(len(run) for run in re.findall("`+", text)) + 1)
    return f"{fence} {text} {fence}"


def _escaped(text: str) -> str:
    """Text whose characters mean nothing to Markdown. Code spans need no such thing, so an underscore inside a word is left alone."""
    return re.sub(
        r"[\\`*\[\]<>#|!~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", lambda found: "\\" + found[0], harmless(text)
    )


# ---------------------------------------------------------------------------------------------------------- plain text


def plain(blocks: Iterable[Block]) -> str:
    """The blocks as plain text, tables aligned."""
    return "\n\n".join(_plain_block(block) for block in blocks)


def _plain_block(block: Block) -> str:
    if isinstance(block, Divider):
        return "----"
    if isinstance(block, Paragraph):
        return _plain_line(block.line)
    if isinstance(block, Listing):
        title = [f"{block.title}:"] if block.title else []
        return "\n".join([*title, *(f"  {_plain_line(item)}" for item in block.items)])
    _, rows = _columns_used(block)
    texts = [[_plain_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in texts) for n in range(len(texts[0]))] if texts else []
    return "\n".join("  " + "  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)).rstrip() for row in texts)


def _plain_line(line: Line) -> str:
    return "".join(harmless(piece.text) for piece in line)


def harmless(text: str) -> str:
    """A text of the workspace on one line, at most `_LONGEST` characters, without credentials and control characters."""
    text = "".join(c for c in re.sub(r"\s+", " ", text) if c.isprintable())
    text = masked_code(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
