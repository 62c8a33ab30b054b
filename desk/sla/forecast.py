"""How many service levels will be breached in the next hours.

An open ticket breaches when nobody stops its clock by its due time. How likely that is, given that
it has been open so long, follows from how long past tickets stayed open: a Kaplan–Meier estimate,
raised to the power of the desk's pace, which says how fast tickets were stopped lately beside what
that estimate expects of such tickets. Tickets yet to come are those that the same hour of the week
brought before.

Backlogs make tickets breach together, so counts spread more than those of independent tickets. By
how much is asked of the past itself: at each of its hours the same forecast is made and compared
with what came. docs/forecast.md has the error that remains, on simulated days.

Clocks are taken to run around the clock (24x7).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

ENOUGH = 10
"""A stratum has its own curve while at least so many of its episodes are under observation."""
HALF_LIFE_H = 4.0
"""Hours after which a stop counts half for the pace; chosen on simulated days."""
PRIOR_STOPS = 10.0
"""How many stops at the usual pace the recent ones are mixed with."""
TAIL = 0.1
"""The chance left out at each end of the interval, which so holds 80 %."""

_HOUR_S, _DAY_H, _WEEK_H = 3600.0, 24, 168

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]
type Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Past:
    """A clock of the last days: how long it ran until its stop, or until now while it is open.

    The time counted is taken to lie in one piece before `until`.
    """

    opened: datetime
    until: datetime
    """Its stop; while it is open, now, or when its pause began."""
    counted_s: float
    stopped: bool
    target_s: float
    stratum: str
    """What tickets of one kind have in common: their priority."""


@dataclass(frozen=True, kw_only=True)
class Open:
    """A clock that is open now and not yet breached."""

    counted_s: float
    target_s: float
    stratum: str
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Breaches:
    """New breaches from now until `horizon_h` hours later: the mean, and an 80 % interval."""

    horizon_h: float
    expected: float
    low: int
    high: int


def forecast(
    past: Sequence[Past],
    open_: Sequence[Open],
    *,
    now: datetime,
    horizons_h: Sequence[float] = (1, 2, 4, 8),
    days: int,
    half_life_h: float = HALF_LIFE_H,
) -> list[Breaches]:
    """The breaches to be expected, by horizon from the nearest to the farthest.

    Args:
        past: the clocks opened in the last `days` days, those still open among them; others are
            left out.
        open_: the clocks open now and not yet breached. Paused ones breach in no horizon.
        now: aware, as `opened` is.
        horizons_h: hours, above zero.
        days: at least 1; two weeks and more tell the hours of a week apart.
        half_life_h: of what counts for the pace, in hours.

    Raises:
        ValueError: no whole day of past.
    """
    if days < 1:
        raise ValueError("a forecast needs at least one day of past")
    history = _History(past, now=now, days=days, half_life_h=half_life_h)
    running = [clock for clock in open_ if not clock.paused]
    chances = history.chances(
        np.array([clock.stratum for clock in running], dtype=np.str_),
        _seconds(clock.counted_s for clock in running),
        _seconds(clock.target_s for clock in running),
        history.pace[0],
    )
    left_s = _seconds(clock.target_s - clock.counted_s for clock in running)
    found: list[Breaches] = []
    low = high = 0
    for horizon in sorted(horizons_h):
        due = chances[left_s <= horizon * _HOUR_S]
        new = float(history.arriving(np.array([0]), horizon)[0])
        expected = float(due.sum()) + new
        variance = (float((due * (1 - due)).sum()) + new) * history.dispersion(horizon)
        ends = interval(expected, variance, most=math.inf if new else len(due))
        # What is breached within two hours is so within four: no end may fall.
        low, high = max(low, ends[0]), max(high, ends[1])
        found.append(Breaches(horizon_h=horizon, expected=expected, low=low, high=high))
    return found


def interval(mean: float, variance: float, *, most: float = math.inf) -> tuple[int, int]:
    """The quantiles `TAIL` and 1 - `TAIL` of a count with this mean and variance, up to `most`.

    Binomial, Poisson or negative binomial, as the variance is below, at or above the mean: the
    three for which p(k) / p(k-1) = a + b / k.

    H. H. Panjer, "Recursive Evaluation of a Family of Compound Distributions" (1981).
    """
    if mean <= 0:
        return 0, 0
    # The widest that such a count can be, none or `most`, has this variance.
    variance = min(variance, mean * (most - mean))
    if variance <= 0:
        return round(mean), round(mean)
    a = 1 - mean / variance
    b = mean * mean / variance - a
    last = min(most, mean + 12 * math.sqrt(variance) + 12)
    logs = [0.0]
    while len(logs) <= last and (ratio := a + b / len(logs)) > 0:
        logs.append(logs[-1] + math.log(ratio))
    weights = np.exp(np.array(logs) - max(logs))
    low, high = np.searchsorted(np.cumsum(weights) / weights.sum(), (TAIL, 1 - TAIL))
    return int(low), int(high)


class Survival:
    """How likely a clock is still open after some time, by stratum.

    Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations" (1958). Where fewer
    than `ENOUGH` episodes of a stratum are left, its curve goes on falling as that of all strata
    does, from the very beginning for a stratum that is small or unknown. Beyond the longest
    episode of all the curve goes on as the exponential through its end: Brown, Hollander and
    Korwar, "Nonparametric Tests of Independence for Censored Data" (1974). The last episode at
    risk counts half when it stops, so that nothing is ever impossible. Without any stop everything
    stays open.
    """

    def __init__(self, strata: NDArray[np.str_], counted_s: Floats, stopped: Bools) -> None:
        self._all = _Curve(counted_s, stopped, enough=1)
        self._own = {
            str(stratum): _Curve(counted_s[strata == stratum], stopped[strata == stratum])
            for stratum in np.unique(strata)
        }

    def logs(self, strata: NDArray[np.str_], at_s: Floats) -> Floats:
        """The logarithm of the chance to be open after `at_s` seconds, for each of a stratum."""
        found = np.zeros(len(at_s))
        for stratum in np.unique(strata):
            here = strata == stratum
            found[here] = self._log(str(stratum), at_s[here])
        return found

    def _log(self, stratum: str, at_s: Floats) -> Floats:
        own = self._own.get(stratum)
        if own is None or own.end == 0:
            return self._all.log(at_s)
        within = np.minimum(at_s, own.end)
        return own.log(within) + self._all.log(at_s) - self._all.log(within)


class _Curve:
    """The logarithms of one Kaplan–Meier estimate, while `enough` episodes are at risk."""

    def __init__(self, counted_s: Floats, stopped: Bools, *, enough: int = ENOUGH) -> None:
        # At one and the same time those that stop go before those that only left observation.
        order = np.lexsort((~stopped, counted_s))
        at_risk = np.arange(len(order), 0, -1.0)
        kept = at_risk >= enough
        left = np.maximum(at_risk - 1, 0.5) / at_risk
        steps = np.where(stopped[order], np.log(left), 0.0)
        self._times = counted_s[order][kept]
        self._logs = np.concatenate([[0.0], np.cumsum(steps[kept])])
        self.end = float(self._times[-1]) if kept.any() else 0.0

    def log(self, at_s: Floats) -> Floats:
        logs = self._logs[np.searchsorted(self._times, at_s, side="right")]
        beyond = np.maximum(at_s / max(self.end, 1.0), 1.0)
        return np.asarray(logs * beyond, dtype=np.float64)


class _History:
    """What the past says about the desk, now and at each hour before.

    Time is cut into hours that end at `now`: hour j lasts from j+1 to j hours before. Arrays whose
    index is j have `hours` entries.
    """

    def __init__(
        self, past: Sequence[Past], *, now: datetime, days: int, half_life_h: float
    ) -> None:
        self.hours = days * _DAY_H
        kept = [one for one in past if timedelta(0) <= now - one.opened < timedelta(days=days)]
        self._opened_s = _seconds((now - one.opened).total_seconds() for one in kept)
        self._counted_s = _seconds(one.counted_s for one in kept)
        self._target_s = _seconds(one.target_s for one in kept)
        self._strata = np.array([one.stratum for one in kept], dtype=np.str_)
        stopped = np.array([one.stopped for one in kept], dtype=np.bool_)
        ended_s = _seconds((now - one.until).total_seconds() for one in kept)
        self._age_s = np.minimum(ended_s + self._counted_s, self._opened_s)
        """How long before `now` each began, its pauses taken out."""
        self._survival = Survival(self._strata, self._counted_s, stopped)
        self._breached = self._counted_s > self._target_s
        who, hour = self._observed()
        self.pace = self._paces(who, hour, stopped, half_life_h)
        self._kinds = list(self._arrivals())
        self._retold = self._retell(who, hour)

    def _observed(self) -> tuple[Ints, Ints]:
        """Each episode in each hour of which it was open for a while: their indices, the hours."""
        first = (self._age_s // _HOUR_S).astype(np.int64)
        last = np.maximum((self._age_s - self._counted_s) // _HOUR_S, 0).astype(np.int64)
        many = first - last + 1
        who = np.repeat(np.arange(len(first)), many)
        begins = np.repeat(np.cumsum(many) - many, many)
        return who, first[who] - (np.arange(len(who)) - begins)

    def _paces(self, who: Ints, hour: Ints, stopped: Bools, half_life_h: float) -> Floats:
        """Stops beside those expected, at the end of each hour and weighted towards it."""
        age, counted, strata = self._age_s[who], self._counted_s[who], self._strata[who]
        begin = np.clip(age - (hour + 1) * _HOUR_S, 0.0, counted)
        end = np.clip(age - hour * _HOUR_S, 0.0, counted)
        fallen = self._survival.logs(strata, begin) - self._survival.logs(strata, end)
        expected = np.bincount(hour, fallen, self.hours)
        at = np.maximum((self._age_s - self._counted_s) // _HOUR_S, 0).astype(np.int64)
        happened = np.bincount(at[stopped], minlength=self.hours)
        paces, fade = np.ones(self.hours), 0.5 ** (1 / half_life_h)
        up = down = 0.0
        for j in reversed(range(self.hours)):
            up = up * fade + happened[j] * math.sqrt(fade)
            down = down * fade + expected[j] * math.sqrt(fade)
            paces[j] = (PRIOR_STOPS + up) / (PRIOR_STOPS + down)
        return paces

    def chances(
        self, strata: NDArray[np.str_], counted_s: Floats, target_s: Floats, pace: Floats
    ) -> Floats:
        """How likely each open clock is to run beyond its target."""
        logs = self._survival.logs(strata, target_s) - self._survival.logs(strata, counted_s)
        return np.exp(pace * logs)

    def _arrivals(self) -> Iterator[tuple[float, float, Floats]]:
        """Of each stratum and target: the target, the log chance to miss it, tickets an hour.

        Tickets an hour are means over the same hour of each week; the same hour of all days counts
        as one week more. Index them by an hour j modulo the hours of a week.
        """
        slots = np.arange(self.hours) % _WEEK_H
        opened = (self._opened_s // _HOUR_S).astype(np.int64)
        for stratum, target in sorted(
            set(zip(self._strata.tolist(), self._target_s.tolist(), strict=True))
        ):
            here = (self._strata == stratum) & (self._target_s == target)
            counts = np.bincount(opened[here], minlength=self.hours)
            by_hour = counts.reshape(-1, _DAY_H).mean(axis=0)
            rates = np.bincount(slots, counts, _WEEK_H) + np.tile(by_hour, _WEEK_H // _DAY_H)
            log = self._survival.logs(np.array([stratum]), np.array([target]))[0]
            yield target, float(log), rates / (np.bincount(slots, minlength=_WEEK_H) + 1)

    def arriving(self, hours: Ints, horizon_h: float) -> Floats:
        """Breaches within the horizon of tickets opened after each of the `hours` has ended."""
        found = np.zeros(len(hours))
        for target_s, log, rates in self._kinds:
            # What is opened later than this is not due within the horizon.
            span = horizon_h - target_s / _HOUR_S
            for ahead in range(math.ceil(max(span, 0.0))):
                opened = min(span - ahead, 1.0) * rates[(hours - 1 - ahead) % _WEEK_H]
                found += opened * np.exp(self.pace[hours] * log)
        return found

    def _retell(self, who: Ints, hour: Ints) -> tuple[Ints, Floats, Floats]:
        """What was open and not breached when each hour ended: the hour, seconds left, chances."""
        age = self._age_s[who] - hour * _HOUR_S
        running = (age < self._counted_s[who]) & (age <= self._target_s[who])
        who, hour, age = who[running], hour[running], age[running]
        target = self._target_s[who]
        chances = self.chances(self._strata[who], age, target, self.pace[hour])
        return hour, target - age, chances

    def dispersion(self, horizon_h: float) -> float:
        """How much more counts spread than those of independent tickets; at least 1.

        The squared errors of the same forecast at each past hour whose horizon is over, divided by
        the variances it gave; one more of each keeps a short past near 1. The first day is left
        out, since tickets opened before it are not known.
        """
        origins = np.arange(math.ceil(horizon_h), self.hours - _DAY_H + 1)
        hour, left_s, chances = self._retold
        due = left_s <= horizon_h * _HOUR_S
        hour, chances = hour[due], chances[due]
        new = self.arriving(origins, horizon_h)
        expected = np.bincount(hour, chances, self.hours)[origins] + new
        variance = np.bincount(hour, chances * (1 - chances), self.hours)[origins] + new
        breached_s = np.sort((self._age_s - self._target_s)[self._breached])
        ends_s = np.stack([origins - horizon_h, origins]) * _HOUR_S
        before, after = np.searchsorted(breached_s, ends_s)
        squares = (after - before - expected) ** 2
        return max(1.0, float((1 + squares.sum()) / (1 + variance.sum())))


def _seconds(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
