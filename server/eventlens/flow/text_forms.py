"""Exports that give their argument in another form: as text in another case, or as the type that it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_members, texts
from eventlens.flow.denotations import Denotation, External
from eventlens.flow.library_models import export_matches
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator


def result(evaluator: Evaluator, callee: External, node: ir.Call, frame: Frame) -> Denotations:
    """What the call of an export that a model calls a text form, or a way to a type, gives; empty for any other."""
    if not node.args:
        return ()
    found: list[Denotation] = []
    for model in evaluator.catalogue.models_for(callee):
        if not (model.text_forms or model.types_of) or not model.owns(callee):
            continue
        given = evaluator.evaluate(node.args[0].value, frame)
        for pattern, form in model.text_forms:
            if export_matches(pattern, callee):
                found.extend(d for item in given for d in texts.in_case(item, "{" + form + "}"))
        if any(export_matches(pattern, callee) for pattern in model.types_of):
            found.extend(d for item in given for d in class_members.class_as_value(item))
    return tuple(dict.fromkeys(found))
