"""Whether a desk that runs for hours holds more and more: memory, files, threads, connections.

    .venv/bin/python -m benchmarks.soak --minutes 120 --write

Starts a desk of its own as `acedesk up` does, with Redis, a mailbox and a relay, and lets people
come: widgets that open a stream, ask and go, programs, analysts who work tickets off, mails. Every
ten seconds it looks at each process. What grows is told as a slope with its interval, from the
medians of blocks of the time after the first quarter, in which caches fill.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scipy.stats import theilslopes

from desk.evaluation.drawing import ACCENT, INK, QUIET, WARN, draw, standalone
from desk.settings import PROJECT
from tests.dovecot import Dovecot
from tests.dovecot import serving as serving_mail
from tests.e2e.stack import Stack, running
from tests.mailbag import mailbag
from tests.relay import relaying
from tests.servers import Cluster, Redis, postgres, redis
from tests.traffic import Ledger, Pace, Traffic

DOCS = PROJECT / "docs" / "soak.md"
PICTURE = PROJECT / "docs" / "pictures" / "soak.svg"
MARKS = "<!-- measured -->", "<!-- end of measured -->"
PROGRAMS = ("serve", "worker", "bot", "up")
EVERY_S = 10.0
_SETTLING_S = 20.0
"""After the last visitor has gone, before what is left over is counted."""
_BLOCKS = 24
_MB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one process, or a server, held at one moment."""

    name: str
    at: float
    """Seconds from the beginning."""
    figures: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Slope:
    """Growth an hour, and the 95 % interval around it."""

    low: float
    middle: float
    high: float


def main() -> None:
    """Run, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--turns", type=float, default=20.0, help="messages a second")
    parser.add_argument("--streams", type=int, default=50, help="widgets open at a time")
    parser.add_argument("--mails", type=float, default=0.2, help="mails a second")
    parser.add_argument("--store", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--redis", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="file that the samples go to, as JSON lines")
    parser.add_argument("--write", action="store_true", help="write the figures into the docs")
    options = parser.parse_args()
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres()) if options.store == "postgres" else None
        memory = stack.enter_context(redis()) if options.redis else None
        imap = stack.enter_context(serving_mail())
        relay = stack.enter_context(relaying())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {
            "ACEDESK_MAILBOXES": imap.url,
            "ACEDESK_MAIL_ADDRESS": "desk@desk.example",
            "ACEDESK_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
        }
        if cluster is not None:
            settings["ACEDESK_DATABASE_URL"] = cluster.url
        if memory is not None:
            settings["ACEDESK_REDIS_URL"] = memory.url
        desk = stack.enter_context(running(home / "home", **settings))
        samples, ledger = asyncio.run(soak(desk, imap, Watch(desk, cluster, memory), options))
        sent = len(relay.taken)
    told = report(samples, ledger, sent, options)
    print(told)
    if options.write:
        PICTURE.write_text(plot(samples), "utf-8")
        before, _, rest = DOCS.read_text("utf-8").partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        DOCS.write_text(f"{before}{MARKS[0]}\n\n{told}\n\n{MARKS[1]}{after}", "utf-8")


class Watch:
    """Looks at every process of a desk and at its servers."""

    def __init__(self, desk: Stack, cluster: Cluster | None, memory: Redis | None) -> None:
        self._desk = desk
        self._cluster = cluster
        self._memory = memory
        self.began = time.monotonic()

    def look(self) -> list[Sample]:
        """One sample of each."""
        at = time.monotonic() - self.began
        found = [
            Sample(name=name, at=at, figures=process_figures(self._desk.pid_of(name)))
            for name in PROGRAMS
        ]
        stores = {}
        if self._memory is not None:
            stores["Redis MB"] = self._memory.memory() / _MB
        if self._cluster is not None:
            stores["connections"] = self._cluster.connections()
        else:
            log = self._desk.home / "acedesk.db-wal"
            stores["WAL MB"] = (log.stat().st_size if log.exists() else 0) / _MB
        return [*found, Sample(name="stores", at=at, figures=stores)]


def process_figures(pid: int) -> dict[str, float]:
    """Memory that is the process's own share of what is in use, open files, threads."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    lines = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
    status = Path(f"/proc/{pid}/status").read_text()
    threads = next(line for line in status.splitlines() if line.startswith("Threads:"))
    return {
        "RSS MB": int(lines["Rss"].split()[0]) / 1024,
        "PSS MB": int(lines["Pss"].split()[0]) / 1024,
        "files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "threads": int(threads.split()[1]),
    }


async def soak(
    desk: Stack, imap: Dovecot, watch: Watch, options: argparse.Namespace
) -> tuple[list[Sample], Ledger]:
    """Samples before, during and after the traffic, and what the people saw of it."""
    traffic = Traffic(
        desk.url,
        analyst_token(desk),
        Pace(turns=options.turns, streams=options.streams),
        random.Random(options.seed),
    )
    samples: list[Sample] = []

    async def look() -> None:
        new = await asyncio.to_thread(watch.look)
        samples.extend(new)
        if options.keep is not None:
            with options.keep.open("a") as kept:
                kept.writelines(
                    json.dumps({"name": one.name, "at": one.at, **one.figures}) + "\n"
                    for one in new
                )

    await look()
    traffic.begin()
    writing = asyncio.create_task(write_mails(imap, options))
    until = time.monotonic() + options.minutes * 60
    while time.monotonic() < until:
        await asyncio.sleep(EVERY_S)
        await look()
        traffic.check()
        if writing.done():
            writing.result()
    writing.cancel()
    await traffic.end()
    await asyncio.sleep(_SETTLING_S)
    await look()
    return samples, traffic.ledger


