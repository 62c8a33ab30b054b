"""Break a running desk on purpose: `python -m tests.faults --rounds 100 --write`.

Half of the rounds are over PostgreSQL and half over SQLite, each on one desk that lives through all
of them. `--only` and `--seed` make a single kind, or a round that failed, again.
"""

import argparse
import asyncio
import sys

from tests.faults.kinds import FAULTS
from tests.faults.page import write
from tests.faults.rounds import Round, plan, rounds
from tests.faults.world import StoreKind, world

STORES: tuple[StoreKind, ...] = ("postgres", "sqlite")


async def main() -> None:
    """Make the rounds, print one line for each, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=STORES, action="append", help="both by default")
    parser.add_argument("--only", choices=list(FAULTS), action="append", metavar="FAULT")
    parser.add_argument("--write", action="store_true", help="write docs/faults.md")
    options = parser.parse_args()
    stores = options.store or STORES
    done: list[Round] = []
    for turn, kind in enumerate(stores):
        share = options.rounds // len(stores) + (turn < options.rounds % len(stores))
        async with world(kind) as made:
            able = [name for name, fault in FAULTS.items() if fault.possible(made)]
            left = set(FAULTS) - set(able) if kind == "postgres" else set()
            for name in left:
                print(f"left out: {name} (needs {FAULTS[name].needs})")
            names = plan(options.seed, share, options.only or able)
            async for one in rounds(made, names, seed=options.seed):
                done.append(one)
                tell(one)
                if one.findings:
                    print(made.logs(), file=sys.stderr)
    bad = [one for one in done if one.findings]
    print(f"{len(done)} rounds, {len(bad)} with findings")
    if options.write:
        write(done, seed=options.seed)
    sys.exit(bool(bad))


def tell(one: Round) -> None:
    """One line, and what was found."""
    recovery = "never" if one.recovery is None else f"{one.recovery:.1f} s"
    failed = ", ".join(f"{count} {what}" for what, count in one.failures.most_common()) or "none"
    print(
        f"{one.number:>3} {one.store:<8} {one.fault:<32} {one.seconds:4.1f} s  back after "
        f"{recovery}; {one.requests} requests, failed: {failed}; longest wait {one.longest:.1f} s; "
        f"{dict(one.kinds)}",
        flush=True,
    )
    for found in one.findings:
        print(f"      {found}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
