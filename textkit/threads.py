"""How many threads linear algebra may use."""

from __future__ import annotations

import os

_NAMES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def one_each() -> None:
    """Let BLAS work in the thread that calls it, unless the environment says otherwise.

    It must be called before NumPy is imported. The products of a turn are small: threads that wait
    for each other cost three times what they save, and take the time from other processes.
    """
    for name in _NAMES:
        os.environ.setdefault(name, "1")
