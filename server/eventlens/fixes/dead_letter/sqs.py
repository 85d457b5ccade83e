"""SQS: the queue's Terraform resource gets a redrive policy and a dead-letter queue

(https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sqs_queue).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.next_turn import next_turn
from eventlens.fixes.scaffolds import render

_RESOURCE = re.compile(rb'^resource\s+"aws_sqs_queue"\s+"([\w-]+)"\s*\{', re.MULTILINE)
_NAME = re.compile(rb'^\s*name\s*=\s*"([^"]+)"\s*$', re.MULTILINE)
RECEIVES = 5


class _Resource(NamedTuple):
    """A queue in a Terraform file; ``end`` is the byte of its closing brace."""

    path: str
    label: str
    end: int
    newline: str


def offers(context: FixContext, subject: Subject) -> Iterator[Offer]:
    """Where one resource of the workspace makes the queue."""
    site = subject.at
    if site is None or len(site.channel.names) != 1:
        return
    name = site.channel.names[0].text
    found = [
        one for path in context.workspace.configs() if path.endswith(".tf") for one in _resources(context, path, name)
    ]
    turn = skipping(context, subject)
    if len(found) == 1 and turn is not None:
        title = f"Add a redrive policy and the queue {name}-dlq in Terraform"
        yield Offer("redrive", title, lambda: (*_changes(found[0], name), *turn), preferred=True, is_wide=True)


def skipping(context: FixContext, subject: Subject) -> list[FileEdit] | None:
    """What keeps a message whose failure is swallowed in its queue: nothing where none is; None where that cannot be told."""
    caught = [(one.frame, one.node) for one in subject.related if isinstance(one.node, ir.Catch)]
    found = []
    for frame, node in caught:
        file = context.file(frame.module.path)
        edit = next_turn(file, node) if isinstance(node, ir.Catch) else None
        if edit is None:
            return None
        found.append(FileEdit(file.path, (edit,)))
    return found


def _resources(context: FixContext, path: str, name: str) -> Iterator[_Resource]:
    text = context.workspace.text(path)
    for match in _RESOURCE.finditer(text):
        end = _closing(text, match.end())
        named = _NAME.search(text, match.end(), end)
        if end and named is not None and named[1].decode() == name and b"redrive_policy" not in text[match.end() : end]:
            yield _Resource(path, match[1].decode(), end, "\r\n" if b"\r\n" in text else "\n")


def _closing(text: bytes, start: int) -> int:
    """The byte of the brace that closes a block; 0 where there is none."""
    depth = 1
    for at in range(start, len(text)):
        depth += {ord("{"): 1, ord("}"): -1}.get(text[at], 0)
        if depth == 0:
            return at
    return 0


def _changes(resource: _Resource, name: str) -> tuple[Change, ...]:
    policy = render("dead_letter/redrive_policy.tf", label=resource.label, receives=RECEIVES)
    queue = render("dead_letter/queue.tf", label=resource.label, name=name)
    edits = [
        Edit(resource.end, resource.end, policy.replace("\n", resource.newline)),
        Edit(
            resource.end + 1, resource.end + 1, (resource.newline * 2 + queue.rstrip()).replace("\n", resource.newline)
        ),
    ]
    return (FileEdit(resource.path, tuple(edits)),)
