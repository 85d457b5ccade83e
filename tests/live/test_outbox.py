"""The outbox, run and killed: what was committed arrives, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from .cases import Case, Mutation, read_cases
from .conftest import REQUIRED
from .editing import mended
from .grounds import Grounds
from .loops import outbox_loop

CASES = read_cases("outbox")
MUTATIONS = [(case, one) for case in CASES for one in case.without if REQUIRED]
KILLS, CONTROL_KILLS = (20, 6) if REQUIRED else (6, 4)


@pytest.fixture(autouse=True)
def ready(case: Case, needed: Callable[[Case], None]) -> None:
    if not REQUIRED and case.name != "outbox-sqlalchemy-pika":
        pytest.skip("one case is run by default, make test-live runs all")
    needed(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_nothing_is_lost(case: Case, grounds: Grounds, random: Random) -> None:
    stage = await mended(grounds, case, case.name)
    stage.prepare()
    tally = await grounds.run(case.name, outbox_loop(stage, case.kills or KILLS, random, mended=True))
    assert tally.faults == {}, tally
    assert tally.messages > tally.kills


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_before_the_fix_messages_are_lost(case: Case, grounds: Grounds, random: Random) -> None:
    name = f"{case.name}, before"
    stage = grounds.stage(case, name)
    stage.prepare()
    tally = await grounds.run(name, outbox_loop(stage, CONTROL_KILLS, random, mended=False))
    assert 0 < len(tally.lost) < tally.messages, tally


@pytest.mark.parametrize(
    ("case", "mutation"), MUTATIONS, ids=lambda one: getattr(one, "name", None) or one.line.strip()
)
async def test_the_loop_fails_without_the_line(
    case: Case, mutation: Mutation, grounds: Grounds, random: Random
) -> None:
    name = f"{case.name}, without {mutation.line.strip()}"
    stage = await mended(grounds, case, name.replace("/", "-"))
    mutation.apply(stage.root)
    stage.prepare()
    tally = await grounds.run(name, outbox_loop(stage, CONTROL_KILLS * 2, random, mended=True))
    assert mutation.shows in tally.faults, tally
