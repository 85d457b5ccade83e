"""Where the texts of a workspace speak of a channel that holds dead letters: in an alarm, in what hands it on, or only where it is made.

Alarms are written in more ways than models can list, so lines are looked at rather than resources; whatever is not clearly without a
meaning for the question counts as somebody's interest in the channel.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Literal, NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from eventlens.checks.context import CheckContext
from eventlens.flow.model import Place

Interest = Literal["alarm", "use", "passed-on", "none"]
"""What a line says of a channel: it is watched; something takes or looks at it; its address is given to something; nothing new."""

_MARKS = ("dlq", "DLQ", "Dlq", "dead", "Dead", "DEAD", "dlt", "DLT", "Dlt", "dlx", "DLX", "Dlx", "poison", "Poison")
_ALARM = re.compile(
    r"(?i)alarm|alert|cloudwatch_metric|datadog|monitor|grafana|prometheus|dashboard|pagerduty|opsgenie|new_?relic|metric|gauge"
)
_LOOKING = re.compile(
    r"(?i)re-?(?:drive|play|process|queue|cover)|move_?(?:message|task)|drain|inspect|purge|message_?count|queue_?(?:info|properties|depth|attributes)|"
    r"check_?queue|passive|consum|receiv|listen|subscri|basic_?get|poll|shovel|metric|monitor|alarm|alert|gauge|handler"
)
"""How code speaks of looking at what lies in a channel, or of taking it."""
_MAKING = re.compile(
    r"(?i)redrive|dead_?letter_?(?:target|config|queue\b|policy|exchange|routing|strategy)|x-dead-letter|max_?receive_?count|on_?failure|"
    r"on_failure|depends_?on|tags?\b|kafka-topics|--create"
)
"""How a line says that messages are put into a channel, or how it is made."""
_ONLY_MADE = re.compile(
    r"aws_iam|aws_sqs_queue_policy|redrive_allow_policy|aws_sqs_queue\"|aws_sns_topic_subscription|aws_lambda_event_source_mapping\"|"
    r"event_invoke_config|AWS::IAM::|AWS::SQS::|AWS::SNS::Subscription|AWS::Lambda::EventInvokeConfig"
)
"""Resources that put messages into a channel, or allow it."""
_RUNNING = re.compile(r"AWS::(?:Serverless|Lambda)::Function|aws_lambda_function\"")
"""Resources that alarms may stop, and that watch nothing."""
_HANDED = re.compile(r"(?i)arn\b|^\s*output\s|^\s*\"?Outputs")
_GIVEN = re.compile(
    r"""^\s*(?:-\s*)?(?:[\w<>]+\s+)*["']?[\w.\-\[\]]+["']?\s*[:=]\s*["']?[\w.\-/:${}]+["']?\s*[,;]?\s*(?:(?:#|//).*)?$"""
)
"""A line that only gives a name to something."""
_ANY_SUCH = re.compile(
    r"""(?i)(?:\*|\.\+|%|\|)["']?[\w.\\-]{0,3}(?:dlq|dead|dlt|error|poison)|(?:dlq|dead[-_.]?letters?|dlt|errors?)["')]?\s*(?:\.?\*|\.\+|%)|(?:contains|endswith|ends_with|search)\W.{0,60}(?:dlq|dead|dlt)"""
)
"""A pattern that many channels of dead letters fit."""
_ALL_QUEUES = {
    "rabbitmq": re.compile(r"rabbitmq_(?:detailed_)?queue_messages\w*\s*(?:[^{\w\s]|$|\{(?![^}]*queue\s*=\s*\"))"),
    "sqs": re.compile(r"(?i)aws[._]sqs[\w.]*\{[^}]*\}\s*by\s*\{[^}]*queue"),
}
"""Alarms on each queue of a broker."""
_CALLED = re.compile(r"(?i)^\W*(?:alarm_?name|alarm_?description|description|title|summary|alert)\W")
"""A line that says what an alarm is called, and not what it watches."""
_QUEUE_METRICS = frozenset(
    ("rabbitmq_queue_messages", "rabbitmq_detailed_queue_messages", "aws.sqs", "aws_sqs", "AWS_SQS", "AWS.SQS")
)
_COMMENTS = ("#", "//", "*", "/*")
_TEXTS = (".tf", ".yaml", ".yml", ".json", ".template", ".toml", ".properties", ".conf", ".tpl")
_NEAR = 6
"""Lines after the one where a channel's declaration begins that still belong to it."""


class Line(NamedTuple):
    """A line of a file, from 1, that speaks of dead letters, and what stands around it."""

    path: str
    number: int
    text: str
    around: str
    is_code: bool

    @property
    def is_alarm(self) -> bool:
        return _ALARM.search(self.around) is not None


