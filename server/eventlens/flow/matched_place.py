"""Where an entry of a model matched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eventlens import ir

if TYPE_CHECKING:
    from eventlens.flow.denotations import Denotation, Environment, LibraryValue
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import ClassIndex, Frame


@dataclass(frozen=True)
class Place:
    """Where a model entry matched: everything that an access path may speak of.

    ``call`` is the call (or decorator, when ``decorator`` is None) in ``frame``; ``receiver`` the library value on which it is
    made and ``names`` the members read off it; ``function`` and ``index`` the decorated function or matched class.
    """

    evaluator: Evaluator
    call: ir.Value | None
    frame: Frame | None
    receiver: LibraryValue | None = None
    names: tuple[str, ...] = ()
    others: tuple[LibraryValue, ...] = ()
    """What else the receiver may be, of the same type: made elsewhere (one of two queues)."""
    environment: Environment = ()
    decorator: ir.Value | None = None
    function: Frame | None = None
    index: ClassIndex | None = None
    base: ir.TypeRef | None = None
    within: ir.Value | None = None
    beside: ir.Value | None = None
    handler_call: ir.Call | None = None
    handler_frame: Frame | None = None
    element: tuple[Denotation, ...] | None = None
    """When set, positional and keyword heads are members of this element (``each``)."""
    own: dict[str, Denotations] = field(default_factory=dict)
    setting: Callable[[str], Denotations] | None = None
    sent: tuple[str, Denotation] | None = None
    """Position, and the one event that is looked at of those that the call may send there."""
    registration: Callable[[Place, str], Denotations] | None = None
    has_braced_keys: bool = False
    """Whether texts of the library hold keys of the configuration in double braces."""
    carried_by: tuple[Frame, ir.Value] | None = None
    """Where the workspace's decorator is written that puts ``decorator`` on the function."""
    tokens: tuple[str, ...] = ()
    """Paths to the tokens of the registrations that hold for the entry."""

    def arguments(self) -> Sequence[ir.Argument]:
        """The call's arguments."""
        return self.call.args if isinstance(self.call, ir.Call) else ()
