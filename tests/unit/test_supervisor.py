import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from desk.supervisor import Program, Supervisor


def program(tmp_path: Path, name: str, code: str) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-c", code],
        environment=dict(os.environ),
        log=tmp_path / f"{name}.log",
    )


async def test_what_dies_is_started_again_and_ctrl_c_stops_everything(tmp_path):
    told: list[str] = []
    mark = tmp_path / "starts"
    flaky = program(tmp_path, "flaky", f"open({str(mark)!r}, 'a').write('x')")
    steady = program(tmp_path, "steady", "import time; print('up', flush=True); time.sleep(60)")

    async def interrupt() -> None:
        while not (mark.exists() and len(mark.read_text()) >= 2 and "up" in log(steady)):
            await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)

    def log(of: Program) -> str:
        return of.log.read_text() if of.log.exists() else ""

    await asyncio.wait_for(
        Supervisor([flaky, steady], tell=told.append).run(meanwhile=interrupt()), timeout=20
    )
    assert told[0].startswith("flaky ended with 0; starting it again in 0.5 s")


async def test_a_program_that_will_not_stop_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("desk.supervisor._GRACE_S", 0.2)
    deaf = program(
        tmp_path,
        "deaf",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('up', flush=True); time.sleep(60)",
    )

    async def interrupt() -> None:
        while not (deaf.log.exists() and deaf.log.read_text()):
            await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    await asyncio.wait_for(
        Supervisor([deaf], tell=lambda _: None).run(meanwhile=interrupt()), timeout=10
    )


SUPERVISOR = """
import asyncio, os, sys
from pathlib import Path
from desk.supervisor import Program, Supervisor

code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
program = Program(
    name="one", command=[sys.executable, "-c", code], environment=dict(os.environ),
    log=Path(sys.argv[1]),
)
asyncio.run(Supervisor([program], tell=print).run(meanwhile=asyncio.sleep(60)))
"""


def test_who_is_killed_leaves_nothing_running(tmp_path):
    log = tmp_path / "one.log"
    with subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(log)]) as supervisor:
        soon(lambda: log.exists() and log.read_text().endswith("\n"))
        pid = int(log.read_text())
        supervisor.kill()
    soon(lambda: not runs(pid))


def runs(pid: int) -> bool:
    """Whether there is such a process; one that has ended may wait for its parent to notice."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def soon(condition):
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
