"""INI files as values with lines."""

from __future__ import annotations

import re

from eventlens.config.values import Scalar, Table, Value

_SECTION = re.compile(r"\s*\[([^\]]+)\]\s*(?:[#;].*)?$")
_SEPARATOR = re.compile(r"[=:]")


def read_ini(text: str) -> tuple[Value, ...]:
    """Sections as tables; settings above the first section stand at the top. A value may go on in indented lines."""
    top: dict[str, Value] = {}
    top_lines: dict[str, int] = {}
    entries, lines = top, top_lines
    last = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        section, separator = _SECTION.match(line), _SEPARATOR.search(line)
        if section:
            entries, lines, last = {}, {}, ""
            top[section.group(1).strip()] = Table(entries, lines, number)
            top_lines[section.group(1).strip()] = number
        elif line[0].isspace() and last:
            previous = entries[last]
            assert isinstance(previous, Scalar)
            entries[last] = Scalar(f"{previous.text}\n{line.strip()}", previous.line)
        elif separator and separator.start() and not line[0].isspace():
            last = line[: separator.start()].rstrip()
            entries[last], lines[last] = Scalar(line[separator.end() :].strip(), number), number
    return (Table(top, top_lines, 1),)
