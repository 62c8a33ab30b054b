"""The hand between assistant and person, raced on both databases with their own locks."""

import os

import pytest

from desk.store import Store
from tests.hands import Desk

RACES = 200 if os.environ.get("ACEDESK_PROVE") else 12


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_acts_at_once_nothing_is_lost_doubled_or_said_over_a_person(
    migrated: Store, seed: int
) -> None:
    desk = Desk(migrated)
    await desk.open()
    await desk.visitor_writes()
    await desk.person_wanted()
    for number in range(RACES):
        await desk.race(seed * 1000 + number, 8)
        await desk.check()
    assert desk.refused
