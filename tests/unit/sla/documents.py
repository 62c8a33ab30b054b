"""Random replay documents for property tests of the clock: the awkward dates, orders and calendars.

Instants lie on a grid around the moments where clocks go wrong (changes of the clock, the day that
Samoa left out, a leap day, year ends), so that stops hit a due time, a closing time or each other
exactly. Every calendar here has an open span, every target is at least a second, and a repeated id
is always a true copy: what those would do otherwise is not for a random document to decide.
"""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

type Document = dict[str, Any]

METRICS = ("first_response", "processed", "resolution")

# Instants at which something happens to every zone alike.
COMMON = (
    "2026-06-15T13:00:00+00:00",  # a Monday on which nothing happens
    "2026-12-31T23:59:59+00:00",
    "2028-01-01T00:00:00+00:00",
    "2028-02-29T00:00:00+00:00",
    "2028-02-29T23:30:00+00:00",
)

# The changes of each zone's clock. Puerto Rico and India have had none for a lifetime.
CHANGES = {
    "America/New_York": ("2026-03-08T07:00:00+00:00", "2026-11-01T06:00:00+00:00"),
    "America/Los_Angeles": ("2026-03-08T10:00:00+00:00", "2026-11-01T09:00:00+00:00"),
    "America/Puerto_Rico": ("2026-03-08T06:00:00+00:00",),
    "America/Mexico_City": ("2022-04-03T08:00:00+00:00", "2022-10-30T07:00:00+00:00"),
    "Europe/Madrid": ("2026-03-29T01:00:00+00:00", "2026-10-25T01:00:00+00:00"),
    "Asia/Kolkata": ("2026-10-25T18:30:00+00:00",),
    "Australia/Lord_Howe": ("2026-04-04T15:00:00+00:00", "2026-10-03T15:30:00+00:00"),
    "Pacific/Apia": (
        "2011-12-30T10:00:00+00:00",  # 30 December 2011 did not take place
        "2020-09-26T14:00:00+00:00",
        "2021-04-03T14:00:00+00:00",
    ),
}
ANCHORS = {
    zone: tuple(datetime.fromisoformat(text) for text in (*changes, *changes, *COMMON))
    for zone, changes in CHANGES.items()
}

DAYS: tuple[list[list[str]], ...] = (
    [["09:00", "17:00"]],
    [["08:00", "12:00"], ["13:00", "17:00"]],
    [["14:00", "18:00"], ["09:00", "13:00"]],
    [["09:00", "12:30"], ["12:30", "17:00"]],
    [["09:00", "13:00"], ["12:00", "17:00"]],
    [["09:00", "17:00"], ["10:00", "11:00"]],
    [["00:00", "24:00"]],
    [["00:00", "06:00"], ["18:00", "24:00"]],
    [["22:00", "24:00"]],
    [["00:00", "03:00"]],
    [["01:00", "01:30"], ["01:45", "02:00"]],
    [["01:30", "02:30"]],
    [["02:00", "02:30"]],
    [["02:15", "02:45"]],
    [["02:30", "03:00"]],
    [["02:30", "04:00"], ["00:30", "01:30"]],
    [["23:30", "24:00"]],
)

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400
TARGETS = (SECOND, MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY)
STEPS = (
    *(0, 0, 0, SECOND, MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, HOUR, 90 * MINUTE, 2 * HOUR),
    *(4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY),
)
FRACTIONS = (1, 250_000, 500_000, 999_999)

KINDS = (
    "opened",
    "assigned",
    "responded",
    "paused",
    "resumed",
    "resolved",
    "transferred",
    "reopened",
    "merged",
    "policy_changed",
)
# What follows an opening, in pieces: much pausing, few ends, and a reopening where one makes sense.
PIECES = (
    *(("paused",), ("resumed",), ("paused", "resumed"), ("paused", "paused", "resumed")) * 2,
    *(("resolved", "reopened"), ("paused", "resolved", "reopened"), ("merged", "reopened")),
    *(("policy_changed",), ("paused", "policy_changed"), ("responded",), ("assigned",)),
    *(("resolved",), ("reopened",), ("transferred",), ("merged",)),
)
ACTORS = (None, None, "analyst", "analyst", "bot", "customer", "system")

_day = st.sampled_from(DAYS)
_quarters = st.tuples(st.integers(0, 95), st.integers(1, 96)).filter(lambda pair: pair[0] < pair[1])
_targets = st.one_of(st.sampled_from(TARGETS), st.integers(1, DAY))
_steps = st.sampled_from(STEPS)
_pieces = st.sampled_from(PIECES)
_kinds = st.sampled_from((*KINDS, "paused", "resumed", "resolved", "reopened"))
_sometimes = st.sampled_from((False, False, False, True))


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


