"""The page of a rule (``rules/checks/<id>.md``): what reports quote of it."""

from __future__ import annotations

from typing import NamedTuple


class RulePage(NamedTuple):
    """``title`` is the first heading, ``summary`` the first paragraph in one line, ``text`` the Markdown without front matter.

    ``uri`` is where the page can be opened; "" when it stands nowhere.
    """

    id: str
    title: str
    summary: str
    text: str
    uri: str


def parse_page(rule: str, markdown: str, uri: str) -> RulePage:
    """Read a page. A page without a heading is titled by its rule."""
    text = _without_front_matter(markdown.replace("\r\n", "\n")).strip() + "\n"
    blocks = [block.strip() for block in text.split("\n\n")]
    title = next((block.lstrip("#").split("\n")[0].strip() for block in blocks if block.startswith("#")), rule)
    prose = (block.partition("\n")[2].strip() if block.startswith("#") else block for block in blocks)
    summary = next((" ".join(block.split()) for block in prose if block and block[0] not in "`|-<!"), "")
    return RulePage(rule, title, summary, text, uri)


def _without_front_matter(markdown: str) -> str:
    if not markdown.startswith("---\n"):
        return markdown
    return markdown[4:].partition("\n---\n")[2]
