"""Processes as Linux tells of them in /proc."""

import os
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for file in _PROC.glob(f"{pid}/task/*/children"):
        for child in file.read_text().split():
            yield from family(int(child))


def resident_mb(pid: int) -> float:
    """Memory of its own, and its share of what it has in common with others (PSS)."""
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def processor_s(pid: int) -> float:
    """Seconds that it has kept a core busy."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
