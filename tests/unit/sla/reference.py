"""An independent reading of the clock's rules, to hold the clock against in property tests.

Written from the replay paragraph of the design and from the service-level notes alone, without a
look at the clock itself. It is slow and literal on purpose: time is whole microseconds since 1970,
a calendar is a written-out list of open spans, pauses are cut out of that list, and the due time
is found by walking what is left. It answers the same document with the same output.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, reduce
from typing import Any
from zoneinfo import ZoneInfo

type Micros = int
type Span = tuple[Micros, Micros]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND: Micros = 1_000_000
DAY: Micros = 86_400 * SECOND

# What starts an episode, and what stops it. Only a resolution starts more than once.
STOPS = {
    "first_response": {"responded"},
    "processed": {"resolved", "transferred"},
    "resolution": {"resolved"},
}


@dataclass(frozen=True)
class Episode:
    """One run of the clock; the last pause is `(begin, None)` while it lasts."""

    start: Micros
    target: Micros
    stop: Micros | None = None
    cancelled: bool = False
    pauses: tuple[tuple[Micros, Micros | None], ...] = ()

    @property
    def paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def resumed(self, at: Micros) -> "Episode":
        if not self.paused:
            return self
        return replace(self, pauses=(*self.pauses[:-1], (self.pauses[-1][0], at)))

    def stopped(self, at: Micros, *, cancelled: bool = False) -> "Episode":
        return replace(self.resumed(at), stop=at, cancelled=cancelled)


@dataclass(frozen=True)
class Ticket:
    """What the fold carries from event to event."""

    metric: str
    target: Micros
    opened: bool = False
    closed: tuple[Episode, ...] = ()
    current: Episode | None = None

    def with_current(self, episode: Episode) -> "Ticket":
        if episode.stop is None:
            return replace(self, current=episode)
        return replace(self, current=None, closed=(*self.closed, episode))


def replay(document: dict[str, Any]) -> dict[str, Any]:
    """Return the episodes that the document's events make, as they stand at its `now`."""
    metric = document["policy"]["metric"]
    if metric not in STOPS:
        raise ValueError(f"no such metric: {metric}")
    calendar = document["calendar"]
    refuse_closed(calendar)
    now = micros(document["now"])

    ticket = Ticket(metric=metric, target=whole_micros(document["policy"]["target_s"]))
    heard = [event for event in in_order(document["events"]) if micros(event["at"]) <= now]
    ticket = reduce(step, heard, ticket)

    episodes = [*ticket.closed, *([ticket.current] if ticket.current else [])]
    return {"episodes": [described(episode, metric, calendar, now) for episode in episodes]}


# --- events -----------------------------------------------------------------------------------


