"""A desk is broken under load: what it acknowledged holds, and it comes back.

The long form is that of `make faults` and writes docs/faults.md, too.
"""

import os

import pytest

from tests.faults.__main__ import ROUNDS, SEED, STORES, broken
from tests.faults.kinds import FAULTS
from tests.faults.page import write
from tests.faults.rounds import rounds
from tests.faults.world import world
from tests.relay import WARNS

pytestmark = WARNS
PROVING = bool(os.environ.get("ACEDESK_PROVE"))
FEW = ("the bot says a list of others", "the worker is killed", "the disk is full")


@pytest.mark.skipif(PROVING, reason="the long form makes these rounds, too")
async def test_a_broken_desk_keeps_what_it_acknowledged() -> None:
    async with world("sqlite") as made:
        able = [name for name in FEW if FAULTS[name].possible(made)]
        found = {one.fault: one.findings async for one in rounds(made, able, seed=SEED)}
    assert found == {name: [] for name in able}
    if missing := set(FEW) - set(able):
        pytest.skip(f"can't be made here: {missing}")


@pytest.mark.skipif(not PROVING, reason="the long form, which make prove and make faults run")
async def test_a_desk_that_is_broken_a_hundred_times_keeps_what_it_acknowledged() -> None:
    done = await broken(STORES, ROUNDS, seed=SEED)
    write(done, seed=SEED)
    assert [(one.number, one.fault, one.findings) for one in done if one.findings] == []