async def write_mails(imap: Dovecot, options: argparse.Namespace) -> None:
    """Mails of all kinds, at an even rate, until cancelled."""
    count = round(options.minutes * 60 * options.mails) + 1
    for mail in mailbag(count, seed=options.seed):
        await asyncio.to_thread(imap.deliver, mail.raw.replace(b"\r\n", b"\n"))
        await asyncio.sleep(1 / options.mails)


def analyst_token(desk: Stack) -> str:
    """A token for programs of a new analyst."""
    address, scopes = "soak@desk.example", ("tickets.read", "tickets.work", "conversations.reply")
    desk.cli("user", "add", address, "--password-stdin", stdin="correct horse battery")
    asked = [word for scope in scopes for word in ("--scope", scope)]
    return str(desk.cli("user", "token", address, "--name", "soak", *asked).split()[-1])


def series(samples: Sequence[Sample], name: str, figure: str) -> Iterator[tuple[float, float]]:
    """Moments and values of one figure while people came."""
    own = [one for one in samples if one.name == name and figure in one.figures]
    return ((one.at, one.figures[figure]) for one in own[1:-1])


def slope(points: Sequence[tuple[float, float]]) -> Slope | None:
    """Growth an hour after the first quarter; None when there are too few samples.

    Theil and Sen's estimate over the medians of blocks: neighbouring samples are much alike, and
    taking each for itself would make the interval too narrow.
    """
    if not points:
        return None
    begins = points[-1][0] / 4
    blocks: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for at, value in points:
        if at >= begins:
            share = (at - begins) / (points[-1][0] - begins)
            blocks[min(int(share * _BLOCKS), _BLOCKS - 1)].append((at / 3600, value))
    if len(blocks) < _BLOCKS // 2:
        return None
    hours = [statistics.median(at for at, _ in block) for block in blocks.values()]
    values = [statistics.median(value for _, value in block) for block in blocks.values()]
    found = theilslopes(values, hours, 0.95)
    return Slope(low=found.low_slope, middle=found.slope, high=found.high_slope)


def report(
    samples: Sequence[Sample], ledger: Ledger, sent: int, options: argparse.Namespace
) -> str:
    """The figures as text and tables."""
    answered = [one for one in ledger.said if one.answered is not None]
    took = sorted(one.answered - one.began for one in answered if one.answered is not None)
    resolved = sum(one.act == "resolve" and one.status == 200 for one in ledger.done)
    store = "PostgreSQL" if options.store == "postgres" else "SQLite"
    store += " with Redis" if options.redis else " without Redis"
    failed = ", ".join(f"{count} × {what}" for what, count in ledger.failures.most_common())
    note = (
        f"{options.minutes:g} minutes on {store}, {datetime.now(UTC).date()}: "
        f"{len(answered):,} of {len(ledger.said):,} messages answered "
        f"({len(answered) / options.minutes / 60:.1f} a second), half of them within "
        f"{statistics.median(took) * 1e3:.0f} ms and 95 % within "
        f"{took[int(len(took) * 0.95)] * 1e3:.0f} ms, through {options.streams} widgets at a time "
        f"and programs; {resolved:,} tickets taken, answered and resolved; {sent:,} mails sent. "
        f"Requests that failed: {failed or 'none'}."
    )
    heads = ("", "Start", "Last quarter", "Growth an hour (95 % interval)", "After all have gone")
    rows = ["| " + " | ".join(heads) + " |", "| --- | --- | --- | --- | --- |"]
    rows += [
        _row(samples, name, figure)
        for name in (*PROGRAMS, "stores")
        for figure in next(one for one in samples if one.name == name).figures
    ]
    return "\n".join([note, "", *rows])


def _row(samples: Sequence[Sample], name: str, figure: str) -> str:
    own = [one.figures[figure] for one in samples if one.name == name]
    points = list(series(samples, name, figure))
    last = [value for at, value in points if at >= points[-1][0] * 3 / 4]
    shown = _mb if figure.endswith("MB") else _count
    grown = slope(points)
    growth = (
        f"{_signed(grown.middle)} ({_signed(grown.low)} to {_signed(grown.high)})"
        if grown
        else "too short a run"
    )
    title = figure if name == "stores" else f"`{name}` {figure}"
    cells = (title, shown(own[0]), shown(statistics.median(last)), growth, shown(own[-1]))
    return "| " + " | ".join(cells) + " |"


def _mb(value: float) -> str:
    return f"{value:.1f}"


def _count(value: float) -> str:
    return f"{value:.0f}"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-0.00", "0.00").replace("+0.00", "0.00")


def plot(samples: Sequence[Sample]) -> str:
    """Memory and open files of each process against time."""

    def paint(figure: Any) -> None:
        memory, files = figure.subplots(1, 2)
        for axes, what, title in (
            (memory, "PSS MB", "Memory, MB"),
            (files, "files", "Open files and connections"),
        ):
            for name, colour, line in zip(
                PROGRAMS, (ACCENT, WARN, INK, QUIET), ("-", "--", "-.", ":"), strict=True
            ):
                points = list(series(samples, name, what))
                axes.plot(
                    [at / 60 for at, _ in points],
                    [value for _, value in points],
                    color=colour,
                    linestyle=line,
                    linewidth=1.2,
                    label=name,
                )
            axes.set_title(title)
            axes.set_xlabel("minutes")
            axes.set_ylim(bottom=0)
            axes.grid(axis="y")
        files.legend(frameon=False, ncols=2)

    alt = "Memory and open files of each process of a desk against the minutes of the soak."
    return standalone(draw("soak", (9.6, 3.6), paint), alt)


if __name__ == "__main__":
    main()
