"""`outage`: what visitors are told about an outage, posted by an analyst."""

from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncSession

from desk.cli.common import as_json, instant, open_store, print_json, run
from desk.cli.moments import Moment
from desk.outages.models import Outage, OutageStatus
from desk.outages.service import (
    MAX_TEXT,
    UnusableStatus,
    end_outage,
    is_current,
    list_outages,
    post_status,
)
from desk.settings import Settings


@click.group()
def outage() -> None:
    """Outages: the posted status, and the reports that go under one ticket."""


@outage.command()
@click.option("--en", required=True, help=f"In English, at most {MAX_TEXT} characters.")
@click.option("--es", required=True, help="The same in Spanish, as long at most.")
@click.option(
    "--until",
    type=Moment(),
    required=True,
    help="When the status expires: 2026-11-22T18:00Z or +2h.",
)
@click.option("--scope", help="Short code of what is affected, for the desk's own use.")
@click.option("--by", metavar="EMAIL", help="The user of the console who says so.")
@as_json
def post(
    en: str, es: str, until: datetime, scope: str | None, by: str | None, as_json: bool
) -> None:
    """Post a status, in force at once; it replaces the one before.

    The assistant quotes it word for word to whoever reports an outage or asks about one, until it
    expires or the outage is ended.
    """
    try:
        posted = run(_post(en, es, until, scope, by))
    except UnusableStatus as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(posted)
        return
    status = posted["statuses"][-1]
    click.echo(
        f"outage {posted['id']}: the status is in force until {status['until']}; "
        f"reports go under {posted['parent']}"
    )


@outage.command("list")
@click.option("--tests", is_flag=True, help="Also those that evaluations reported.")
@as_json
def list_(tests: bool, as_json: bool) -> None:
    """List outages with their statuses, newest first."""
    rows = run(_list(tests))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['id']:>4}  {row['state']:<10}  since {row['started_at']}  "
            f"{row['parent']}  {len(row['reports'])} reports"
        )
        for status in row["statuses"]:
            told = (
                f"posted {status['posted_at']} until {status['until']}",
                *(f"{name} {status[name]}" for name in ("scope", "by") if status[name]),
                *(["in force"] if status["in_force"] else []),
            )
            click.echo(f"      {', '.join(told)}")
            click.echo(f"        en  {status['en']}")
            click.echo(f"        es  {status['es']}")
    click.echo(f"{len(rows)} outages")


@outage.command()
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**31 - 1))
def end(number: int) -> None:
    """End an outage: its status is no longer quoted, and a new report begins another.

    The tickets stay open.
    """
    try:
        run(_end(number))
    except (LookupError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"outage {number} is over")


async def _post(
    en: str, es: str, until: datetime, scope: str | None, by: str | None
) -> dict[str, Any]:
    now = datetime.now(UTC)
    async with open_store(Settings()) as store:
        async with store.write() as session:
            status = await post_status(
                session, en=en, es=es, until=until, scope=scope, by=by, now=now
            )
        async with store.read() as session:
            found = await list_outages(session)
            joined = next(outage for outage in found if outage.id == status.outage_id)
            return await _row(session, joined)


async def _list(tests: bool) -> list[dict[str, Any]]:
    async with open_store(Settings()) as store, store.read() as session:
        found = await list_outages(session, tests=tests)
        return [await _row(session, outage) for outage in found]


async def _end(number: int) -> None:
    async with open_store(Settings()) as store, store.write() as session:
        await end_outage(session, number, now=datetime.now(UTC))


async def _row(session: AsyncSession, outage: Outage) -> dict[str, Any]:
    now = datetime.now(UTC)
    told = outage.status_in_force(now)
    if outage.ended_at is not None:
        state = "ended"
    elif told is not None:
        state = "posted"
    else:
        state = "collecting" if await is_current(session, outage, now=now) else "quiet"
    return {
        "id": outage.id,
        "state": state,
        "started_at": instant(outage.started_at),
        "ended_at": instant(outage.ended_at),
        "parent": outage.parent.number,
        "reports": [report.number for report in outage.parent.children],
        "statuses": [_status(status, in_force=status is told) for status in outage.statuses],
        "is_test": outage.is_test,
    }


def _status(status: OutageStatus, *, in_force: bool) -> dict[str, Any]:
    return {
        "id": status.id,
        "en": status.text_en,
        "es": status.text_es,
        "scope": status.scope,
        "posted_at": instant(status.posted_at),
        "until": instant(status.until),
        "by": status.posted_by,
        "in_force": in_force,
    }
