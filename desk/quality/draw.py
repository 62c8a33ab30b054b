"""The draw: which tickets of a lot are reviewed, so that anybody can repeat it.

Each ticket gets a ticket of the lottery: the SHA-256 of the seed and its id. Those with the
smallest come first. Every ticket is as likely as any other, nobody who does not choose the seed can
steer it, and with seed and population on record the same tickets come out on any machine and with
any version of Python, by hand if need be:

    printf '%s:%s' SEED ID | sha256sum
"""

import hashlib
import secrets
from collections.abc import Iterable


def new_seed() -> str:
    """A seed that nobody could foresee: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def draw(population: Iterable[int], number: int, *, seed: str) -> list[int]:
    """So many ids of the population in the order of the draw, none twice.

    Raises:
        ValueError: the population holds fewer.
    """
    ids = set(population)
    if number > len(ids):
        raise ValueError(f"{number} tickets can't be drawn from {len(ids)}")
    return sorted(ids, key=lambda ticket_id: (_lot(seed, ticket_id), ticket_id))[:number]


def _lot(seed: str, ticket_id: int) -> bytes:
    return hashlib.sha256(f"{seed}:{ticket_id}".encode()).digest()
