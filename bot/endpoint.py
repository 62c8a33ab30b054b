"""Where the desk runs the custom actions."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext

from aiohttp import ClientSession
from rasa.utils.endpoints import EndpointConfig


class ActionEndpoint(EndpointConfig):
    """The desk's action server, over connections that stay open.

    Rasa makes a session for each call, and with it a connection. This one belongs to the event loop
    of the first call. A call that meets the end of its connection fails and is not repeated, so
    that the desk keeps idle ones open for longer than the 15 seconds that they are kept for here.
    """

    def __init__(self, url: str, *, token: str) -> None:
        super().__init__(url, headers={"Authorization": f"Bearer {token}"})
        self._session: ClientSession | None = None

    def session(self) -> AbstractAsyncContextManager[ClientSession]:
        """The session; leaving the block leaves it open."""
        if self._session is None:
            self._session = super().session()
        return nullcontext(self._session)

    async def close(self) -> None:
        """Close its connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
