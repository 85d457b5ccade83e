"""Rename to the near-miss channel, where the name is written."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.config.secrets import MASK
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.records import written_channel
from eventlens.syntax.grammars import language_of

_STRINGS = ("string", "template_string", "string_literal", "interpreted_string_literal", "raw_string_literal")


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where the rule names a channel that differs by little, and one string of the code holds this one's name."""
    subject = context.subject(finding)
    near = _near(context, finding)
    if subject is None or subject.at is None or near is None or len(subject.at.channel.names) != 1:
        return
    name = subject.at.channel.names[0].text
    place = _written(context, subject, name)
    if place is not None and near != name and MASK not in near:
        file, node = place
        wide = file.path != finding.file
        yield Offer("rename", f"Rename to {near}", lambda: _changes(file, node, near), preferred=True, is_wide=wide)


def _changes(file: SourceFile, node: Node, name: str) -> tuple[Change, ...]:
    text = file.text(node)
    quote = text[-1]
    return (FileEdit(file.path, (Edit(node.start_byte, node.end_byte, f"{quote}{name}{quote}"),)),)


def _near(context: FixContext, finding: Finding) -> str | None:
    """The channel of the other end that the finding points at."""
    for step in finding.related:
        for _, site in context.checks.graph.nodes:
            if (site.file, site.line) == (step.file, step.line) and f"{site.channel} is nearly" in finding.message:
                return site.channel
    return None


def _written(context: FixContext, subject: Subject, name: str) -> tuple[SourceFile, Node] | None:
    """The string that is the channel's name: the argument itself, or what the constant behind it is given."""
    assert subject.at is not None
    argument = written_channel(subject.at)
    if argument is not None and isinstance(argument[0], ir.Literal):
        return _string_at(context, argument[1].module.path, argument[0].start, name)
    for trail in subject.at.channel.names[0].trail:
        if language_of(trail.path) is not None:
            found = _string_at(context, trail.path, trail.offset, name)
            if found is not None:
                return found
    return None


def _string_at(context: FixContext, path: str, offset: int, name: str) -> tuple[SourceFile, Node] | None:
    file = context.file(path)
    statement = file.statement_around(offset, offset)
    found = [
        node
        for node in _strings(statement)
        if file.text(node)[1:-1] == name and node.start_byte >= file.line_start(offset)
    ]
    return (file, found[0]) if len(found) == 1 else None


def _strings(node: Node) -> Iterator[Node]:
    if node.type in _STRINGS:
        yield node
    else:
        for child in node.named_children:
            yield from _strings(child)
