"""Calls of functions that are handed over: to a library that runs them, or to a function of the workspace that calls what it is given."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.flow import conditions, reading
from eventlens.flow.call_chains import Caller
from eventlens.flow.denotations import External, FunctionRef, LibraryMember, LibraryValue, Parameter
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.library_models import CompiledModel, export_matches, member_matches
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import CallSite
from eventlens.flow.scopes import Frame


def called_back(evaluator: Evaluator, frame: Frame, names: list[str]) -> Iterator[Caller]:
    """Calls of a function by the functions of the workspace that it is given to (``consume(topic, s.process)`` calls ``worker(reader)``)."""
    for name in dict.fromkeys(names):
        for site in evaluator.program.mentioned(name, frame.module):
            for position, argument in enumerate(site.call.args):
                given = [
                    value
                    for value in evaluator.evaluate(argument.value, site.frame)
                    if isinstance(value, FunctionRef) and value.frame is frame
                ]
                for callee in given[:1]:
                    yield from _runs(evaluator, callee, site, position)


def _runs(evaluator: Evaluator, given: FunctionRef, site: CallSite, position: int) -> Iterator[Caller]:
    """Where the function that a call is of calls what it is given at a position."""
    for taker in evaluator.evaluate(site.call.callee, site.frame):
        function = taker.frame.function if isinstance(taker, FunctionRef) else None
        if function is None or position >= len(function.parameters) or not isinstance(taker, FunctionRef):
            continue
        wanted = Parameter(taker.frame, function.parameters[position].name)
        for call_site in taker.frame.module.calls.get(wanted.name, ()):
            if wanted in evaluator.evaluate(call_site.call.callee, call_site.frame):
                yield Caller(call_site.frame, call_site.call, given)


def handed_over(evaluator: Evaluator, frame: Frame, site: CallSite) -> Iterator[Caller]:
    """Calls of something that runs a function given to it (``add_task(publish, …)``, ``Thread(target=…)``)."""
    for model, names, value in _library_callee(evaluator, site):
        for entry in model.model.applications:
            pattern = model.pattern_of(entry)
            matches = export_matches(pattern, names) if isinstance(names, External) else member_matches(pattern, names)
            if not matches or not conditions.hold(evaluator, entry.when, site.call, site.frame, value):
                continue
            place = Place(evaluator, site.call, site.frame, value)
            for meaning in reading.read(place, entry.function):
                if isinstance(meaning, FunctionRef) and meaning.frame is frame:
                    yield Caller(site.frame, site.call, meaning, entry.first)


def _library_callee(
    evaluator: Evaluator, site: CallSite
) -> Iterator[tuple[CompiledModel, tuple[str, ...] | External, LibraryValue | None]]:
    for callee in evaluator.evaluate(site.call.callee, site.frame):
        if isinstance(callee, LibraryMember):
            yield callee.value.model, callee.names, callee.value
        elif isinstance(callee, External):
            for model in evaluator.catalogue.models_for(callee):
                if model.model.applications:
                    yield model, callee, None
