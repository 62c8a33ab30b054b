"""No secret that a visitor pastes is in the store, a ticket or the log, whatever its form.

The messages are those of `tests.strategies`, class P1 of DOMAIN.md §3. The bot is a stand-in that
repeats what it was sent, the worst it could do; its own memory (the tracker) holds what it was sent
and nothing else, so that what the stand-in saw is what a tracker would keep.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy import select

from desk.conversations import drafts, opening, service
from desk.conversations.bot import BotReply
from desk.conversations.handoff import finish_draft, open_at_once
from desk.conversations.live import Live
from desk.conversations.models import Message
from desk.conversations.turns import Turns
from desk.store import Store
from desk.store.tables import Base
from tests.strategies import Pasted, compact, messages

MESSAGES = 40


class Parrot:
    """A bot that says back what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def ask(self, *, sender: str, message: str, metadata: dict[str, Any]) -> BotReply:
        self.heard += [message, str(metadata)]
        return BotReply(bubbles=[(f"You said: {message}", [])], custom={"kind": "smalltalk"})


def pasted_messages() -> list[Pasted]:
    """The same few dozen messages at each run."""
    drawn: list[Pasted] = []

    @seed(2026)
    @settings(
        max_examples=MESSAGES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(messages)
    def draw(pasted: Pasted) -> None:
        drawn.append(pasted)

    draw()
    return drawn


@pytest.fixture(scope="module")
def pasted() -> list[Pasted]:
    return pasted_messages()


async def every_cell(store: Store) -> list[str]:
    """What each table of the store holds."""
    cells: list[str] = []
    async with store.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                cells += [str(cell) for cell in row if cell is not None]
    return cells


async def receive(store: Store, text: str, number: int, *, channel: str = "chat") -> Message:
    """A visitor's first message, as the webhook takes it."""
    async with store.write() as session:
        conversation = await opening.conversation_of_sender(
            session, f"visitor-{number}", channel=channel, is_test=False
        )
        return await service.receive(session, conversation, text, client_id=f"c{number}")


def lines_of(log_file: Path) -> list[str]:
    return log_file.read_text(encoding="utf-8").splitlines()


def left_of(pasted: list[Pasted], kept: list[str]) -> list[tuple[str, str]]:
    """The secrets of which all is in something that was kept, however it is written there."""
    openly = compact("".join(message.around for message in pasted))
    cells = [compact(cell) for cell in kept]
    return [
        (message.kind, secret)
        for message in pasted
        for secret in message.secrets
        if compact(secret) not in openly and any(compact(secret) in cell for cell in cells)
    ]


async def test_no_secret_is_in_store_ticket_log_or_reply(
    store: Store, pasted: list[Pasted], log_file: Path
) -> None:
    parrot, live = Parrot(), Live()
    turns = Turns(store, parrot, live)  # type: ignore[arg-type]
    shown: list[str] = []
    for number, message in enumerate(pasted):
        kept = await receive(store, message.text, number)
        await turns.take(kept)
        async with store.write() as session:
            if number % 2:
                await open_at_once(
                    session, kept, category="support", priority="normal", story=kept.text
                )
            else:
                draft = await drafts.begin(
                    session,
                    kept.conversation_id,
                    key=kept.id,
                    category="support",
                    priority="normal",
                    article=None,
                    fields=("company",),
                    story=message.text,
                )
                await drafts.answer(session, draft, "company", message.text)
                await finish_draft(session, draft)
        async with store.read() as session:
            shown += [row.text for row in await service.history(session, kept.conversation_id)]
    assert left_of(pasted, await every_cell(store)) == []
    assert left_of(pasted, parrot.heard) == []
    assert left_of(pasted, shown) == []
    assert left_of(pasted, lines_of(log_file)) == []


async def test_a_turn_that_fails_logs_no_secret(
    store: Store, pasted: list[Pasted], log_file: Path
) -> None:
    class Broken(Parrot):
        async def ask(self, *, sender: str, message: str, metadata: dict[str, Any]) -> BotReply:
            raise RuntimeError(message)

    turns = Turns(store, Broken(), Live())  # type: ignore[arg-type]
    for number, message in enumerate(pasted[:10]):
        kept = await receive(store, message.text, number, channel="email")
        await asyncio.wait([turns.begin(kept)])
    logged = lines_of(log_file)
    assert any("a turn failed" in line for line in logged)
    assert left_of(pasted, logged) == []
