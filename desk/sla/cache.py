"""The rows that cache a ticket's episodes, as a pure function of its clocks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from desk.sla.clock import Episode

STRATA = ("is_test", "language", "channel", "category", "priority", "assignee_id")
"""What of a ticket stands beside its episodes, since reports are split by it."""


def row(episode: Episode, number: int, announce: Iterable[datetime]) -> dict[str, Any]:
    """What an `EpisodeRow` says of an episode; it does not depend on the moment of asking.

    Args:
        episode: one of its episodes.
        number: which of its metric, from 1.
        announce: instants at which there is something to tell of it.
    """
    running = episode.open and episode.due is not None
    return {
        "metric": episode.metric,
        "number": number,
        "start": episode.start,
        "stop": episode.stop,
        "due": episode.due,
        "outcome": "running" if running else episode.outcome,
        "reason": episode.reasons[-1],
        "target_s": episode.target.total_seconds(),
        "counted_s": None if running else episode.counted.total_seconds(),
        "wall_s": None if episode.open else episode.wall.total_seconds(),
        "announce_at": min(announce, default=None) if running else None,
    }
