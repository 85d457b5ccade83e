"""Generated code in the style of the file beside which it will stand.

Templates are written in one style: LF, two spaces (Python: four), double quotes, semicolons.
"""

from __future__ import annotations

import re

from eventlens.fixes.changes import Edit, apply_edits
from eventlens.fixes.source import SourceFile, Style

_RISKY = re.compile(rb"\s*(?:[(\[`+\-.,]|/(?![/*]))")
"""What on the next line would join an ECMAScript statement that no semicolon ends."""
_PREFIX = re.compile(r"(?i)[rbuf]*")


def restyled(text: str, style: Style, suffix: str) -> str:
    """A whole file or a run of statements, rewritten. ``suffix`` names its language (``.ts``, ``.py``)."""
    file = SourceFile("generated" + suffix, text.encode("utf-8"))
    changed = apply_edits(file.source, [*_quotes(file, style), *_semicolons(file, style)]).decode("utf-8")
    unit = "    " if file.language == "python" else "  "
    lines = [_reindented(line, unit, style.indent) for line in changed.split("\n")]
    return style.newline.join(lines)


def _reindented(line: str, unit: str, wanted: str) -> str:
    depth = 0
    while line.startswith(unit, depth * len(unit)):
        depth += 1
    return wanted * depth + line[depth * len(unit) :]


def _quotes(file: SourceFile, style: Style) -> list[Edit]:
    if style.quote == '"':
        return []
    edits = []
    for node in file.nodes("string"):
        written = file.text(node)
        prefix = _PREFIX.match(written)
        body = written[prefix.end() if prefix is not None else 0 :]
        if body.startswith('"') and not body.startswith('"""') and "'" not in body and "\\" not in body:
            lead = written[: len(written) - len(body)]
            edits.append(Edit(node.start_byte, node.end_byte, f"{lead}'{body[1:-1]}'"))
    return edits


def _semicolons(file: SourceFile, style: Style) -> list[Edit]:
    if style.semicolons or file.language == "python":
        return []
    edits = []
    for node in file.nodes(";"):
        parent = node.parent
        ends = parent is not None and parent.end_byte == node.end_byte and parent.type != "for_statement"
        after = file.source[node.end_byte :]
        if ends and after[:1] in (b"", b"\n") and not _RISKY.match(after):
            edits.append(Edit(node.start_byte, node.end_byte, ""))
    return edits
