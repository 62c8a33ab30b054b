"""One trained model for all tests, and one action server."""

from __future__ import annotations

import bot  # noqa: F401 (its stand-ins must be in place before Rasa is imported)

# isort: split
import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from action_server import TOKEN, ActionServer
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.channel import Replies
from bot.server import Settings, load
from bot.train import MODEL, ensure_model
from bot.tuning import tune

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def model() -> Path:
    return ensure_model(ROOT, MODEL)


@pytest.fixture(scope="session")
def action_server() -> Iterator[ActionServer]:
    server = ActionServer()
    yield server
    server.close()


@pytest.fixture
def actions(action_server: ActionServer) -> ActionServer:
    action_server.reset()
    return action_server


@pytest.fixture(scope="session")
def agent(model: Path, action_server: ActionServer) -> Agent:
    tune()
    return asyncio.run(
        load(Settings(port=0, action_url=action_server.url, token=TOKEN, model=model))
    )


_senders = itertools.count()


@pytest.fixture
def say(agent: Agent, actions: ActionServer) -> Callable[..., list[dict[str, Any]]]:
    """`say(text, **metadata)` is a turn of the test's own conversation; its bubbles come back."""
    sender = f"conversation-{next(_senders)}"

    async def take(message: UserMessage) -> None:
        await agent.handle_message(message)
        # Its connections belong to the event loop, and each turn here has one of its own.
        await agent.action_endpoint.close()

    def turn(text: str, **metadata: Any) -> list[dict[str, Any]]:
        replies = Replies()
        asyncio.run(
            take(UserMessage(text, replies, sender, input_channel="rest", metadata=metadata))
        )
        return replies.messages

    return turn
