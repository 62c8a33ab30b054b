"""Runs the desk's processes side by side: starts again what dies, stops all when told."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0
_STEADY_S = 30.0
"""A process that has lived this long starts again without a longer wait when it dies."""
_GRACE_S = 8.0
_PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
"""See prctl(2)."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A process to keep running; what it prints goes to `log`."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path


class Supervisor:
    """Keeps programs running until SIGINT, SIGTERM or SIGHUP."""

    def __init__(self, programs: Sequence[Program], *, tell: Callable[[str], None]) -> None:
        """`tell` gets one line for each start after a crash."""
        self._programs = programs
        self._tell = tell
        self._stop = asyncio.Event()

    async def run(self, *, meanwhile: Coroutine[Any, Any, None]) -> None:
        """Start everything, run `meanwhile` beside it, and wait for the signal to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        async with asyncio.TaskGroup() as tasks:
            for program in self._programs:
                tasks.create_task(self._keep(program))
            beside = tasks.create_task(meanwhile)
            await self._stop.wait()
            beside.cancel()

    async def _keep(self, program: Program) -> None:
        wait = _FIRST_WAIT_S
        while not self._stop.is_set():
            began = time.monotonic()
            with program.log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *program.command,
                    env=program.environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Ctrl-C reaches the supervisor alone, which then stops the others in order.
                    start_new_session=True,
                    preexec_fn=partial(_end_with, os.getpid()),
                )
            try:
                if await self._ended(process):
                    return
            finally:
                if process.returncode is None:
                    process.kill()
            if time.monotonic() - began > _STEADY_S:
                wait = _FIRST_WAIT_S
            self._tell(
                f"{program.name} ended with {process.returncode}; "
                f"starting it again in {wait:g} s (its log: {program.log})"
            )
            try:
                async with asyncio.timeout(wait):
                    await self._stop.wait()
            except TimeoutError:
                wait = min(wait * 2, _LONGEST_WAIT_S)

    async def _ended(self, process: asyncio.subprocess.Process) -> bool:
        """Wait for the end of the process; True when it was we who wished it."""
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if ended.done():
            return False
        process.terminate()
        try:
            async with asyncio.timeout(_GRACE_S):
                await ended
        except TimeoutError:
            process.kill()
            await process.wait()
        return True


def _end_with(supervisor: int) -> None:
    """In a program that begins: have it told to end when the supervisor is killed.

    Programs left behind would hold the ports, and nobody would start again what dies of them.
    """
    if _PRCTL is None:
        return
    _PRCTL(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:
        os._exit(1)  # It was killed before it could be told.
