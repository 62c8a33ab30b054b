"""How much one visitor, one address and one site may ask for, so that none starves the others."""

import ipaddress
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sanic import Request

from desk.web.errors import ApiError

_KEYS = 10_000
_IPV6_PREFIX = 64
"""Bits of an IPv6 address that name a household or an office: whoever has one has all below it."""
_STREAM_WAIT_S = 10

Kind = Literal["messages", "conversations", "files", "typing"]


class RateLimit:
    """A token bucket for each key: `per_minute` requests, all of which may come at once."""

    def __init__(self, per_minute: int) -> None:
        """`per_minute`: 0 turns the limit off."""
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, key: str, requests: int = 1) -> None:
        """Count a request, or with 0 see whether one more would do.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        if self._per_minute == 0:
            return
        now = time.monotonic()
        left, since = self._buckets.pop(key, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - since) * self._per_minute / 60)
        allowed = left >= 1
        self._buckets[key] = (left - requests if allowed else left, now)
        if len(self._buckets) > _KEYS:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = math.ceil((1 - left) * 60 / self._per_minute)
            raise ApiError(429, "rate_limited", seconds=wait)


class OpenLimit:
    """How many of something each key may have open at once."""

    def __init__(self, most: int) -> None:
        """`most`: 0 turns the limit off."""
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def opened(self, key: str) -> Iterator[None]:
        """Count one as open while the block lasts.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        if self._most and self._open[key] >= self._most:
            raise ApiError(429, "too_many_streams", seconds=_STREAM_WAIT_S)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


@dataclass(frozen=True, kw_only=True)
class _Shares:
    """Parts of the one rate that is set, which is that of messages from one address."""

    visitor: float | None
    address: float
    site: float


_SHARES: Mapping[Kind, _Shares] = {
    "messages": _Shares(visitor=1 / 4, address=1, site=20),
    # A visitor has one conversation; an office behind one address has many.
    "conversations": _Shares(visitor=None, address=1 / 4, site=5),
    "files": _Shares(visitor=1 / 24, address=1 / 8, site=5 / 2),
    # The widget tells of it every three seconds at most.
    "typing": _Shares(visitor=1 / 4, address=1, site=20),
}
STREAMS_A_CONVERSATION = 6
"""Tabs and devices in which one visitor reads along."""
_STREAMS_AN_ADDRESS = 1 / 2
_UPLOADS_AN_HOUR = 8 * 2**20
"""Bytes of all visitors' files together, for each message a minute that an address may send."""


class Budgets:
    """The limits of one process on what visitors do."""

    def __init__(self, per_minute: int) -> None:
        """Derive every limit from one.

        Args:
            per_minute: messages from one address; 0 turns all limits off.
        """
        self._limits = {
            kind: {
                "visitor": _limit(per_minute, shares.visitor),
                "address": _limit(per_minute, shares.address),
                "site": _limit(per_minute, shares.site),
            }
            for kind, shares in _SHARES.items()
        }
        self.uploads_an_hour = per_minute * _UPLOADS_AN_HOUR
        """Bytes of all visitors' files together; 0 for any number."""
        self._by_conversation = OpenLimit(STREAMS_A_CONVERSATION if per_minute else 0)
        self._by_address = OpenLimit(_part(per_minute, _STREAMS_AN_ADDRESS))

    def spend(self, kind: Kind, request: Request) -> None:
        """Count one request of a kind, for the visitor, the address and the site that it is from.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        limits = self._limits[kind]
        # By the token and not by the conversation in the address, which anybody may name.
        if request.token is not None:
            limits["visitor"].spend(request.token)
        limits["address"].spend(address_of(request))
        site = request.headers.getone("origin", None)
        if site is not None:
            limits["site"].spend(site)

    @contextmanager
    def stream(self, request: Request, conversation_id: str) -> Iterator[None]:
        """Count a stream of a conversation as open while the block lasts.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        address = address_of(request)
        with self._by_conversation.opened(conversation_id), self._by_address.opened(address):
            yield


def address_of(request: Request) -> str:
    """Where a request comes from: the address, or the network of an IPv6 address.

    Forwarding headers count only as far as `ACEDESK_PROXIES_COUNT` says.
    """
    given = (request.remote_addr or request.ip).strip("[]")
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return given
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
    return given


def _limit(per_minute: int, share: float | None) -> RateLimit:
    return RateLimit(0 if share is None else _part(per_minute, share))


def _part(whole: int, share: float) -> int:
    return max(1, round(whole * share)) if whole else 0