def _written(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


@st.composite
def weeks(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    """Opening hours of a week: the same on all days, by day, or a few random quarters."""
    shape = draw(st.sampled_from(("same", "office", "mixed", "one", "random")))
    if shape in {"same", "office"}:
        spans = draw(_day)
        return {str(day): spans for day in range(7 if shape == "same" else 5)}
    if shape == "one":
        return {str(draw(st.integers(0, 6))): draw(_day)}
    if shape == "mixed":
        days = draw(st.dictionaries(st.integers(0, 6), _day, min_size=1))
        closed = draw(st.integers(0, 6))
        return {str(closed): []} | {str(day): spans for day, spans in days.items()}
    random = st.lists(_quarters, min_size=1, max_size=3)
    chosen = draw(st.dictionaries(st.integers(0, 6), random, min_size=1, max_size=4))
    return {
        str(day): [[_clock(opens), _clock(closes)] for opens, closes in pairs]
        for day, pairs in chosen.items()
    }


@st.composite
def documents(draw: st.DrawFn, *, plausible: bool | None = None) -> Document:
    """A replay document.

    A plausible one has one `opened` and nothing before it; an implausible one has any kinds in any
    order, so it may have no `opened` at all. By default a document is of either sort.
    """
    zone = draw(st.sampled_from(tuple(CHANGES)))
    anchor = draw(st.sampled_from(ANCHORS[zone]))
    calendar: str | dict[str, Any] = "24x7"
    if draw(st.integers(0, 4)):
        calendar = {"zone": zone, "week": draw(weeks())}
        if draw(st.booleans()):
            offsets = draw(st.lists(st.integers(-3, 8), max_size=3, unique=True))
            calendar["holidays"] = [
                (anchor + timedelta(days=offset)).date().isoformat() for offset in offsets
            ]

    if plausible is None:
        plausible = draw(st.integers(0, 2)) > 0
    few = draw(st.sampled_from((0, 1, 3, 5)))
    if plausible:
        pieces = draw(st.lists(_pieces, min_size=few, max_size=few + 2))
        kinds = ["opened", *(kind for piece in pieces for kind in piece)]
    else:
        kinds = draw(st.lists(_kinds, min_size=few, max_size=few + 5))
        if not draw(_sometimes):
            kinds.insert(draw(st.integers(0, min(2, len(kinds)))), "opened")

    fractional = draw(_sometimes)
    sequenced = draw(_sometimes)
    # A backward start puts the later events on both sides of the anchor.
    at = anchor - timedelta(seconds=draw(_steps) + draw(_steps))
    if fractional:
        at += timedelta(microseconds=draw(st.sampled_from(FRACTIONS)))
    names = draw(st.permutations(range(len(kinds)))) if draw(_sometimes) else range(len(kinds))

    instants = []
    events: list[dict[str, Any]] = []
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if place:
            # What is plausible comes after the opening: ids may tie, but not with the first event.
            least = SECOND if plausible and place == 1 else 0
            at += timedelta(seconds=max(least, draw(_steps)))
            if fractional and draw(_sometimes):
                at += timedelta(microseconds=draw(st.sampled_from(FRACTIONS)))
        instants.append(at)
        event: dict[str, Any] = {"id": f"e{name}", "at": _written(at), "kind": kind}
        actor = draw(st.sampled_from(ACTORS))
        if actor:
            event["actor"] = actor
        if sequenced:
            event["seq"] = draw(st.integers(0, 2))
        if kind == "policy_changed":
            event["payload"] = {"target_s": draw(_targets)}
        events.append(event)

    if events and draw(_sometimes):
        copied = draw(st.sampled_from(events))
        events.insert(draw(st.integers(0, len(events))), dict(copied))
    if draw(_sometimes):
        events = draw(st.permutations(events))

    target = draw(_targets)
    if instants and draw(_sometimes):
        # As long as it is from one event to another: often a stop, or `now`, exactly on the due.
        between = int((draw(st.sampled_from(instants)) - instants[0]).total_seconds())
        target = between if 0 < between <= 2 * DAY else target

    return {
        "policy": {"metric": draw(st.sampled_from(METRICS)), "target_s": target},
        "calendar": calendar,
        "events": events,
        "now": _written(_now(draw, instants or [anchor])),
    }


def _now(draw: st.DrawFn, instants: list[datetime]) -> datetime:
    """After the last event mostly; else at any of them, a little later, or before the first."""
    when = draw(st.sampled_from(("soon", "soon", "later", "later", "among", "at", "at", "before")))
    if when == "before" and draw(st.booleans()):
        return instants[0] - timedelta(seconds=draw(st.sampled_from((1, HOUR))))
    if when == "later":
        return instants[-1] + timedelta(seconds=draw(st.integers(0, 12 * DAY)))
    moment = instants[-1] if when == "soon" else draw(st.sampled_from(instants))
    return moment if when == "at" else moment + timedelta(seconds=draw(_steps))
