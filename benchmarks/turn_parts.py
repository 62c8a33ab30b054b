"""Where the milliseconds of a turn go: processor time of desk and bot, by what it was spent on.

    .venv/bin/python -m benchmarks.turn_parts [--write]

Starts a desk as `acedesk up` does, asks it one question after another, and looks a hundred times
a second where both processes are, with py-spy from outside. Each look counts for the innermost part
of the program that it finds itself in. The shares are put on the processor time that the system
counted without py-spy, so that what the looking costs does not count.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import httpx

from benchmarks.pages import figure, fill, machine, table
from benchmarks.processes import processor_s
from benchmarks.turns import measure
from desk.settings import PROJECT
from tests.e2e.stack import running

PAGE = PROJECT / "docs" / "turn.md"
UV = PROJECT / ".uv" / "bin" / "uv"
PROGRAMS = ("serve", "bot")
_LOOKS_A_SECOND = 100
_WARM = 60

PARTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "serve": (
        ("Embedding the message", "/textkit/embedding.py /tokenizers/ /model2vec/"),
        ("Search: nearest sentences, ranking", "/desk/knowledge/ /sklearn/ /scipy/"),
        ("Masking and reading the text", "/textkit/"),
        ("Asking the bot", "/httpcore/ /h11/ /anyio/ /sniffio/ /desk/conversations/bot.py"),
        ("Database", "/sqlalchemy/ /aiosqlite/ /desk/store/ /asyncpg/"),
        ("The action's call", "/rasa_sdk/ /actions/"),
        ("HTTP server", "/sanic/ /sanic_routing/ /httptools/ /tracerite/ /desk/web/"),
        ("Conversations and tickets", "/desk/"),
    ),
    "bot": (
        ("Reading the text", "/bot/components/ /rasa/nlu/ /sklearn/ /rasa/shared/nlu/ /textkit/"),
        ("Running the graph", "/dask/ /rasa/engine/"),
        ("Choosing what comes next", "/rasa/core/policies/ /rasa/core/featurizers/"),
        ("Calling the action", "/aiohttp/ /rasa/utils/endpoints.py /rasa/core/actions/"),
        ("The conversation's state", "/rasa/core/ /rasa/shared/ /bot/trackers.py"),
        ("HTTP server", "/sanic/ /sanic_routing/ /httptools/ /bot/channel.py"),
        ("The bot's own code", "/bot/"),
    ),
}  # fmt: skip
"""For each program what its files do; the first that fits says it."""
_LOOPS = ("base_events.py", "asyncio/runners.py", "sanic/server/runners.py", "uvloop/__init__.py")
"""What lies outside of these has only started the event loop."""
_WAITING = ("selectors.py", "run_forever", "uvloop/__init__.py", "runners.py", "aiosqlite/core.py")
"""What a thread is found in that waits for the network or the disk. An event loop that is written
in C can't be told from one that waits: what it does counts for the parts that it does it for."""
REST = "Event loop, standard library, interpreter"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=600)
    parser.add_argument("--write", action="store_true", help="put the result into docs/turn.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, running(Path(scratch) / "home") as desk:
        pids = {program: desk.pid_of(program) for program in PROGRAMS}
        asyncio.run(_turns(desk.url, _WARM))
        began = {program: processor_s(pid) for program, pid in pids.items()}
        asyncio.run(_turns(desk.url, options.turns))
        spent = {
            program: (processor_s(pid) - began[program]) / options.turns * 1000
            for program, pid in pids.items()
        }
        looks = {program: Path(scratch) / f"{program}.looks" for program in PROGRAMS}
        watching = [_watch(pids[program], looks[program]) for program in PROGRAMS]
        asyncio.run(_turns(desk.url, options.turns))
        for watcher in watching:
            # As Ctrl-C in a terminal would: to uv and to py-spy, which then writes what it saw.
            os.killpg(watcher.pid, signal.SIGINT)
            watcher.wait(timeout=60)
        report = "\n\n".join(
            [
                f"{options.turns} turns of one client, on {machine()}.",
                *(_table(program, spent[program], looks[program]) for program in PROGRAMS),
            ]
        )
    print(report)
    if options.write:
        fill(PAGE, report)


async def _turns(url: str, count: int) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        await measure(http, clients=1, turns=count)


def _watch(pid: int, file: Path) -> subprocess.Popen[bytes]:
    """Note every look in py-spy's raw form: the frames from the outermost on, and how often."""
    command: list[str | Path] = [
        UV, "tool", "run", "--quiet", "py-spy", "record", "--pid", str(pid), "--format", "raw",
        "--full-filenames", "--nonblocking", "--rate", str(_LOOKS_A_SECOND), "--output", file,
    ]  # fmt: skip
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _table(program: str, spent_ms: float, file: Path) -> str:
    counted: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not any(place in frames[-1] for place in _WAITING):
            counted[_part(program, frames)] += int(count)
    looks = counted.total()
    names = [name for name, _ in PARTS[program]] + [REST]
    rows = [
        [name, figure(counted[name] / looks * spent_ms), f"{counted[name] / looks:.0%}"]
        for name in sorted(names, key=lambda name: -counted[name])
    ]
    title = "Desk" if program == "serve" else "Bot"
    return table([title, "ms", "Share"], [*rows, ["Together", figure(spent_ms), "100%"]])


def _part(program: str, stack: list[str]) -> str:
    """What the innermost frame belongs to whose file is one of the parts'."""
    loops = [number for number, frame in enumerate(stack) if any(one in frame for one in _LOOPS)]
    for frame in reversed(stack[loops[-1] + 1 :] if loops else stack):
        # The bot's environment lies in the folder of its own code.
        file = frame.rpartition("site-packages")[2]
        for name, places in PARTS[program]:
            if any(place in file for place in places.split()):
                return name
    return REST


if __name__ == "__main__":
    main()
