"""A limit on messages from one address, so that one visitor can't starve the others."""

import math
import time
from collections import OrderedDict

from desk.web.errors import ApiError

_ADDRESSES = 10_000


class RateLimit:
    """A token bucket for each address: `per_minute` messages, all of which may come at once."""

    def __init__(self, per_minute: int) -> None:
        """`per_minute`: 0 turns the limit off."""
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, address: str) -> None:
        """Count one message.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        if self._per_minute == 0:
            return
        now = time.monotonic()
        left, since = self._buckets.pop(address, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - since) * self._per_minute / 60)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = math.ceil((1 - left) * 60 / self._per_minute)
            raise ApiError(429, "rate_limited", seconds=wait)
