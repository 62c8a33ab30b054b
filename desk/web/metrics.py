"""`GET /metrics` for Prometheus: what this process has counted, and how the desk stands.

At the public port it asks for the token of the settings; at a port of its own it does not.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import asyncio
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, Metric, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sanic import Blueprint, HTTPResponse, Request, Sanic, raw
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.reporting.standing import Pile, Review, Standing, review, standing
from desk.services import Services
from desk.store import Kept
from desk.web.errors import ApiError, same_token

log = logging.getLogger(__name__)
blueprint = Blueprint("metrics")

STANDING_S, REVIEW_S = 5.0, 60.0
"""For how long what was read serves other scrapes."""
_PATIENCE_S = 2.0
"""How long a scrape waits for the store."""

type Samples = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found out for a scrape; None where the store did not tell."""

    bot: bool
    free_bytes: int
    size_bytes: int
    standing: Standing | None
    review: Review | None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A gauge that is read at each scrape."""

    name: str
    help: str
    read: Callable[[Found], Samples | float | None]
    """One value, values by the label, or None when it is not known."""
    label: str | None = None

    def family(self, found: Found) -> Metric | None:
        """What Prometheus is told of it."""
        read = self.read(found)
        if read is None:
            return None
        family = GaugeMetricFamily(self.name, self.help, labels=[self.label] if self.label else ())
        for value, number in read.items() if isinstance(read, Mapping) else [(None, read)]:
            family.add_metric([] if value is None else [value], number)
        return family


def _stands[Read](read: Callable[[Standing], Read]) -> Callable[[Found], Read | None]:
    return lambda found: None if found.standing is None else read(found.standing)


def _counts(piles: Mapping[str, Pile]) -> Samples:
    return {name: pile.count for name, pile in piles.items()}


def _ages(piles: Mapping[str, Pile]) -> Samples:
    return {name: pile.oldest_s for name, pile in piles.items()}


FIGURES = (
    Figure(
        name="acedesk_store_up",
        help="Whether the store answered within two seconds.",
        read=lambda found: found.standing is not None,
    ),
    Figure(
        name="acedesk_bot_up",
        help="Whether the bot was ready within a second.",
        read=lambda found: found.bot,
    ),
    Figure(
        name="acedesk_home_free_bytes",
        help="Bytes that are free where the home lies.",
        read=lambda found: found.free_bytes,
    ),
    Figure(
        name="acedesk_home_size_bytes",
        help="Size of the file system that the home lies on.",
        read=lambda found: found.size_bytes,
    ),
    Figure(
        name="acedesk_tickets_open",
        help="Open tickets, those on hold included.",
        label="language",
        read=_stands(lambda stands: stands.open),
    ),
    Figure(
        name="acedesk_tickets_overdue",
        help="Open tickets past a deadline.",
        label="language",
        read=_stands(lambda stands: stands.overdue),
    ),
    Figure(
        name="acedesk_tickets_at_risk",
        help="Open tickets with a deadline within the next hour.",
        label="language",
        read=_stands(lambda stands: stands.at_risk),
    ),
    Figure(
        name="acedesk_queue_length",
        help="Visitors in a chat who wait for a person.",
        label="language",
        read=_stands(lambda stands: _counts(stands.waiting)),
    ),
    Figure(
        name="acedesk_queue_longest_wait_seconds",
        help="How long the one who has waited longest for a person has done so.",
        label="language",
        read=_stands(lambda stands: _ages(stands.waiting)),
    ),
    Figure(
        name="acedesk_messages_unanswered",
        help="Messages in a chat that no machine has answered yet.",
        read=_stands(lambda stands: stands.unanswered.count),
    ),
    Figure(
        name="acedesk_messages_oldest_unanswered_seconds",
        help="Age of the oldest of them.",
        read=_stands(lambda stands: stands.unanswered.oldest_s),
    ),
    Figure(
        name="acedesk_outbox_waiting",
        help="Items of the outbox that are not delivered yet.",
        label="topic",
        read=_stands(lambda stands: _counts(stands.outbox)),
    ),
    Figure(
        name="acedesk_outbox_oldest_seconds",
        help="Age of the oldest of them.",
        label="topic",
        read=_stands(lambda stands: _ages(stands.outbox)),
    ),
    Figure(
        name="acedesk_mails_waiting",
        help="Mails that nobody has dealt with yet.",
        read=_stands(lambda stands: stands.mails.count),
    ),
    Figure(
        name="acedesk_mails_oldest_seconds",
        help="Age of the oldest of them.",
        read=_stands(lambda stands: stands.mails.oldest_s),
    ),
    Figure(
        name="acedesk_mails_quarantined",
        help="Mails that wait for somebody to look at them.",
        read=lambda found: None if found.review is None else found.review.quarantined,
    ),
    Figure(
        name="acedesk_sla_attainment_ratio",
        help="Share of the clocks kept, of those decided that began in the last 30 days.",
        label="metric",
        read=lambda found: None if found.review is None else found.review.attainment,
    ),
)


class Gathering(Collector):
    """The process's own metrics, and what was found out for one scrape."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        """All of them."""
        yield from REGISTRY.collect()
        yield from self._figures()

    def _figures(self) -> Iterator[Metric]:
        for figure in FIGURES:
            if (family := figure.family(self._found)) is not None:
                yield family


class Watch:
    """What scrapes are answered from; many scrapes cost the store no more than one."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._standing: Kept[Standing] = Kept(services.store, _standing_now, STANDING_S)
        self._review: Kept[Review] = Kept(services.store, _review_now, REVIEW_S)

    async def told(self) -> bytes:
        """The answer to a scrape, in Prometheus' text format."""
        bot, stands, usage = await asyncio.gather(
            self._services.bot.healthy(),
            _within_patience(self._standing),
            asyncio.to_thread(shutil.disk_usage, self._services.settings.home),
        )
        found = Found(
            bot=bot,
            free_bytes=usage.free,
            size_bytes=usage.total,
            standing=stands,
            review=None if stands is None else await _within_patience(self._review),
        )
        return generate_latest(Gathering(found))


def metrics_app(services: Services) -> Sanic[Any, Any]:
    """`/metrics` at a port of its own."""
    app: Sanic[Any, Any] = Sanic(f"acedesk-metrics-{id(services)}", configure_logging=False)
    app.config.TOUCHUP = False
    app.ctx.watch = Watch(services)
    app.add_route(_answer, "/metrics", name="metrics")
    return app


@blueprint.get("/metrics")
async def metrics(request: Request) -> HTTPResponse:
    """What this process has counted and how the desk stands, for whoever has the token."""
    services: Services = request.app.ctx.services
    token = services.settings.metrics_token
    if token is None:
        raise ApiError(404, "not_found")
    if not same_token(request.token or "", token.get_secret_value()):
        raise ApiError(401, "unauthorised")
    return await _answer(request)


async def _answer(request: Request) -> HTTPResponse:
    watch: Watch = request.app.ctx.watch
    return raw(await watch.told(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


async def _within_patience[Value](kept: Kept[Value]) -> Value | None:
    """What is kept; None when the store does not tell in time. A scrape never fails for that."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await kept.get()
    except (SQLAlchemyError, OSError) as error:
        log.warning("the store told nothing of itself", extra={"reason": type(error).__name__})
        return None


async def _standing_now(session: AsyncSession) -> Standing:
    return await standing(session, now=datetime.now(UTC))


async def _review_now(session: AsyncSession) -> Review:
    return await review(session, now=datetime.now(UTC))
