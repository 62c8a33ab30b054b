"""How fast a mailbox is worked off, with the real bot and real mail servers.

    .venv/bin/python -m benchmarks.mail --mails 10000 --write

Fills a mailbox of Debian's Dovecot with mixed mails (people's questions in both languages, requests
that only an analyst may deal with, machines, bounces, lists, broken mails), then starts a desk of
its own that reads it over IMAP, answers with the real bot and sends to a real SMTP server. The time
runs from the first mail that is taken to the last one that is dealt with; and, for sending, to the
last answer that the SMTP server has. All of that shares the machine.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from desk.conversations.models import InboundMail
from desk.settings import PROJECT, Settings
from desk.store import Store
from tests.dovecot import serving
from tests.e2e.stack import Stack, running
from tests.mailbag import Posted, mailbag
from tests.relay import Relay, relaying

DOCS = PROJECT / "docs" / "mail-benchmark.md"
MARKS = "<!-- measured -->", "<!-- end of measured -->"
_ROOM_S = 0.2


async def main() -> None:
    """Measure, print, and write the figures down if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--database", help="URL of an empty store; SQLite by default")
    parser.add_argument("--write", action="store_true", help="put the figures into the docs")
    options = parser.parse_args()
    posted = mailbag(options.mails)
    with tempfile.TemporaryDirectory() as home, serving() as imap, relaying() as relay:
        imap.deliver(*(mail.raw.replace(b"\r\n", b"\n") for mail in posted))
        print(f"{len(posted)} mails are in the mailbox", flush=True)
        settings = {
            "ACEDESK_MAILBOXES": imap.url,
            "ACEDESK_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
            "ACEDESK_MAIL_ADDRESS": "desk@desk.example",
        }
        if options.database:
            settings["ACEDESK_DATABASE_URL"] = options.database
        with running(Path(home), **settings) as stack:
            note = await measure(stack, posted, relay, home=Path(home), database=options.database)
    print(note)
    if options.write:
        before, _, rest = DOCS.read_text("utf-8").partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        DOCS.write_text(f"{before}{MARKS[0]}\n\n{note}\n\n{MARKS[1]}{after}", "utf-8")


async def measure(
    stack: Stack, posted: list[Posted], relay: Relay, *, home: Path, database: str | None
) -> str:
    """The figures as a table."""
    store = Store(Settings(home=home, database_url=database).store_url)
    counts = Counter(mail.kind for mail in posted)
    at_rest = {name: _processor_s(stack.pid_of(name)) for name in ("worker", "serve", "bot")}
    done, told = 0, 0.0
    while done < len(posted):
        await asyncio.sleep(_ROOM_S)
        done = await _count(store, InboundMail.state != "received")
        if time.monotonic() - told > 10:
            told = time.monotonic()
            print(f"  {done} dealt with, {len(relay.taken)} answers sent", flush=True)
    async with store.read() as session:
        first = await session.scalar(select(func.min(InboundMail.received_at)))
        last = await session.scalar(select(func.max(InboundMail.settled_at)))
        replied = await _count(store, InboundMail.replied_at.is_not(None))
        rows = await session.execute(
            select(InboundMail.decision, func.count()).group_by(InboundMail.decision)
        )
        outcomes = {str(decision): count for decision, count in rows}
    began = time.monotonic()
    while len({mail["Message-ID"] for _, mail in relay.taken}) < replied:  # noqa: ASYNC110
        await asyncio.sleep(_ROOM_S)
    behind = time.monotonic() - began
    await store.close()
    seconds = (last - first).total_seconds()
    people = sum(mail.wants_reply for mail in posted)
    table = [
        ("Mails", f"{len(posted)} ({', '.join(f'{n} {kind}' for kind, n in counts.items())})"),
        ("Of people who wait for a reply", str(people)),
        ("Answered or acknowledged", str(replied)),
        ("Decisions", ", ".join(f"{n} {name}" for name, n in outcomes.items())),
        ("Seconds from the first taken to the last dealt with", f"{seconds:.0f}"),
        ("Mails a second", f"{len(posted) / seconds:.1f}"),
        ("Seconds until the last answer was sent after that", f"{behind:.0f}"),
        ("Mails with a reply a second", f"{replied / seconds:.1f}"),
    ]
    for name, program in (("worker", "worker"), ("desk", "serve"), ("bot", "bot")):
        pid = stack.pid_of(program)
        each = (_processor_s(pid) - at_rest[program]) / len(posted)
        table.append((f"Processor time of the {name}", f"{each * 1000:.1f} ms a mail"))
        table.append((f"Memory of the {name}", f"{_resident(pid)} MB"))
    return "\n".join(
        ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in table)]
    )


async def _count(store: Store, condition: object) -> int:
    async with store.read() as session:
        query = select(func.count()).select_from(InboundMail).where(condition)  # type: ignore[arg-type]
        return await session.scalar(query) or 0


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    asyncio.run(main())
