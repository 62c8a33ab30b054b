"""Redis, where there is one: what the processes of a desk share and need not keep."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

FAILURES = (RedisError, OSError)
"""What a server that is away, or in trouble, makes of a call."""
_PATIENCE_S = 1.0


def connect(url: str) -> Redis:
    """A client of the server at a `redis://` or `rediss://` address; nothing is called yet.

    It fails within a second: whoever asks can go on without an answer, and visitors wait.

    Raises:
        ValueError: it is no such address.
    """
    return Redis.from_url(
        url,
        socket_connect_timeout=_PATIENCE_S,
        socket_timeout=_PATIENCE_S,
        retry=Retry(NoBackoff(), 0),
    )


def key(redis: Redis, name: str) -> str:
    """A name of this desk's own; channels are shared by all databases of a server."""
    database = redis.connection_pool.connection_kwargs.get("db") or 0
    return f"acedesk:{database}:{name}"
