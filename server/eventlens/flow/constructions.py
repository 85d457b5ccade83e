"""Calls that construct an object of a class of the workspace."""

from __future__ import annotations

from eventlens import ir
from eventlens.flow import class_hierarchy
from eventlens.flow.denotations import ClassRef, Denotation, Instance, unique
from eventlens.flow.evaluation import Denotations, Evaluator
from eventlens.flow.module_index import CallSite
from eventlens.flow.scopes import ClassIndex


def constructs(evaluator: Evaluator, index: ClassIndex, site: CallSite) -> bool:
    """Whether a call constructs the class whose constructor runs: the class itself, a subclass without its own, or ``super``."""
    callee = site.call.callee
    if isinstance(callee, ir.Super) or (
        isinstance(callee, ir.Member) and isinstance(callee.object, ir.Super | ir.Call) and callee.name == "__init__"
    ):
        own = site.frame.cls
        return own is not None and own is not index and index in list(class_hierarchy.bases(evaluator, own))[1:]
    for meaning in evaluator.evaluate(callee, site.frame):
        if isinstance(meaning, ClassRef):
            for base in class_hierarchy.bases(evaluator, meaning.index):
                if base is index:
                    return True
                if base.constructor is not None:
                    break
    return False


def instances(evaluator: Evaluator, index: ClassIndex) -> Denotations:
    """The constructions of a class and of those that extend it."""
    found: list[Denotation] = []
    for cls in (index, *class_hierarchy.subclasses(evaluator, index)):
        for site in evaluator.program.called(cls.name, cls.module):
            meanings = evaluator.evaluate(site.call.callee, site.frame)
            found.extend(
                Instance(cls, site.call, site.frame)
                for meaning in meanings
                if isinstance(meaning, ClassRef) and meaning.index is cls
            )
    return unique(found)
