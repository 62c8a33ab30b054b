"""`sla`: what was promised and what was kept."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from desk.cli import figures
from desk.cli.common import as_json, instant, open_store, print_json, run
from desk.messages import catalogue
from desk.settings import Settings
from desk.sla.policies import UnusablePolicies, in_use
from desk.sla.replay import UnusableReplay
from desk.sla.replay import as_json as episode_as_json
from desk.sla.replay import replay as replay_text
from desk.tickets.clocks import Clock, clocks, explained
from desk.tickets.repair import BATCH, Difference
from desk.tickets.repair import repair as repair_all
from desk.tickets.service import count_tickets, find_ticket


@click.group()
def sla() -> None:
    """Service levels."""


for command in figures.COMMANDS:
    sla.add_command(command)


@sla.command()
@click.argument("file", type=click.File("rb"))
def replay(file: Any) -> None:
    """Run a clock over the events in FILE (JSON; - for standard input), and print its episodes."""
    try:
        print_json(replay_text(file.read()))
    except UnusableReplay as error:
        raise click.ClickException(str(error)) from error


@sla.command("explain")
@click.argument("number")
@click.option("--language", type=click.Choice(["en", "es"]), default="en", show_default=True)
@as_json
def explain_(number: str, language: str, as_json: bool) -> None:
    """Tell, line by line, why a ticket is late or in time."""
    now = datetime.now(UTC)
    try:
        told = run(_explained(number, language, now))
    except UnusablePolicies as error:
        raise click.ClickException(str(error)) from error
    if told is None:
        raise click.ClickException(f"there is no ticket {number}")
    if as_json:
        print_json(told)
        return
    names = catalogue(language)["explain"]["metrics"]
    for entry in told:
        click.secho(names[entry["metric"]], bold=True)
        for line in entry["lines"]:
            click.echo(f"  {line['at']}  {line['text']}")


@sla.command()
@click.option("--dry-run", is_flag=True, help="Report differences and change nothing.")
@as_json
def repair(dry_run: bool, as_json: bool) -> None:
    """Hold what is cached against the tickets' logs, and rebuild it where it differs.

    None are expected. The exit status is 1 when there were some.
    """
    count, found = run(_repair(write=not dry_run))
    if as_json:
        print_json({"tickets": count, "differences": [vars(difference) for difference in found]})
    else:
        for difference in found:
            click.echo(
                f"{difference.ticket}  {difference.what}: cached {difference.cached}, "
                f"the log says {difference.rebuilt}"
            )
        click.echo(f"{count} tickets, {len(found)} differences")
    if found:
        raise SystemExit(1)


async def _explained(number: str, language: str, now: datetime) -> list[dict[str, Any]] | None:
    async with open_store(Settings()) as store, store.read() as session:
        ticket = await find_ticket(session, number)
    if ticket is None:
        return None
    recorded = {line.id: line.recorded_at for line in ticket.events}
    return [
        entry
        for clock in clocks(ticket.events, in_use(), now=now)
        for entry in _episodes(clock, recorded, language, now)
    ]


def _episodes(
    clock: Clock, recorded: Mapping[str, datetime], language: str, now: datetime
) -> list[dict[str, Any]]:
    return [
        episode_as_json(episode)
        | {
            "lines": [
                {"at": instant(step.at), "text": step.told(language)}
                for step in explained(clock, episode, recorded, now=now)
            ]
        }
        for episode in clock.episodes
    ]


async def _repair(*, write: bool) -> tuple[int, list[Difference]]:
    found: list[Difference] = []
    async with open_store(Settings()) as store:
        async with store.read() as session:
            count = await count_tickets(session)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("tickets", total=count)
            async for differences in repair_all(store, now=datetime.now(UTC), write=write):
                found += differences
                progress.advance(task, BATCH)
    return count, found
