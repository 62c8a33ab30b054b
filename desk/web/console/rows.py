"""Tickets as the console's lists show them."""

from datetime import datetime

from desk.conversations.models import Conversation
from desk.sla.models import EpisodeRow
from desk.tickets.models import Ticket


class Row:
    """A ticket with one of its clocks as it stands at a moment."""

    def __init__(
        self,
        ticket: Ticket,
        clock: EpisodeRow,
        now: datetime,
        *,
        conversation: Conversation | None = None,
    ) -> None:
        self.ticket = ticket
        self.clock = clock
        self.conversation = conversation
        self.outcome = clock.outcome_at(now)
        self.stopped = clock.stop is not None
        if clock.due is not None:
            self.left_s = (clock.due - now).total_seconds()
        else:
            # It stands still: what is left once it goes on.
            self.left_s = clock.target_s - (clock.counted_s or 0.0)
