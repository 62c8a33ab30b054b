"""How the time that a text takes grows with its length, on a machine of whatever speed."""

import time
from collections.abc import Callable

LENGTHENED = 10
_TOO_LONG = 32
"""Halfway from ten to a hundred, by factors: a busy machine may well be three times slower."""
_TOO_SHORT_S = 0.05
"""Less than this is soon enough, and says nothing of how it grows."""


def grows_as_the_length(
    work: Callable[[str], object], make: Callable[[int], str], size: int
) -> bool:
    """Whether work on a text of `size` takes about as many times longer as the text is longer.

    A text of a tenth of the length is held against it: ten times the time for what grows with
    the length, a hundred for what grows with its square.
    """
    work(make(size // LENGTHENED // 10))  # what only the first call needs
    whole = min(_took(work, make(size)) for _ in range(2))
    part = min(_took(work, make(size // LENGTHENED)) for _ in range(2))
    return whole < _TOO_SHORT_S or whole < _TOO_LONG * part


def _took(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun
