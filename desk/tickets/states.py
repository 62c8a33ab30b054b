"""The states of a ticket and the moves between them: the one table that says what is legal."""

from collections.abc import Mapping
from typing import Literal, get_args

State = Literal[
    "new", "assigned", "in_progress", "on_hold", "resolved", "transferred", "closed", "cancelled"
]
STATES: tuple[State, ...] = get_args(State)

OPEN: tuple[State, ...] = ("new", "assigned", "in_progress", "on_hold")
"""Somebody works on it, or will."""
DONE: tuple[State, ...] = ("resolved", "transferred", "closed", "cancelled")
"""Nobody works on it any more."""

_WORKED: tuple[State, ...] = ("new", "assigned", "in_progress")
_DISPOSED: tuple[State, ...] = ("resolved", "transferred")


def _stay(*states: State) -> dict[State, State]:
    return {state: state for state in states}


def _go(to: State, *states: State) -> dict[State, State]:
    return dict.fromkeys(states, to)


MOVES: Mapping[str, Mapping[State, State]] = {
    # Who works on it.
    "assigned": _go("assigned", *_WORKED) | _stay("on_hold"),
    "returned": _go("new", "assigned", "in_progress") | _stay("on_hold"),
    "started": _go("in_progress", "new", "assigned"),
    "escalated": _stay(*OPEN),
    # What is said.
    "responded": _go("in_progress", *_WORKED) | _stay("on_hold", *_DISPOSED),
    "received": _stay(*OPEN, *_DISPOSED),
    "noted": _stay(*STATES),
    "attached": _stay(*STATES),
    # Holds.
    "paused": _go("on_hold", *_WORKED),
    "resumed": _go("in_progress", "on_hold"),
    # Ends. A reopened ticket that nobody had goes to the queue: see `after`.
    "resolved": _go("resolved", *OPEN),
    "transferred": _go("transferred", *OPEN),
    "closed": _go("closed", *_DISPOSED),
    "reopened": _go("assigned", *_DISPOSED),
    "merged": _go("cancelled", *OPEN),
    "cancelled": _go("cancelled", *OPEN),
    "absorbed": _stay(*OPEN),
    # How it is sorted and found.
    "prioritised": _stay(*OPEN),
    "categorised": _stay(*OPEN, *_DISPOSED),
    "described": _stay(*OPEN, *_DISPOSED),
    "put_under": _stay(*OPEN),
    "planned": _stay(*OPEN),
    "tagged": _stay(*STATES),
    "linked": _stay(*STATES),
    "unlinked": _stay(*STATES),
    "watched": _stay(*STATES),
    "unwatched": _stay(*STATES),
    # Privacy.
    "erased": _stay(*STATES),
}
"""By kind of event: from each state in which it may happen, the state that it leads to."""


class IllegalMove(ValueError):
    """An event that can't happen in the state that the ticket is in."""

    def __init__(self, kind: str, state: str) -> None:
        allowed = [name for name, moves in MOVES.items() if state in moves]
        super().__init__(
            f"a ticket that is {state} can't be {kind}; what can happen: {', '.join(allowed)}"
        )
        self.kind = kind
        self.state = state


def after(kind: str, state: State, *, assigned: bool) -> State:
    """The state that an event leads to.

    Args:
        assigned: somebody is responsible for the ticket.

    Raises:
        IllegalMove: it can't happen in this state.
    """
    try:
        to = MOVES[kind][state]
    except KeyError:
        raise IllegalMove(kind, state) from None
    return "new" if kind == "reopened" and not assigned else to
