"""A day of 100,000 users on one machine: what the machine carries, and what analysts keep.

    .venv/bin/python -m benchmarks.day [--only machine analysts] [--write]

The real desk with the real bot is put under the busiest hour's load, uncompressed, and then under
many times that until it is full. The tickets of whole weeks are simulated, written as the desk
writes them, and judged by its own reports. It takes some twelve minutes. `--write` puts the tables
into docs/day-benchmark.md and draws the plots.
"""

import argparse
import tempfile
from pathlib import Path

from rich.progress import track

from benchmarks.day import page
from benchmarks.day.peak import peak
from benchmarks.day.tickets import SEEDS, STAFFING, week

PARTS = ("machine", "analysts")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--first", type=float, default=120, help="seconds of the busiest hour")
    parser.add_argument("--each", type=float, default=45, help="seconds of each heavier load")
    parser.add_argument("--weeks", type=int, default=len(SEEDS), help="of each staffing")
    parser.add_argument("--write", action="store_true", help="put the result into docs/")
    options = parser.parse_args()
    if options.write and set(options.only) != set(PARTS):
        parser.error("--write needs both parts")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        loads = []
        if "machine" in options.only:
            loads = peak(folder / "home", first_s=options.first, each_s=options.each)
        weeks = []
        if "analysts" in options.only:
            weeks = [
                week(staffing, folder, seeds=SEEDS[: options.weeks])
                for staffing in track(STAFFING, description="weeks of analysts")
            ]
    report = page.tables(loads, weeks)
    print(report)
    if options.write:
        page.write(report, weeks)


if __name__ == "__main__":
    main()
