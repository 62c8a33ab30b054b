"""How long whoever waits for an analyst will probably wait still: a pure function of past waits.

Two things are put together. The pace at which analysts have just been taking people over says how
long it takes until it is the turn of somebody's place: the queue-length-based delay estimator of R.
Ibrahim and W. Whitt, "Real-Time Delay Estimation Based on Delay History" (M&SOM, 2009), with the
rate of service as it is measured. And since paces change, and not every analyst speaks both
languages, the past of this very desk corrects it and makes the interval: the same is announced to
everybody who has waited in the last days, with what was known when they came, and set against how
long they did wait. docs/waits.md has how far it is off.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from desk.tickets import triage

PAST = timedelta(days=3)
"""How far back waits are set against what was announced."""
PACE_OVER = timedelta(hours=1)
TAKEN = 5
"""The pace is that of the last hour, and of this many take-overs where the hour has fewer."""
PACE_WITHIN = timedelta(hours=2)
"""What lies farther back tells nothing of the pace."""
SILENCE = timedelta(minutes=30)
"""When nobody has been taken over for so long, none may be there who could."""
ENDED = 20
"""So many waits must have been seen to their end before anything is said."""
LEVELS = (0.1, 0.5, 0.9)
"""The interval's ends and its middle, as shares of the waits that are over by then."""
OTHER_LANGUAGE, OTHER_PRIORITY = 0.1, 0.1
"""What a past wait counts beside one of the same language and of the same priority."""

_FIRST_TURN = 1 / 3
"""The median time to the k-th of events that come at random is about k - 1/3 of their mean gaps."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody stands in the queue, and as whom."""

    number: int
    """1 is next."""
    language: str
    priority: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """The time from somebody's ticket to an analyst's first words."""

    opened: datetime
    taken: datetime | None
    """None while they wait."""
    language: str
    priority: str

    @property
    def turn(self) -> tuple[int, datetime]:
        """Who is served first has the least."""
        return triage.priorities().index(self.priority), self.opened


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """Seconds from now: as many waits end before `wait_s` as after it, eight in ten within."""

    wait_s: int
    wait_low_s: int
    wait_high_s: int


@dataclass(frozen=True)
class _Outcome:
    """A past wait as a multiple of what the pace announced when it began."""

    ratio: float
    ended: bool
    """Or as far as it has come."""
    language: str
    priority: str


@dataclass(frozen=True, kw_only=True)
class Waits:
    """The waits of the last days, those that go on among them."""

    past: Sequence[Wait]
    now: datetime
    _ratios: dict[tuple[str, str], tuple[float, ...] | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def announced_s(self, number: int, at: datetime) -> float | None:
        """What the pace by itself promises to this place at an instant."""
        known = bisect_right(self._taken, at)
        if known < TAKEN or at - self._taken[known - 1] > SILENCE:
            return None
        count, over = known - bisect_right(self._taken, at - PACE_OVER), PACE_OVER
        if count < TAKEN:
            count, over = TAKEN, at - self._taken[known - TAKEN]
        if over > PACE_WITHIN:
            return None
        return (number - _FIRST_TURN) * over.total_seconds() / count

    def ratios(self, language: str, priority: str) -> tuple[float, ...] | None:
        """By how much waits come out longer or shorter than the pace announces, at each level.

        None while too few are over.
        """
        alike = language, priority
        if alike not in self._ratios:
            self._ratios[alike] = self._ratios_of(*alike)
        return self._ratios[alike]

    def _ratios_of(self, language: str, priority: str) -> tuple[float, ...] | None:
        if sum(one.ended for one in self._outcomes) < ENDED:
            return None
        weights = [
            (1 if one.language == language else OTHER_LANGUAGE)
            * (1 if one.priority == priority else OTHER_PRIORITY)
            for one in self._outcomes
        ]
        return tuple(_quantiles(self._outcomes, weights))

    @cached_property
    def _taken(self) -> list[datetime]:
        """When somebody was taken over, in order."""
        return sorted(one.taken for one in self.past if one.taken and one.taken <= self.now)

    @cached_property
    def _outcomes(self) -> list[_Outcome]:
        """The least ratio first; of equal ones those that ended."""
        if not self._taken:
            return []
        # Take-overs before the first that is known would belong to the pace as well.
        since = self._taken[0] + PACE_OVER
        found = []
        for wait, number in with_places(self.past):
            if wait.opened < since:
                continue
            until = self.now if wait.taken is None else min(wait.taken, self.now)
            announced_s = self.announced_s(number, wait.opened)
            if announced_s is not None and until > wait.opened:
                found.append(
                    _Outcome(
                        ratio=(until - wait.opened).total_seconds() / announced_s,
                        ended=wait.taken is not None and wait.taken <= self.now,
                        language=wait.language,
                        priority=wait.priority,
                    )
                )
        return sorted(found, key=lambda one: (one.ratio, not one.ended))


def expect(place: Place, waits: Waits) -> Expectation | None:
    """How long somebody at this place will wait still, or None when nothing can be said honestly.

    That is when too few have been taken over of late, or nobody for some time.
    """
    announced_s = waits.announced_s(place.number, waits.now)
    ratios = waits.ratios(place.language, place.priority)
    if announced_s is None or ratios is None:
        return None
    low_s, wait_s, high_s = (round(announced_s * ratio) for ratio in ratios)
    return Expectation(wait_s=wait_s, wait_low_s=low_s, wait_high_s=high_s)


def with_places(past: Sequence[Wait]) -> Iterator[tuple[Wait, int]]:
    """Each wait with the place that it began at."""
    queue: list[tuple[tuple[int, datetime], Wait]] = []
    for new in sorted(past, key=lambda wait: wait.opened):
        queue = [(turn, one) for turn, one in queue if one.taken is None or one.taken > new.opened]
        new_turn = new.turn
        yield new, 1 + sum(turn <= new_turn for turn, _ in queue)
        queue.append((new_turn, new))


def _quantiles(outcomes: Sequence[_Outcome], weights: Sequence[float]) -> Iterator[float]:
    """The ratio at each level, by the weighted Kaplan–Meier estimate.

    Those who still wait count as far as they have come: to leave them out would make waits look
    short just when they grow. Where they are so many that a level is not reached, it is the longest
    that was seen.
    """
    at_risk, waiting = sum(weights), 1.0
    levels = iter(LEVELS)
    level = next(levels)
    for outcome, weight in zip(outcomes, weights, strict=True):
        if outcome.ended:
            waiting *= max(0.0, 1 - weight / at_risk)
        at_risk -= weight
        while waiting <= 1 - level:
            yield outcome.ratio
            following = next(levels, None)
            if following is None:
                return
            level = following
    for _ in (level, *levels):
        yield outcomes[-1].ratio
