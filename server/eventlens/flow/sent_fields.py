"""All that is sent, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from eventlens.flow.scopes import ClassIndex, Frame


class SentField(NamedTuple):
    """A field that travels, as it is written."""

    name: str
    kinds: frozenset[str] = frozenset()
    """What it is on the wire; empty where that is not certain."""
    inside: tuple[Sent, ...] = ()
    """The objects in it: the one that it is, or those that are in its list."""
    is_open: bool = False
    """Whether it may hold fields that were not seen."""
    texts: frozenset[str] = frozenset()
    """The fixed texts that it may be."""

    @property
    def inner(self) -> Sent | None:
        """The object that it is; None where it is none, or not all of it is seen."""
        is_object = self.kinds == {"object"} and not self.is_open
        return joined(self.inside) if is_object and self.inside else None


class Sent(NamedTuple):
    """All fields of what is sent, by their folded names; ``maybe`` are the names of what may travel beside them."""

    fields: Mapping[str, SentField]
    maybe: frozenset[str] = frozenset()
    spelt: frozenset[str] = frozenset()
    """The names as they are written, where literals say that they travel just so; else none."""
    is_only_declared: bool = False
    """Whether it is only said to be of a type where objects are open: it may hold more, as a request's body does."""
    made_by: tuple[Frame | ClassIndex, ...] = ()
    """The functions and classes that say what is in it."""

    def has(self, name: str) -> bool:
        """Whether a field of a folded name may travel."""
        return name in self.fields or name in self.maybe

    def within(self) -> Iterator[tuple[Sent, SentField]]:
        """Its fields and theirs, at any depth, with the object that each is in."""
        for one in self.fields.values():
            yield self, one
            for inner in one.inside:
                yield from inner.within()


def joined(several: Iterable[Sent]) -> Sent:
    """What one of several messages may hold."""
    alternatives = list(several)
    if len(alternatives) == 1:
        return alternatives[0]
    fields: dict[str, SentField] = {}
    for one in alternatives:
        for name, field in one.fields.items():
            fields[name] = _joined_field(fields[name], field) if name in fields else field
    spelt = [one.spelt for one in alternatives]
    return Sent(
        fields,
        frozenset[str]().union(*(one.maybe for one in alternatives)),
        frozenset[str]().union(*spelt) if all(spelt) else frozenset(),
        any(one.is_only_declared for one in alternatives),
        tuple(made for one in alternatives for made in one.made_by),
    )


def _joined_field(one: SentField, other: SentField) -> SentField:
    return SentField(
        one.name,
        one.kinds | other.kinds if one.kinds and other.kinds else frozenset(),
        (*one.inside, *other.inside),
        one.is_open or other.is_open,
        one.texts | other.texts,
    )
