"""What a poll loop does before it takes a message is no handling of it, unless an earlier turn left something for it."""

from __future__ import annotations

import pytest

from eventlens.flow.program import ModuleIndex
from eventlens.flow.walk import loops_of, reads_before
from eventlens.syntax.lowering import lower

LOOPS = [
    ("for { wait(); message, err = poll(); handle(message) }", False),
    ("for { err = wait(); if err != nil { continue }; message, err = poll(); handle(message) }", False),
    ("for { handle(message); message, err = poll() }", True),
    ("for { for _, one := range message { handle(one) }; message, err = poll() }", True),
    ("for { if err != nil { report(err) }; message, err = poll() }", True),
]


@pytest.mark.parametrize(("loop", "carried_over"), LOOPS)
def test_what_an_earlier_turn_left(loop: str, carried_over: bool) -> None:
    module = ModuleIndex(lower("poll.go", f"package p\nfunc f() {{ {loop} }}".encode()))
    frame = next(one for one in module.frames if one.function is not None)
    (poll,) = (call for call in frame.calls if call.callee.name == "poll")
    around = next(iter(loops_of(frame)))
    assert reads_before(around.body, poll, {"message", "err"}) is carried_over
