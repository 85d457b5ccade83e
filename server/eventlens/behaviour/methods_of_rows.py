"""Methods of rows whose class no declaration names: the read that gives the row tells of whose rows it asks.

``const order = await orders.findOneByOrFail({ id }); order.cancel();`` runs the method of the entity that the repository is of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.rows_read import KEEPING
from eventlens.flow import class_members
from eventlens.flow.denotations import ClassRef, FunctionRef, Instance
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.knowledge.schema import Effect

MatchesOf = Callable[[ir.Call, Frame], Sequence[LibraryMatch]]
"""What a call is to the libraries' models."""
_MOST_STEPS = 6


def methods_of_row(node: ir.Call, frame: Frame, evaluator: Evaluator, matches: MatchesOf) -> Iterator[FunctionRef]:
    """The methods that a call runs on a row that a local name holds."""
    callee = node.callee
    if not isinstance(callee, ir.Member) or not isinstance(callee.object, ir.Name):
        return
    for entity in _classes_held(callee.object, frame, matches):
        for one in class_members.class_member(evaluator, entity, callee.name, Instance(entity)):
            if isinstance(one, FunctionRef):
                yield one


def _classes_held(name: ir.Name, frame: Frame, matches: MatchesOf) -> Iterator[ClassIndex]:
    """The class of the row that a name of the function is given, where it is given one thing alone."""
    known = frame.definitions.get(name.name, ())
    if len(known) != 1 or known[0].kind != "value" or known[0].path:
        return
    value = known[0].value
    for _ in range(_MOST_STEPS):
        if isinstance(value, ir.Await):
            value = value.value
        elif not isinstance(value, ir.Call):
            return
        elif reads := [one for one in matches(value, frame) if isinstance(one.entry, Effect)]:
            yield from (entity for one in reads for entity in _class_read(one))
            return
        elif isinstance(value.callee, ir.Member) and value.callee.name.lower() in KEEPING:
            value = value.callee.object
        else:
            return


def _class_read(match: LibraryMatch) -> Iterator[ClassIndex]:
    entry = match.entry
    if isinstance(entry, Effect) and entry.kind == "read":
        yield from (one.index for one in read_first(match.place, entry.entity) if isinstance(one, ClassRef | Instance))
