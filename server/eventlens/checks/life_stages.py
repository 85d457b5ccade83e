"""Which stage in the life of which thing a message tells of, by its words: ``OrderPlaced`` is the birth of an order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from eventlens import ir
from eventlens.config.name_words import words_of
from eventlens.flow.denotations import Denotation, EnumMember, Instance, Record, Scalar
from eventlens.flow.members import record_member
from eventlens.flow.model import Site
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Publish

Kind = Literal["birth", "change", "later"]

_STEMS: dict[Kind, str] = {
    "birth": "create place register open add submit book insert start begin initiate",
    "change": "update change modify edit move rename adjust upsert amend reschedule enable disable activate deactivate suspend resume"
    " block unblock lock unlock",
    "later": "delete remove cancel close ship deliver complete confirm approve reject pay refund expire archive finish accept assign dispatch"
    " withdraw return settle fail",
}
"""The verbs of each stage, in the form of a command. Those that come later may be alternatives: a payment completes, or fails."""
_IRREGULAR: dict[str, Kind] = {"paid": "later", "withdrawn": "later", "begun": "birth", "sold": "later"}
_NOISE = re.compile(
    r"events?|messages?|msg|dto|command|payload|record|publish(?:er|ing)?|send(?:er|ing)?|emit(?:ter)?|notify|notification|produ(?:ce|cer)|push|handler?"
    r"|on|process|kafka|topic|service|async|to|do|execute|run|new|the|an?|v\d+|integration|domain|and|for|of|is|was|has|been|outbox|data|model|entity"
    r"|my|controller|use|case|usecase|post|put|patch|\d+"
)
"""Words beside the thing and what happened to it."""
_SAYS_STAGE = frozenset(("eventtype", "type", "eventname", "event", "action", "operation", "status", "state", "kind"))
"""Fields that say what happened, in small letters without underscores."""


class Stage(NamedTuple):
    """A stage by its verb, how it is written, and the thing ("" where only the stage is said)."""

    kind: Kind
    verb: str
    written: str
    thing: str
    by_function: bool = False
    """Whether only the function that publishes is called so, and not what it publishes."""


def follow_each_other(stages: Iterable[Stage]) -> bool:
    """Whether stages are different ones of one life, in an order that means something: what came to be and what became of it, or changes."""
    kinds = {stage.verb: stage.kind for stage in stages}
    return len(kinds) > 1 and ("change" in kinds.values() or {"birth", "later"} <= set(kinds.values()))


def stage_in(text: str) -> Stage | None:
    """The stage that a name tells of; None where it tells of none, or of several.

    Where a verb stands as a participle, others are nouns (``BookReturned``)."""
    words = words_of(text)
    verbs = [word for word in words if word in _VERBS]
    verbs = [word for word in verbs if word != _VERBS[word][0]] or verbs
    if len({_VERBS[word][1] for word in verbs}) != 1:
        return None
    thing = [word.rstrip("s") for word in words if word not in verbs and not _NOISE.fullmatch(word)]
    verb, kind = _VERBS[verbs[0]]
    return Stage(kind, verb, text, "".join(thing))


def _is_noun(event: str) -> bool:
    """Whether a type says of its messages only that something happened (``ParcelChange``, ``OrderUpdateEvent``): one type for several stages."""
    words = words_of(event)
    return not any(word in _VERBS and (at == 0 or word != _VERBS[word][0]) for at, word in enumerate(words))


def _forms(verb: str) -> Iterator[str]:
    yield verb
    if verb.endswith("e"):
        yield f"{verb}d"
    elif verb.endswith("y"):
        yield f"{verb[:-1]}ied"
    else:
        yield f"{verb}ed"
        yield f"{verb}{verb[-1]}ed"


_VERBS: dict[str, tuple[str, Kind]] = {
    **{form: (verb, kind) for kind, verbs in _STEMS.items() for verb in verbs.split() for form in _forms(verb)},
    **{form: (form, kind) for form, kind in _IRREGULAR.items()},
}


def stages_of(node: SiteNode, site: Site) -> list[Stage]:
    """The stages that a publish may tell of: as its event is called, as a field of what it sends says, as its function is called."""
    if site.event and (stage := stage_in(site.event)) is not None and not _is_noun(site.event):
        return [stage]
    said = [stage for text in _texts_said(node) if (stage := stage_in(text)) is not None]
    if said:
        return list(dict.fromkeys(said))
    spoken_of = "".join(words_of(f"{site.channel or ''} {site.event or ''} {site.schema_name or ''}"))
    named = (stage_in(name) for name in _names_around(node))
    return [
        one._replace(by_function=True) for one in named if one is not None and one.thing and one.thing in spoken_of
    ][:1]


def _texts_said(node: SiteNode) -> Iterator[str]:
    entry = node.match.entry
    if not isinstance(entry, Publish):
        return
    evaluator = node.place.evaluator
    for value in read_first(node.place, entry.payload):
        if isinstance(value, Record):
            for key in (one.key for one in value.node.fields if one.key is not None and _says_stage(one.key)):
                yield from _texts(record_member(evaluator, value, key, value.node, value.frame))
        elif isinstance(value, Instance) and value.call is not None:
            for argument in value.call.args:
                if (argument.name is None or _says_stage(argument.name)) and value.frame is not None:
                    yield from _texts(evaluator.evaluate(argument.value, value.frame, value.environment))


def _says_stage(field: str) -> bool:
    return field.lower().replace("_", "") in _SAYS_STAGE


def _texts(values: Iterable[Denotation]) -> Iterator[str]:
    for value in values:
        if isinstance(value, EnumMember):
            yield value.name
        elif isinstance(value, Scalar) and isinstance(value.value, str) and len(value.value) < 60:
            yield value.value


def _names_around(node: SiteNode) -> Iterator[str]:
    frame: Frame | None = node.frame
    while frame is not None:
        if frame.function is not None and isinstance(frame.function, ir.Function) and frame.function.name:
            yield frame.function.name
            if frame.cls is not None:
                yield frame.cls.name  # ``CreateOrderUseCase.execute``
            return
        frame = frame.parent
