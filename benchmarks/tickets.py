"""A desk with a million tickets: what opening, working, listing and reporting cost.

    .venv/bin/python -m benchmarks.tickets [--tickets 1000000] [--only opening figures …] [--keep]

Fills databases of a hundredth, a tenth and all of the tickets on PostgreSQL and SQLite, measures,
and puts the tables into docs/tickets-benchmark.md and the plot into docs/pictures. The PostgreSQL
server is the one at ACEDESK_TEST_POSTGRES_URL, whose user must be a superuser; databases are its
own, named acedesk_bench_…. With --keep the databases stay, for another run to use. What has been
measured is kept in the folder, so that a run can be broken off and parts of it made again.
"""

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from rich.progress import Progress

from benchmarks import ticket_pages
from benchmarks.pages import processor
from benchmarks.ticket_lives import NOW, YEAR
from benchmarks.ticket_store import (
    BYTES_A_TICKET,
    Database,
    drop_postgres,
    postgres,
    sqlite_file,
)
from benchmarks.ticket_work import Speed, listing, opening, repeated, working
from desk.reporting.dashboard import dashboard
from desk.store import Store

SERVER = os.environ.get(
    "ACEDESK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
UV = Path(".uv/bin/uv")
PARTS = ("listing", "figures", "opening", "working", "helpdesk")
PERIODS = {"30 days": timedelta(days=30), "year": YEAR}
TASKS = (1, 8, 32)
RUNS = 3
COUNTS = {"PostgreSQL": 2_000, "SQLite": 500}
"""Tickets opened in each run."""

type Results = dict[str, Any]
type Step = tuple[str, Callable[[], Any]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--server", default=SERVER, help="DSN of the PostgreSQL server")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "acedesk-bench",
        help="where SQLite's files and the results go",
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--keep", action="store_true", help="leave the databases for another run")
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    options = parser.parse_args()
    sizes = [options.tickets // 100, options.tickets // 10, options.tickets]
    options.folder.mkdir(parents=True, exist_ok=True)
    check_disk(options.folder, sum(sizes))
    file = options.folder / f"results-{options.tickets}.json"
    results: Results = json.loads(file.read_text()) if file.exists() else {}
    results["machine"] = uvloop.run(machine(options.server))
    databases = [
        *(postgres(options.server, size) for size in sizes),
        *(sqlite_file(options.folder, size) for size in sizes),
    ]
    results["rows"] = {f"{d.system}/{d.tickets}": uvloop.run(rows(d)) for d in databases}
    databases += [postgres(options.server, 0), sqlite_file(options.folder, 0)]
    todo = [
        step
        for part in options.only
        for database in databases
        if wanted(part, database, options.tickets)
        for step in steps(part, database, options.server, still_open(results, database))
    ]
    with Progress() as progress:
        bar = progress.add_task("", total=len(todo))
        for name, step in todo:
            progress.update(bar, description=name)
            results[name] = step()
            file.write_text(json.dumps(results, indent=1))
            progress.advance(bar)
    page = ticket_pages.tables(results, sizes)
    print(page)
    if options.write:
        ticket_pages.write(page, results, sizes)
    if not options.keep:
        for size in (0, *sizes):
            drop_postgres(options.server, size)
        shutil.rmtree(options.folder)


def wanted(part: str, database: Database, largest: int) -> bool:
    """Whether a part is measured on a database."""
    on_server = database.system == "PostgreSQL"
    match part:
        case "opening":
            return on_server or database.tickets in (0, largest)
        case "working":
            return database.tickets == largest
        case "helpdesk":
            # At a million its list takes a minute.
            return on_server and 0 < database.tickets < largest
    return database.tickets > 0


def steps(part: str, database: Database, server: str, still_open: int) -> Iterator[Step]:
    """What is to be measured, each with the name under which it is kept."""
    name = f"{part}/{database.system}/{database.tickets}"
    count = COUNTS[database.system]
    match part:
        case "listing":
            yield name, lambda: uvloop.run(listing(database, runs=21))
        case "figures":
            for period, length in PERIODS.items():
                yield f"{name}/{period}", partial(reported, database, length)
        case "opening":
            for tasks in TASKS:
                yield f"{name}/{tasks}", partial(timed, opening, database, count, tasks)
        case "working":
            for tasks in TASKS:
                yield f"{name}/{tasks}", partial(timed, working, database, count // 4, tasks)
        case "helpdesk":
            yield name, partial(helpdesk, server, database.tickets, still_open)


def still_open(results: Results, database: Database) -> int:
    """How many open tickets it was filled with."""
    return int(results["rows"].get(f"{database.system}/{database.tickets}", {}).get("open", 0))


def timed(
    work: Callable[..., Coroutine[Any, Any, Speed]], database: Database, count: int, tasks: int
) -> dict[str, float]:
    """The figures of several runs, on the event loop that the desk is served on."""
    return asdict(uvloop.run(work(database, count=count, tasks=tasks, runs=RUNS)))


def reported(database: Database, period: timedelta) -> float:
    """Milliseconds for all figures of the dashboard."""
    return uvloop.run(figures(database, period))


async def figures(database: Database, period: timedelta) -> float:
    store = Store(database.url)

    async def gather() -> None:
        await dashboard(store, since=NOW - period, until=NOW, now=NOW)

    took = await repeated(gather, runs=5)
    await store.close()
    return took


def helpdesk(server: str, tickets: int, still_open: int) -> Results:
    """django-helpdesk with as many tickets, in an environment of its own."""
    script = Path(__file__).with_name("helpdesk_side.py")
    done = subprocess.run(
        [
            *(UV, "run", "--quiet", "--python", sys.executable, "--script", script),
            *("--server", server, "--tickets", str(tickets), "--open", str(still_open)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    result: Results = json.loads(done.stdout)
    return result


async def rows(database: Database) -> dict[str, int]:
    """How many rows of each kind there are."""
    store = Store(database.url)
    counts = {
        "events": "SELECT count(*) FROM ticket_event",
        "episodes": "SELECT count(*) FROM sla_episode",
        "open": "SELECT count(*) FROM ticket WHERE state IN "
        "('new', 'assigned', 'in_progress', 'on_hold')",
    }
    async with store.read() as session:
        connection = await session.connection()
        found = {
            name: int((await connection.exec_driver_sql(statement)).scalar_one())
            for name, statement in counts.items()
        }
    await store.close()
    return found


async def machine(server: str) -> dict[str, Any]:
    """What it was measured on."""
    connection = await asyncpg.connect(server)
    said = {
        name: await connection.fetchval(f"SHOW {name}")
        for name in ("server_version", "shared_buffers", "synchronous_commit", "fsync")
    }
    await connection.close()
    return {
        "cores": os.cpu_count(),
        "processor": processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
        "sqlalchemy": version("sqlalchemy"),
        "asyncpg": version("asyncpg"),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": said["server_version"].split()[0],
    } | {name: said[name] for name in ("shared_buffers", "synchronous_commit", "fsync")}


def check_disk(folder: Path, tickets: int) -> None:
    """Refuse to begin what would fill the disk, which PostgreSQL may have to itself or share."""
    needed = 2 * tickets * BYTES_A_TICKET
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(f"{needed / 2**30:.0f} GB are needed, {free / 2**30:.0f} GB are free")


if __name__ == "__main__":
    main()