def in_order(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events by (at, seq, id), each id once."""
    ordered = sorted(
        events, key=lambda event: (micros(event["at"]), event.get("seq") or 0, event["id"])
    )
    once: dict[str, dict[str, Any]] = {}
    for event in ordered:
        once.setdefault(event["id"], event)
    return list(once.values())


def step(ticket: Ticket, event: dict[str, Any]) -> Ticket:
    """Return the ticket after one more event."""
    at, kind, episode = micros(event["at"]), event["kind"], ticket.current

    if kind == "policy_changed":
        target = whole_micros(event["payload"]["target_s"])
        changed = replace(ticket, target=target)
        return changed.with_current(replace(episode, target=target)) if episode else changed

    if kind == "opened":
        if ticket.opened:
            return ticket
        return replace(ticket, opened=True, current=Episode(start=at, target=ticket.target))

    if episode is None:
        if kind == "reopened" and ticket.opened and ticket.metric == "resolution":
            return replace(ticket, current=Episode(start=at, target=ticket.target))
        return ticket

    if kind == "merged":
        return ticket.with_current(episode.stopped(at, cancelled=True))
    if kind == "paused" and not episode.paused:
        return ticket.with_current(replace(episode, pauses=(*episode.pauses, (at, None))))
    if kind == "resumed":
        return ticket.with_current(episode.resumed(at))
    if kind in STOPS[ticket.metric]:
        by_analyst = (event.get("actor") or "analyst") == "analyst"
        if kind != "responded" or by_analyst:
            return ticket.with_current(episode.stopped(at))
    return ticket


# --- the two books ----------------------------------------------------------------------------


def described(episode: Episode, metric: str, calendar: Any, now: Micros) -> dict[str, Any]:
    """Return one episode as the output spells it."""
    end = now if episode.stop is None else episode.stop
    pauses = [(begin, end if until is None else until) for begin, until in episode.pauses]
    counted = length(without(open_spans(calendar, episode.start, end), pauses))

    if episode.cancelled:
        outcome = "cancelled"
    elif episode.stop is not None:
        outcome = "met" if counted <= episode.target else "breached_closed"
    elif counted > episode.target:
        outcome = "breached_open"
    else:
        outcome = "paused" if episode.paused else "running"

    # Only an open episode can still be paused: stopping ended the pause.
    due = None if episode.paused else due_time(calendar, episode.start, pauses, episode.target)
    return {
        "metric": metric,
        "start": written(episode.start),
        "stop": written(episode.stop),
        "due": written(due),
        "pauses": [[written(begin), written(until)] for begin, until in episode.pauses],
        "outcome": outcome,
        "elapsed_wall_s": seconds(end - episode.start),
        "elapsed_counted_s": seconds(counted),
        "reasons": [],
    }


def due_time(calendar: Any, start: Micros, pauses: list[Span], target: Micros) -> Micros:
    """Return the least instant at which the counted time since the start equals the target."""
    if target <= 0:
        return start
    reach = 7 * DAY
    while True:
        counted = 0
        for begin, end in without(open_spans(calendar, start, start + reach), pauses):
            if counted + (end - begin) >= target:
                return begin + (target - counted)
            counted += end - begin
        reach *= 2


# --- spans ------------------------------------------------------------------------------------


def length(spans: list[Span]) -> Micros:
    return sum(end - begin for begin, end in spans)


def merged(spans: list[Span]) -> list[Span]:
    """Return the same instants as sorted spans that neither overlap nor touch."""
    result: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((begin, end))
    return result


def without(spans: list[Span], holes: list[Span]) -> list[Span]:
    """Return the spans with the holes cut out."""
    for hole_begin, hole_end in holes:
        pieces = []
        for begin, end in spans:
            pieces.append((begin, min(end, hole_begin)))
            pieces.append((max(begin, hole_end), end))
        spans = merged(pieces)
    return spans


# --- calendars --------------------------------------------------------------------------------


def refuse_closed(calendar: Any) -> None:
    """Raise when no day of the week has an open span."""
    if calendar == "24x7":
        return
    if not any(opens < closes for spans in calendar["week"].values() for opens, closes in spans):
        raise ValueError("the calendar has no open span")


def open_spans(calendar: Any, begin: Micros, end: Micros) -> list[Span]:
    """Return every open span between two instants, cut to them."""
    if calendar == "24x7":
        return merged([(begin, end)])
    # Three days either way are more than any zone, or any jump of a zone, is away from UTC.
    day = (EPOCH + begin * MICROSECOND).date() - timedelta(days=3)
    last = (EPOCH + end * MICROSECOND).date() + timedelta(days=3)
    holidays = set(calendar.get("holidays") or [])
    spans = []
    while day <= last:
        if day.isoformat() not in holidays:
            for opens, closes in calendar["week"].get(str(day.weekday()), []):
                if opens < closes:
                    spans.append(
                        (local(calendar["zone"], day, opens), local(calendar["zone"], day, closes))
                    )
        day += timedelta(days=1)
    return [
        (max(begin, opens), min(end, closes))
        for opens, closes in merged(spans)
        if max(begin, opens) < min(end, closes)
    ]


@lru_cache(maxsize=100_000)
def local(zone: str, day: date, clock: str) -> Micros:
    """Return the instant of a local time, with `fold=0`; "24:00" is the next midnight."""
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    moment = datetime.combine(day, time.fromisoformat(clock)).replace(tzinfo=ZoneInfo(zone), fold=0)
    return (moment.astimezone(UTC) - EPOCH) // MICROSECOND


# --- notation ---------------------------------------------------------------------------------


def micros(text: str) -> Micros:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    return (moment - EPOCH) // MICROSECOND


def whole_micros(amount: float) -> Micros:
    return amount * SECOND if isinstance(amount, int) else round(amount * SECOND)


def written(instant: Micros | None) -> str | None:
    if instant is None:
        return None
    return (EPOCH + instant * MICROSECOND).isoformat().replace("+00:00", "Z")


def seconds(amount: Micros) -> int | float:
    return amount // SECOND if amount % SECOND == 0 else amount / SECOND
