"""What the bot is told to say about outages, before its responses put it into words."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.reading import Reading
from actions.route import Route
from desk.conversations import opening, service
from desk.knowledge.hits import Found
from desk.outages.service import post_status
from desk.routing.decision import Thresholds
from desk.routing.judge import Judge
from desk.store import Store
from desk.tickets.service import find_ticket

TEXTS = {"en": "The portal is slow.", "es": "El portal está lento."}
ARTICLE = SimpleNamespace(
    slug="outage_status_downtime",
    title="Is ACE down?",
    body="Check the dashboard.",
    category="support",
    confirmation="confirmed",
    language="en",
    routing=["A"],
    reviewed=datetime(2026, 11, 22, tzinfo=UTC).date(),
    sources=[],
)


class Turn:
    """Turns of the bot's action over a store."""

    def __init__(self, store: Store) -> None:
        library = SimpleNamespace(
            search=lambda text, language, after: Found(),
            article=lambda slug, language: SimpleNamespace(
                **vars(ARTICLE) | {"language": language}
            ),
        )
        services: Any = SimpleNamespace(
            store=store,
            library=library,
            judge=Judge.load(),
            thresholds=Thresholds.load(),
            reports=None,
        )
        self._store = store
        self._route = Route(services)

    async def take(
        self, intent: str, language: str, *, sender: str = "v", article: str | None = None
    ) -> list[dict[str, Any]]:
        async with self._store.write() as session:
            conversation = await opening.conversation_of_sender(
                session, sender, channel="chat", is_test=False, language=language
            )
            message = await service.receive(session, conversation, "hay algo", client_id=None)
        entities = [{"entity": "article", "value": article}] if article else []
        tracker = SimpleNamespace(
            sender_id=conversation.id,
            latest_message={
                "text": message.text,
                "intent": {"name": intent, "confidence": 0.99},
                "entities": entities,
                "metadata": {"message_id": message.id, "language": language},
            },
        )
        assert Reading.of(tracker).reply_language == language
        dispatcher = CollectingDispatcher()
        await self._route.run(dispatcher, tracker, {})
        return [dict(said) for said in dispatcher.messages]


@pytest.fixture
def turn(store: Store) -> Turn:
    return Turn(store)


async def post(store: Store) -> None:
    now = datetime.now(UTC)
    async with store.write() as session:
        await post_status(session, **TEXTS, until=now + timedelta(hours=1), now=now)


def responses(said: list[dict[str, Any]]) -> list[str]:
    return [one["response"] for one in said if one.get("response")]


def decided(said: list[dict[str, Any]]) -> dict[str, Any]:
    (custom,) = (one["custom"] for one in said if one.get("custom"))
    return dict(custom)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_report_hears_the_status_in_its_language_and_then_its_ticket(store, turn, language):
    await post(store)
    said = await turn.take("report_outage", language)
    assert responses(said) == ["utter_outage_status", "utter_urgent_outage_posted"]
    assert said[0]["status"] == TEXTS[language]
    assert said[0]["posted"] < said[0]["until"]
    custom = decided(said)
    assert custom["kind"] == "urgent"
    async with store.read() as session:
        ticket = await find_ticket(session, custom["ticket"])
    assert ticket.parent.number == "ASD-000001"


async def test_without_a_status_nothing_is_quoted_and_reports_share_a_parent(store, turn):
    said = [await turn.take("report_outage", "es", sender=name) for name in ("v", "w")]
    assert [responses(one) for one in said] == [["utter_urgent_outage"]] * 2
    async with store.read() as session:
        tickets = [await find_ticket(session, decided(one)["ticket"]) for one in said]
    assert {ticket.parent.number for ticket in tickets} == {"ASD-000001"}


async def test_a_report_made_again_hears_the_status_that_was_posted_since(store, turn):
    first = decided(await turn.take("report_outage", "en"))
    await post(store)
    said = await turn.take("report_outage", "en")
    assert responses(said) == ["utter_outage_status", "utter_ticket_exists"]
    assert decided(said)["ticket"] == first["ticket"]


async def test_cargo_at_the_border_is_a_ticket_of_its_own_and_hears_the_status_last(store, turn):
    await post(store)
    said = await turn.take("report_border", "en")
    assert responses(said) == ["utter_urgent_border", "utter_outage_status"]
    async with store.read() as session:
        ticket = await find_ticket(session, decided(said)["ticket"])
    assert ticket.parent is None


async def test_a_compromised_account_has_nothing_to_do_with_a_status(store, turn):
    await post(store)
    assert responses(await turn.take("report_compromise", "en")) == ["utter_urgent_compromise"]


async def test_a_question_about_outages_gets_the_status_before_the_article(store, turn):
    question = {"intent": "ask_question", "language": "es", "article": ARTICLE.slug}
    assert responses(await turn.take(**question)) == ["utter_answer"]
    await post(store)
    said = await turn.take(**question)
    assert responses(said) == ["utter_outage_status", "utter_answer"]
    assert said[0]["status"] == TEXTS["es"]