class Words(NamedTuple):
    """How the workspace calls one channel: its ``name`` anywhere, and what stands for it in one folder or file."""

    names: tuple[str, ...]
    handles: tuple[tuple[str, str], ...]
    """Where a word means the channel (a file, or a folder that ends with ``/``), and the word."""
    places: tuple[Place, ...]

    @property
    def tell(self) -> bool:
        """Whether anything tells the channel from others in a text."""
        return bool(self.names or self.handles)

    def may_be_in(self, line: Line) -> bool:
        """Whether what a line belongs to has a word with one of these in it."""
        words = (*self.names, *(word.rpartition(".")[2] for _, word in self.handles))
        return any(word in line.around for word in words)

    def are_in(self, line: Line) -> bool:
        return any(_stands(name, line.text) for name in self.names) or self.refer(line)

    def tell_whole(self, line: Line) -> bool:
        """Whether a line has the whole name, and not one that goes on after it, or refers to what is declared."""
        return self.refer(line) or any(_stands(name, line.text, "_-.") for name in self.names)

    def refer(self, line: Line) -> bool:
        """Whether a line refers to what is declared, rather than writing the channel's name."""
        return any(_stands(word, line.text, "_-") for where, word in self.handles if _is_within(line.path, where))


class Said(NamedTuple):
    """What one file says: the lines of interest, and the brokers on each of whose queues it has an alarm."""

    lines: tuple[Line, ...]
    watched: frozenset[str]


class Told:
    """All lines that speak of dead letters, or of some channels."""

    def __init__(self, context: CheckContext, known: Collection[Words]) -> None:
        self._context = context
        said = context.shared["told of channels"] = self._read(tuple(sorted(_patterns(known))))
        self.lines = tuple(line for one in said[1].values() for line in one.lines)
        self._watched = frozenset(broker for one in said[1].values() for broker in one.watched)

    def interest(self, words: Words) -> tuple[Interest, Line | None]:
        """The strongest interest that any line takes in a channel, and that line."""
        found: tuple[Interest, Line | None] = ("none", None)
        for line in self.lines:
            if words.are_in(line) and not _declares(line, words.places):
                kind = interest_of(line, words.refer(line))
                if _STRENGTH.index(kind) < _STRENGTH.index(found[0]):
                    found = (kind, line)
        return found

    def watches_all(self, broker: str) -> bool:
        """Whether an alarm holds for each queue, or for whatever is called like dead letters."""
        return broker in self._watched or any(
            line.is_alarm and not line.is_code and _ANY_SUCH.search(line.text) for line in self.lines
        )

    def alarm(self, words: Words) -> Line | None:
        """The first line of an alarm that tells a channel and no other: by its whole name, or by what refers to it."""
        return next(
            (
                line
                for line in self.lines
                if _is_alarm(line)
                and not _CALLED.search(line.text)
                and words.tell_whole(line)
                and not _declares(line, words.places)
            ),
            None,
        )

    def alarms_on_others(self, known: Collection[Words]) -> bool:
        """Whether there is an alarm on dead letters of which it is not known which channels they lie in."""
        return any(_is_alarm(line) and not any(one.may_be_in(line) for one in known) for line in self.lines)

    def _read(self, patterns: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, Said]]:
        """What each file says that says anything, with the words that were looked for; an edit has only its own files read again."""
        before = self._context.before.shared.get("told of channels") if self._context.before is not None else None
        old: dict[str, Said] = before[1] if before is not None and before[0] == patterns else {}
        is_known = before is not None and before[0] == patterns
        automaton = BytesAhoCorasick([one.encode() for one in patterns], implementation=Implementation.DFA)
        found: dict[str, Said] = {}
        for path in self._paths():
            self._context.beat()
            if is_known and not self._context.is_renewed(path):
                said = old.get(path)
            else:
                said = _said(path, self._context.graph.program.workspace.text_if_there(path), patterns, automaton)
            if said is not None:
                found[path] = said
        return patterns, found

    def _paths(self) -> Iterator[str]:
        program = self._context.graph.program
        workspace = program.workspace
        for path in workspace.configs():
            if path.endswith(_TEXTS) and workspace.source_set(path) != "test":
                yield path
        yield from sorted(one.path for one in program.loaded() if workspace.source_set(one.path) != "test")


def words_of(context: CheckContext, names: Iterable[str], places: Iterable[Place]) -> Words:
    """How the workspace calls a channel of some names that is declared at some places."""
    where = tuple(places)
    text = context.graph.program.workspace.text_if_there
    handles = dict.fromkeys(
        pair for place in where for pair in _handles(text(place.file).decode("utf-8", "replace"), place)
    )
    return Words(tuple(part for name in names if (part := _telling(name))), tuple(handles), where)


def _patterns(known: Iterable[Words]) -> set[str]:
    words = {word for one in known for word in (*one.names, *(word for _, word in one.handles))}
    return {*_MARKS, *_QUEUE_METRICS, *words}


def _said(path: str, source: bytes, patterns: tuple[str, ...], automaton: BytesAhoCorasick) -> Said | None:
    met = {patterns[number] for number, _, _ in automaton.find_matches_as_indexes(source, overlapping=True)}
    if not met:
        return None
    text = source.decode("utf-8", "replace")
    watched = frozenset(broker for broker, alarm in _ALL_QUEUES.items() if alarm.search(text)) if met & _QUEUE_METRICS else frozenset()  # fmt: skip
    return Said(tuple(_lines(path, text, met - _QUEUE_METRICS)), watched)


