"""Where in a YAML file a field stands, so that a mistake can name its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml

Location = Sequence[str | int]


def locate(root: yaml.Node | None, location: Location) -> tuple[str, int]:
    """The field as the file's author would name it (``publishes[1].channel``) and its 1-based line.

    Parts of ``location`` that the file does not spell out (a wrapped scalar, the branch of a union) are passed over.
    A missing field is named after its parent and has its parent's line.
    """
    node, field, line = root, "", _line(root)
    for index, part in enumerate(location):
        found = _child(node, part)
        if found is not None:
            node, line = found[1], _line(found[0])
            field = _joined(field, part)
        elif index == len(location) - 1 and isinstance(part, str) and isinstance(node, yaml.MappingNode):
            field = _joined(field, part)
    return field, line


def repeated_keys(root: yaml.Node | None) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Keys that a mapping gives twice (YAML keeps the last without a word): location and 1-based line of the repetition.

    A node that aliases share is looked at once, so that a file of nested aliases costs what its text costs.
    """
    looked_at: set[int] = set()
    waiting: list[tuple[yaml.Node | None, tuple[str | int, ...]]] = [(root, ())]
    while waiting:
        node, location = waiting.pop()
        if id(node) in looked_at:
            continue
        looked_at.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if _is_merged(key, node):
                    continue
                if name in seen:
                    yield (*location, name), _line(key)
                seen.add(name)
                waiting.append((value, (*location, name)))
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((item, (*location, index)) for index, item in enumerate(node.value))


def _is_merged(key: yaml.Node, node: yaml.Node) -> bool:
    """Whether a key stands in another mapping, which this one takes in (``<<: *other``): it gives way to the mapping's own."""
    return not node.start_mark.index <= key.start_mark.index < node.end_mark.index


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that carries the line, and the node below ``part``."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _line(node: yaml.Node | None) -> int:
    return int(node.start_mark.line) + 1 if node is not None else 1


def _joined(field: str, part: str | int) -> str:
    if isinstance(part, int):
        return f"{field}[{part}]"
    return f"{field}.{part}" if field else part
