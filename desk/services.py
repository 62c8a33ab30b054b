"""The desk put together: every room with what it needs, made once a process."""

from dataclasses import dataclass

from redis.asyncio import Redis

from desk.conversations.bot import BotClient
from desk.conversations.exchange import Exchange
from desk.conversations.live import Live
from desk.conversations.locks import Locks
from desk.conversations.turns import AROUND_BOT_S, Turns
from desk.conversations.waiting import Queue
from desk.home import Home, Secrets
from desk.knowledge.library import Library
from desk.knowledge.reports import ReportCatalogue
from desk.routing.decision import Thresholds
from desk.routing.judge import Judge
from desk.settings import PROJECT, Settings
from desk.store import Store
from desk.store.redis import connect
from textkit.embedding import embedder


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the web, the actions and the worker use."""

    settings: Settings
    secrets: Secrets
    store: Store
    redis: Redis | None
    """What several desk processes share besides the store."""
    library: Library
    reports: ReportCatalogue
    judge: Judge
    thresholds: Thresholds
    bot: BotClient
    live: Live
    queue: Queue
    turns: Turns

    @classmethod
    def build(cls, settings: Settings) -> "Services":
        """Connect everything; nothing is read or called yet."""
        home = Home(settings.home)
        secrets = home.secrets()
        store = Store(settings.store_url)
        redis = connect(settings.redis_url) if settings.redis_url else None
        live = Live(Exchange(redis) if redis else None)
        locks = Locks(redis, lease_s=settings.bot_timeout + AROUND_BOT_S)
        meaning = embedder(settings.embedder)
        bot = BotClient(
            home.bot_urls(settings),
            secrets.bot_token,
            timeout=settings.bot_timeout,
            embedder=meaning,
        )
        return cls(
            settings=settings,
            secrets=secrets,
            store=store,
            redis=redis,
            library=Library(store, meaning, settings.rankings),
            reports=ReportCatalogue(PROJECT / "data" / "reports.yml"),
            judge=Judge.load(),
            thresholds=Thresholds.load(),
            bot=bot,
            live=live,
            queue=Queue(store),
            turns=Turns(store, bot, live, locks),
        )

    async def close(self) -> None:
        """End what goes on, and give back connections."""
        await self.turns.close()
        await self.bot.close()
        if self.redis is not None:
            await self.redis.aclose()
        await self.store.close()
