"""`sla`: what was promised and what was kept."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from desk.cli.common import as_json, instant, open_store, print_json, run
from desk.settings import Settings
from desk.sla.clock import Episode
from desk.sla.statistics import Attainment, attainment
from desk.tickets.models import Ticket
from desk.tickets.service import list_tickets, processed_clock

TARGET = 0.90
"""The contract: nine in ten tickets are processed in time."""

_RULE = (
    "processed within 4 hours of being opened, on the 24x7 calendar; open and overdue counts as a "
    "breach, open and in time is pending; tickets of evaluations are not counted"
)
_STRATA: dict[str, Callable[[Ticket], str]] = {
    "language": lambda ticket: ticket.language,
    "channel": lambda ticket: ticket.channel,
    "category": lambda ticket: ticket.category,
    "priority": lambda ticket: ticket.priority,
    "day": lambda ticket: ticket.opened_at.strftime("%Y-%m-%d"),
}


@click.group()
def sla() -> None:
    """Service levels."""


@sla.command()
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC).")
@click.option("--to", "until", type=click.DateTime(["%Y-%m-%d"]), help="Day after the last (UTC).")
@click.option("--by", type=click.Choice(list(_STRATA)), help="Split the count.")
@as_json
def report(since: datetime | None, until: datetime | None, by: str | None, as_json: bool) -> None:
    """Attainment of the four-hour promise so far, with Wilson's 95 % interval."""
    now = datetime.now(UTC)
    tickets = run(_tickets(_utc(since), _utc(until)))
    clocks = [(ticket, processed_clock(ticket.events, now=now)) for ticket in tickets]
    total = attainment(clock for _, clock in clocks)
    strata = _split(clocks, by) if by else {}
    if as_json:
        print_json(
            {
                "at": instant(now),
                "metric": "processed",
                "rule": _RULE,
                "target": TARGET,
                "total": _figures(total),
                "by": by,
                "strata": {name: _figures(part) for name, part in strata.items()},
            }
        )
        return
    click.echo(f"Rule: {_RULE}.")
    click.echo(_line("all", total))
    for name, part in strata.items():
        click.echo(_line(name, part))


async def _tickets(since: datetime | None, until: datetime | None) -> list[Ticket]:
    async with open_store(Settings()) as store, store.read() as session:
        return await list_tickets(session, opened_from=since, opened_to=until)


def _split(clocks: list[tuple[Ticket, Episode]], by: str) -> dict[str, Attainment]:
    groups: dict[str, list[Episode]] = defaultdict(list)
    for ticket, clock in clocks:
        groups[_STRATA[by](ticket)].append(clock)
    return {name: attainment(groups[name]) for name in sorted(groups)}


def _figures(part: Attainment) -> dict[str, Any]:
    return vars(part) | {"share": part.share, "interval": part.interval}


def _line(name: str, part: Attainment) -> str:
    counts = (
        f"{part.hits} met, {part.breaches} breached, {part.pending} pending, "
        f"{part.excluded} excluded of {part.total}"
    )
    if part.share is None or part.interval is None:
        return f"{name:<12} nothing decided yet ({counts})"
    low, high = part.interval
    return f"{name:<12} {part.share:.1%} ({low:.1%} to {high:.1%}; {counts})"


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
