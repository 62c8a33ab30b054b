"""What the assistant has come to in a conversation: a figure of its own beside the tickets'.

A conversation that the assistant resolved never stands among the human response figures. Whether
it was resolved is told apart by how it is known: confirmed by the visitor, or only assumed since
they asked no more.
"""

from typing import Literal

Outcome = Literal["answered", "confirmed", "escalated", "unresolved"]

ANSWERS = frozenset({"answer", "status"})
"""Kinds of replies that answer what was asked; visitors can say whether they helped."""
_PERSON = frozenset({"ticket", "urgent"})
_CONTENT = frozenset({"thanks", "affirm"})


def after_reply(before: str | None, *, kind: str, intent: str | None) -> str | None:
    """The outcome after one more reply; None while nothing has been asked.

    Args:
        before: the outcome so far.
        kind: what the desk decided, as in the REST contract.
        intent: what the assistant took the visitor's message for.
    """
    if before == "escalated" or kind in _PERSON:
        return "escalated"
    if kind in ANSWERS:
        return "answered"
    if kind == "smalltalk":
        confirms = intent in _CONTENT and before in ("answered", "confirmed")
        return "confirmed" if confirms else before
    return "unresolved"


def after_feedback(before: str | None, *, helpful: bool) -> str:
    """The outcome once the visitor has said whether an answer helped."""
    if before == "escalated":
        return before
    return "confirmed" if helpful else "unresolved"
