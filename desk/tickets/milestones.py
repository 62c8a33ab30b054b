"""What there is to tell of a ticket's clocks at a moment: a pure function of its log.

Nothing is told of a clock that has stopped or stands still. Breaches and escalations are told,
however late. A warning looks ahead: of several that have passed only the highest is told, and none
once the deadline has passed as well. What has been told is told again only when its deadline has
moved later since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.sla.clock import Episode
from desk.tickets.clocks import Clock

WARNING, _BREACHED, _ESCALATED = TOPICS = ("sla.warning", "sla.breached", "sla.escalated")


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """An instant of an open episode that is worth telling of."""

    topic: str
    ticket_id: int
    metric: str
    number: int
    """Which episode of its metric, from 1."""
    share: float
    """Of the target."""
    at: datetime
    due: datetime
    """The episode's deadline, from which `at` follows."""

    @property
    def subject(self) -> str:
        """What is told once a deadline."""
        return f"{self.topic}/{self.ticket_id}/{self.metric}/{self.number}/{self.share:g}"

    @property
    def edition(self) -> str:
        """The deadline, such that the text of a later one is the greater."""
        return self.due.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def announcements(clock: Clock, episode: Episode) -> list[tuple[str, float, datetime]]:
    """When an open episode is worth telling of: (topic, share of the target, instant), in order.

    Nothing while it is paused, as no instant is known then.
    """
    shares = [(WARNING, share) for share in clock.version.warn_at]
    shares += [(_BREACHED, 1.0), (_ESCALATED, clock.version.escalate_at)]
    found = []
    for topic, share in shares:
        at = episode.due_at(share, clock.calendar)
        if at is not None:
            # A stop exactly on the deadline is met, so that a breach is told of a moment later.
            late = timedelta(seconds=1) if share >= 1 else timedelta()
            found.append((topic, share, at + late))
    return found


def milestones(ticket_id: int, clocks: Iterable[Clock]) -> dict[tuple[str, int], list[Milestone]]:
    """By metric and number, the milestones of each episode that runs, in the order of shares."""
    return {
        (clock.metric, number): _milestones(ticket_id, clock, number, episode, episode.due)
        for clock in clocks
        for number, episode in enumerate(clock.episodes, start=1)
        if episode.open and episode.due is not None
    }


def to_tell(run: Sequence[Milestone], told: Mapping[str, str], *, now: datetime) -> list[Milestone]:
    """What is to be told of an episode that runs at `now`.

    Args:
        run: its milestones, in the order of shares.
        told: the latest edition by subject of what was told before.
    """
    passed = [milestone for milestone in run if milestone.at <= now]
    late = [milestone for milestone in passed if milestone.topic != WARNING]
    return [milestone for milestone in late or passed[-1:] if not _is_told(milestone, told)]


def next_at(run: Sequence[Milestone], told: Mapping[str, str], *, now: datetime) -> datetime | None:
    """When there is something to tell of an episode next, if nothing happens to it until then."""
    ahead = (
        milestone.at for milestone in run if milestone.at > now and not _is_told(milestone, told)
    )
    return min(ahead, default=None)


def _milestones(
    ticket_id: int, clock: Clock, number: int, episode: Episode, due: datetime
) -> list[Milestone]:
    return [
        Milestone(
            topic=topic,
            ticket_id=ticket_id,
            metric=clock.metric,
            number=number,
            share=share,
            at=at,
            due=due,
        )
        for topic, share, at in sorted(announcements(clock, episode), key=lambda told: told[1])
    ]


def _is_told(milestone: Milestone, told: Mapping[str, str]) -> bool:
    return told.get(milestone.subject, "") >= milestone.edition
