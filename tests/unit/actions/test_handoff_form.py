"""What the form asks and takes for an answer, seen from the bot's side."""

from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.finish_handoff import FinishHandoff
from actions.handoff_form import ValidateHandoffForm
from desk.conversations import drafts, opening, service
from desk.conversations.models import Draft
from desk.knowledge.hits import Found, Hit
from desk.messages import say
from desk.routing.decision import Thresholds
from desk.store import Store
from desk.tickets.service import find_ticket


class Form:
    """A hand-off of a visitor, turn by turn, over a store; `score` is that of each search."""

    def __init__(self, store: Store, language: str = "en") -> None:
        self.score = 0.9
        self._store = store
        self._language = language
        hit = {"slug": "reports_access", "title": "Reports", "language": language}
        library = SimpleNamespace(
            search=lambda text, language: Found(hits=[Hit(**hit, score=self.score)]),
            article=lambda slug, language: SimpleNamespace(category="reports"),
        )
        self._services: Any = SimpleNamespace(
            store=store, library=library, thresholds=Thresholds.load()
        )
        self._slots: dict[str, Any] = {}
        self.custom: dict[str, Any] = {}

    async def begin(
        self, *fields: str, story: str | None = None, article: str | None = None
    ) -> None:
        async with self._store.write() as session:
            conversation = await opening.conversation_of_sender(
                session, "v", channel="chat", is_test=False, language=self._language
            )
            await drafts.begin(
                session,
                conversation.id,
                key="k",
                category="support",
                priority="normal",
                article=article,
                fields=fields,
                story=story,
            )
        await self.answer("a person please")

    async def answer(self, text: str, intent: str = "ask_question", sure: float = 0.99) -> str:
        """What is asked after this message."""
        async with self._store.write() as session:
            conversation = await opening.conversation_of_sender(
                session, "v", channel="chat", is_test=False
            )
            message = await service.receive(session, conversation, text, client_id=None)
        tracker: Any = SimpleNamespace(
            sender_id=conversation.id,
            latest_message={
                "text": text if text.startswith("/") else message.text,
                "intent": {"name": intent, "confidence": sure},
                "metadata": {"message_id": message.id, "language": self._language},
            },
            get_slot=self._slots.get,
        )
        events = await self._run(ValidateHandoffForm(self._services), tracker)
        if self._slots["requested_slot"] is None:
            events += await self._run(FinishHandoff(self._services), tracker)
        return str(self._slots["question"] or self._slots["summary"])

    async def draft(self) -> Draft:
        async with self._store.read() as session:
            conversation = await opening.conversation_of_sender(
                session, "v", channel="chat", is_test=False
            )
            return await session.get_one(Draft, conversation.id)

    async def _run(self, action: Any, tracker: Any) -> list[dict[str, Any]]:
        dispatcher = CollectingDispatcher()
        events: list[dict[str, Any]] = await action.run(dispatcher, tracker, {})
        self._slots |= {one["name"]: one["value"] for one in events if one["event"] == "slot"}
        for said in dispatcher.messages:
            self.custom = said.get("custom") or self.custom
        return events


@pytest.mark.parametrize("language", ["en", "es"])
async def test_each_field_is_asked_in_the_visitors_language_and_read_back(store, language):
    form = Form(store, language)
    await form.begin("scac", "port", story="no trip")
    assert await form.answer("ABCD") == say("handoff.ask.port", language)
    assert form.custom["confidence"] == 1.0
    told = await form.answer("/skip", "skip", 1.0)
    labels = [say(f"handoff.summary.{one}", language) for one in ("story", "scac", "port")]
    values = ["no trip", "ABCD", say("handoff.summary.not_given", language)]
    assert told.splitlines() == [f"- {one}: {two}" for one, two in zip(labels, values, strict=True)]
    await form.answer("/affirm", "affirm", 1.0)
    assert (form.custom["kind"], form.custom["confidence"]) == ("ticket", 1.0)
    async with store.read() as session:
        ticket = await find_ticket(session, form.custom["ticket"])
    assert ticket.details == {"scac": "ABCD"}


@pytest.mark.parametrize(
    ("score", "article", "category"),
    [(0.9, None, "reports"), (0.3, None, "support"), (0.9, "bonds", "support")],
)
async def test_a_story_that_surely_names_a_topic_gives_the_ticket_its_category(
    store, score, article, category
):
    form = Form(store)
    form.score = score
    await form.begin("name", article=article)
    await form.answer("the reports tab is empty")
    assert (await form.draft()).category == category


@pytest.mark.parametrize(
    ("field", "answer", "intent", "sure"),
    [
        ("port", "El Paso", "skip", 0.98),
        ("company", "Stop & Go Logistics", "cancel", 0.7),
        ("role", "chofer de camión", "report_border", 0.98),
        ("role", "owner operator", "person_wanted", 0.98),
        ("error_text", "System unavailable", "report_outage", 1.0),
        ("error_text", "request cancelled", "cancel", 0.97),
        ("started_at", "hoy a las 8", "report_outage", 0.71),
    ],
)
async def test_a_fact_is_not_mistaken_for_a_command_or_an_emergency(
    store, field, answer, intent, sure
):
    form = Form(store)
    await form.begin(field, story="s")
    await form.answer(answer, intent, sure)
    assert (await form.draft()).fields[field] == answer
    assert form.custom["kind"] == "handoff"


@pytest.mark.parametrize(
    ("field", "word", "intent"),
    [("port", "skip", "skip"), ("port", "/skip", "skip"), ("scac", "no lo sé", "skip")],
)
async def test_a_skipped_field_holds_nothing(store, field, word, intent):
    form = Form(store)
    await form.begin(field, story="s")
    await form.answer(word, intent, 1.0)
    assert (await form.draft()).fields[field] == ""


async def test_an_old_button_is_no_answer(store):
    form = Form(store)
    await form.begin("name", story="s")
    asked = await form.answer('/ask_question{"article":"bonds"}', "ask_question", 1.0)
    assert asked == say("handoff.ask.name", "en")
    assert "name" not in (await form.draft()).fields


@pytest.mark.parametrize("field", ["name", "role"])
async def test_an_emergency_told_in_answer_to_a_question_is_one(store, field):
    form = Form(store)
    await form.begin(field, "port", story="s")
    await form.answer("my truck is stuck at the bridge right now", "report_border")
    assert form.custom["kind"] == "urgent"
