import pytest

from desk.tickets.states import DONE, MOVES, OPEN, STATES, IllegalMove, after


def test_every_move_leads_from_a_state_to_a_state():
    assert {state for moves in MOVES.values() for state in (*moves, *moves.values())} == set(STATES)


def test_open_and_done_are_all_there_is():
    assert {*OPEN, *DONE} == set(STATES)
    assert not set(OPEN) & set(DONE)


@pytest.mark.parametrize(
    ("kind", "state", "to"),
    [
        ("assigned", "new", "assigned"),
        ("started", "assigned", "in_progress"),
        ("paused", "in_progress", "on_hold"),
        ("resumed", "on_hold", "in_progress"),
        ("resolved", "in_progress", "resolved"),
        ("transferred", "on_hold", "transferred"),
        ("closed", "transferred", "closed"),
        ("reopened", "resolved", "assigned"),
        ("merged", "new", "cancelled"),
        ("cancelled", "on_hold", "cancelled"),
    ],
)
def test_the_life_of_a_ticket(kind, state, to):
    assert after(kind, state, assigned=True) == to


def test_a_reopened_ticket_that_nobody_had_goes_to_the_queue():
    assert after("reopened", "resolved", assigned=False) == "new"


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("closed", "in_progress"),
        ("resolved", "closed"),
        ("reopened", "closed"),
        ("reopened", "cancelled"),
        ("paused", "on_hold"),
        ("resumed", "new"),
        ("assigned", "cancelled"),
        ("merged", "resolved"),
        ("invented", "new"),
    ],
)
def test_what_cannot_happen_is_refused_and_says_what_can(kind, state):
    with pytest.raises(IllegalMove, match=f"a ticket that is {state} can't be {kind}; .*noted"):
        after(kind, state, assigned=True)


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_the_last_states_are_left_by_nothing(state):
    assert {after(kind, state, assigned=True) for kind in MOVES if state in MOVES[kind]} == {state}
