"""The page on tickets keeps up with the table of moves."""

import re

from desk.settings import PROJECT
from desk.tickets.states import MOVES, STATES

PAGE = (PROJECT / "docs" / "tickets.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`[^|]+|any open state) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def codes(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def test_every_state_and_every_kind_is_named():
    assert {*STATES, *MOVES} <= codes(PAGE)


def test_each_row_of_the_states_is_what_the_table_says():
    open_states = {"new", "assigned", "in_progress", "on_hold"}
    rows = ROW.findall(PAGE)
    assert len(rows) == 12
    for origin, kinds, to in rows:
        for kind in codes(kinds):
            for state in codes(origin) or open_states:
                assert MOVES[kind][state] in codes(to), (kind, state)
