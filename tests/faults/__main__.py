"""Break a running desk on purpose: `python -m tests.faults --rounds 100 --write`.

Half of the rounds are over PostgreSQL and half over SQLite, each on one desk that lives through all
of them. `--only` and `--seed` make a single kind, or a round that failed, again.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence

from tests.faults.kinds import FAULTS
from tests.faults.page import write
from tests.faults.rounds import Round, plan, rounds
from tests.faults.world import StoreKind, world

STORES: tuple[StoreKind, ...] = ("postgres", "sqlite")
ROUNDS, SEED = 100, 1


async def main() -> None:
    """Make the rounds, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--store", choices=STORES, action="append", help="both by default")
    parser.add_argument("--only", choices=list(FAULTS), action="append", metavar="FAULT")
    parser.add_argument("--write", action="store_true", help="write docs/faults.md")
    options = parser.parse_args()
    done = await broken(
        options.store or STORES, options.rounds, seed=options.seed, only=options.only or FAULTS
    )
    if options.write:
        write(done, seed=options.seed)
    sys.exit(any(one.findings for one in done))


async def broken(
    stores: Sequence[StoreKind], count: int, *, seed: int, only: Iterable[str] = FAULTS
) -> list[Round]:
    """So many rounds, shared among the stores; one line is printed for each."""
    done: list[Round] = []
    for turn, kind in enumerate(stores):
        share = count // len(stores) + (turn < count % len(stores))
        async with world(kind) as made:
            able = [name for name in only if FAULTS[name].possible(made)]
            for name in only:
                if name not in able:
                    print(f"left out over {kind}: {name} (needs {FAULTS[name].needs})")
            async for one in rounds(made, plan(seed, share, able), seed=seed):
                done.append(one)
                tell(one)
                if one.findings:
                    print(made.logs(), file=sys.stderr)
    print(f"{len(done)} rounds, {sum(bool(one.findings) for one in done)} with findings")
    return done


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
