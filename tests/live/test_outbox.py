"""The outbox, run and killed: what was committed arrives, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from fixes.proving import Analysed

from .cases import Case, Mutation, read_cases
from .conftest import REQUIRED
from .editing import mend
from .grounds import Grounds
from .loops import outbox_loop
from .stage import Stage

CASES = read_cases("outbox")
QUICK = "outbox-sqlalchemy-pika"
KILLS, CONTROL_KILLS = (24, 8) if REQUIRED else (6, 4)

pytestmark = pytest.mark.skipif(not CASES, reason="no cases")
MUTATIONS = [(case, one) for case in CASES for one in case.without]


def only_quick(case: Case) -> None:
    if not REQUIRED and case.name != QUICK:
        pytest.skip("one case is run by default, make test-live runs all")


async def mended(grounds: Grounds, case: Case, name: str) -> Stage:
    stage = grounds.stage(case, name)
    await mend(stage.root, case)
    after = Analysed(stage.root)
    assert after.of_rule(case.rule) == [] and not after.syntax_errors()
    return stage


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_nothing_is_lost(case: Case, grounds: Grounds, needed: Callable[[Case], None], random: Random) -> None:
    only_quick(case)
    needed(case)
    stage = await mended(grounds, case, case.name)
    stage.prepare()
    tally = await grounds.run(case.name, outbox_loop(stage, KILLS, random, mended=True))
    assert tally.faults == {}, tally
    assert tally.messages > tally.kills


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_before_the_fix_messages_are_lost(
    case: Case, grounds: Grounds, needed: Callable[[Case], None], random: Random
) -> None:
    only_quick(case)
    needed(case)
    name = f"{case.name}, before"
    stage = grounds.stage(case, name)
    stage.prepare()
    tally = await grounds.run(name, outbox_loop(stage, CONTROL_KILLS, random, mended=False))
    assert 0 < len(tally.lost) < tally.messages, tally


@pytest.mark.parametrize(
    ("case", "mutation"), MUTATIONS, ids=lambda one: getattr(one, "name", None) or one.line.strip()
)
async def test_the_loop_fails_without_the_line(
    case: Case, mutation: Mutation, grounds: Grounds, needed: Callable[[Case], None], random: Random
) -> None:
    only_quick(case)
    needed(case)
    name = f"{case.name}, without {mutation.line.strip()}"
    stage = await mended(grounds, case, name.replace("/", "-"))
    mutation.apply(stage.root)
    stage.prepare()
    tally = await grounds.run(name, outbox_loop(stage, CONTROL_KILLS * 2, random, mended=True))
    assert mutation.shows in tally.faults, tally