_STRENGTH: tuple[Interest, ...] = ("alarm", "use", "passed-on", "none")


def interest_of(line: Line, is_reference: bool) -> Interest:
    """What a line that names a channel, and does not declare it, says of it."""
    if _is_alarm(line):
        return "alarm"
    if line.is_code:
        return "use" if _LOOKING.search(line.text) and not _MAKING.search(line.text) else "none"
    if _MAKING.search(line.text) or _ONLY_MADE.search(line.around):
        return "none"
    if _HANDED.search(line.text) or _HANDED.match(line.around):
        return "passed-on"
    return "none" if _GIVEN.match(line.text) and not is_reference else "use"


def _is_alarm(line: Line) -> bool:
    """Whether a line belongs to an alarm, and is none of its comments."""
    return (
        line.is_alarm
        and not line.text.lstrip().startswith(_COMMENTS)
        and not _ONLY_MADE.search(line.around)
        and not _RUNNING.search(line.around)
    )


def _lines(path: str, text: str, words: Collection[str]) -> Iterator[Line]:
    lines = text.splitlines()
    is_code = not path.endswith(_TEXTS)
    for at, line in enumerate(lines):
        if any(word in line for word in words):
            around = (one for one in _around(lines, at, path) if not one.lstrip().startswith(_COMMENTS))
            yield Line(path, at + 1, line, "\n".join(around), is_code)


def _around(lines: list[str], at: int, path: str) -> list[str]:
    """The block that a line belongs to: a resource of a template, a rule of a list, some lines of code."""
    if path.endswith((".tf", ".hcl")):
        return _block(lines, at, 0)
    if path.endswith((".yaml", ".yml", ".json", ".template", ".tpl")):
        return _block(lines, at, _second_indent(lines, at))
    return lines[max(0, at - 1) : at + 2]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _second_indent(lines: list[str], at: int) -> int:
    """The indentation of what a line belongs to on the second level of its document."""
    levels = [_indent(lines[at])]
    for line in reversed(lines[:at]):
        if line.strip() and _indent(line) < levels[-1]:
            levels.append(_indent(line))
            if not levels[-1]:
                break
    return levels[-2] if len(levels) > 1 else levels[0]


def _block(lines: list[str], at: int, indent: int) -> list[str]:
    """The lines from the one with an indentation that a line hangs on to the next such one."""
    begin = at
    while begin and (
        _indent(lines[begin]) > indent or not lines[begin].strip() or lines[begin][indent : indent + 1] in "})]"
    ):
        begin -= 1
    end = at + 1
    while end < len(lines) and (_indent(lines[end]) > indent or not lines[end].strip()):
        end += 1
    return lines[begin:end]


def _declares(line: Line, places: Iterable[Place]) -> bool:
    """Whether a line stands where a channel is declared, and does not only look whether it is there."""
    return not (line.is_code and _LOOKING.search(line.text)) and any(
        place.file == line.path
        and (place.line == line.number or (0 <= line.number - place.line <= _NEAR and not line.is_alarm))
        for place in places
    )


def _is_within(path: str, where: str) -> bool:
    return path == where or (where.endswith("/") and path.rpartition("/")[0] == where.rstrip("/"))


def _stands(word: str, text: str, joining: str = "_") -> bool:
    """Whether a text has a word that is no part of a longer one; ``joining``: what a longer one may go on with beside letters."""
    start = text.find(word)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(word) : start + len(word) + 1]
        if not (before.isalnum() or before == "_") and not (after.isalnum() or (after and after in joining)):
            return True
        start = text.find(word, start + 1)
    return False


_SHORTEST = 7
"""Letters that the known part of a name must have to tell a channel from others."""
_RESOURCE = re.compile(r"""^\s*resource\s+"([\w-]+)"\s+"([\w-]+)\"""")
_KEY = re.compile(r"""^\s*"?([A-Za-z][A-Za-z0-9]*)"?\s*:""")
_TARGET = re.compile(r"""(?:^|[\s.])(\w+)\s*(?::\s*[\w.<>|\s]+)?:?=(?![=>])""")


def _telling(name: str) -> str:
    """The longest known part of a name with holes, where that is enough to tell it."""
    part = max(name.split("*"), key=len).strip("-._/:")
    return part if len(part) >= _SHORTEST else ""


def _handles(text: str, place: Place) -> Iterator[tuple[str, str]]:
    lines = text.splitlines()
    if not 0 < place.line <= len(lines):
        return
    line, folder = lines[place.line - 1], f"{place.file.rpartition('/')[0]}/"
    if place.file.endswith(".tf"):
        resource = _RESOURCE.match(line)
        if resource is not None:
            yield folder, f"{resource[1]}.{resource[2]}"
    elif place.file.endswith((".yaml", ".yml", ".json", ".template")):
        key = _KEY.match(line)
        if key is not None and "AWS::" in text:
            yield place.file, key[1]
    else:
        target = _TARGET.search(line) or (_TARGET.search(lines[place.line - 2]) if place.line > 1 else None)
        if target is not None and any(mark in target[1] for mark in _MARKS):
            yield place.file, target[1]
