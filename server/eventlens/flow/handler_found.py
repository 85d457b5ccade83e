"""What is found out about the handler of a subscription."""

from __future__ import annotations

from typing import NamedTuple

from eventlens import ir
from eventlens.flow.denotations import Denotation
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.scopes import Frame


class Export(NamedTuple):
    """A name that a module exports, by which deployment knows a handler; bytes of where it is defined."""

    module: ModuleIndex
    name: str
    start: int
    end: int


class HandlerFound(NamedTuple):
    """A handler: the function that runs, and for a poll loop the loop whose body it is.

    ``symbolic`` are denotations that depend on a caller: the subscription is then in a wrapper. ``call`` is the call that hands
    the handler over where that is another than the subscription's own.
    """

    frame: Frame | None
    loop: ir.Loop | None = None
    loop_frame: Frame | None = None
    symbolic: tuple[Denotation, ...] = ()
    call: ir.Call | None = None
    export: Export | None = None
    """What is deployed, where that is made of the function by code that lies elsewhere (a wrapper that many handlers share)."""

    taken: ir.Node | None = None
    """The call of the loop that takes a message, where nothing before it in the loop concerns one that an earlier turn took."""

    def precedes_message(self, node: ir.Node, frame: Frame) -> bool:
        """Whether code of the loop runs before there is a message."""
        return self.taken is not None and frame is self.loop_frame and node.end <= self.taken.start

    @property
    def body(self) -> tuple[ir.Statement, ...]:
        """What runs for a message: the loop's body, else the function's."""
        if self.loop is not None:
            return self.loop.body
        function = self.frame.function if self.frame is not None else None
        return function.body or () if function is not None else ()


NOTHING = HandlerFound(None)
