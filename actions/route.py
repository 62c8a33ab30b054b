"""`action_route`: one turn outside the form. The desk decides, the bot's responses speak."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions import handoff_form
from actions.reading import Reading
from desk.conversations import drafts
from desk.conversations.models import Draft, Message
from desk.knowledge.models import ArticleVersion
from desk.messages import say
from desk.routing.decision import Decision, Evidence, decide, urgency
from desk.services import Services
from desk.tickets.models import Ticket
from desk.tickets.service import ticket_of_conversation
from textkit.identifiers import find
from textkit.normalise import fold

Events = list[dict[str, Any]]
_CODE_QUESTION_WORDS = 6
"""A message of a report code and this many words asks what the code is."""


class Route(Action):
    """Reads the evidence, asks `desk.routing` what to do, and does it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        """The name in the domain."""
        return "action_route"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Answer one message."""
        reading = Reading.of(tracker)
        async with self._services.store.write() as session:
            message = await reading.record(session)
            draft = await session.get(Draft, reading.conversation_id)
            if draft is not None and draft.fields.get("confirm") == "no":
                # The visitor left the form, and the bot died before it could say so.
                await session.delete(draft)
            elif draft is not None and draft.idempotency_key != message.id:
                urgent = urgency(reading.intent, reading.confidence, self._services.thresholds)
                if urgent is None:
                    return await _resume(session, dispatcher, reading, draft)
            ticket = await ticket_of_conversation(session, reading.conversation_id)
            repeats = ticket is not None and await _repeats(session, message, ticket)
            evidence = self._evidence(reading, open_ticket=ticket is not None, repeats=repeats)
            decision = decide(evidence, self._services.thresholds)
            turn = _Turn(self._services, session, dispatcher, reading, message, decision)
            match decision.say:
                case "answer":
                    return turn.answer()
                case "report_code":
                    return turn.describe_report()
                case "clarify":
                    return turn.clarify()
                case "handoff_start":
                    return await turn.hand_off()
                case "language_switched":
                    return await turn.switch_language()
                case "own_ticket_status" if ticket is not None:
                    state = say(f"states.{ticket.state}", reading.reply_language)
                    return turn.say(number=ticket.number, state=state)
                case "ticket_exists" if ticket is not None:
                    return turn.say(number=ticket.number)
                case _ if decision.kind == "urgent":
                    return await turn.open_urgent()
                case _:
                    return turn.say()

    def _evidence(self, reading: Reading, *, open_ticket: bool, repeats: bool) -> Evidence:
        library, language = self._services.library, reading.reply_language
        hits = [] if reading.is_payload else library.search(reading.text, language)
        articles = {hit.slug: library.article(hit.slug, language) for hit in hits}
        return Evidence(
            intent=reading.intent,
            confidence=reading.confidence,
            language=reading.language,
            language_confidence=reading.language_confidence,
            hits=hits,
            categories={slug: found.category for slug, found in articles.items() if found},
            chosen_article=self._chosen(reading),
            asks_report_code=reading.intent == "ask_question" and _asks_code(reading.text),
            open_ticket=open_ticket,
            repeats_ticket=repeats,
        )

    def _chosen(self, reading: Reading) -> str | None:
        slug = reading.entities.get("article")
        known = slug and self._services.library.article(slug, reading.reply_language)
        return slug if known else None


class _Turn:
    """What is at hand while one decision is carried out."""

    def __init__(
        self,
        services: Services,
        session: AsyncSession,
        dispatcher: CollectingDispatcher,
        reading: Reading,
        message: Message,
        decision: Decision,
    ) -> None:
        self._services = services
        self._session = session
        self._dispatcher = dispatcher
        self._reading = reading
        self._message = message
        self._decision = decision

    def say(self, **values: Any) -> Events:
        """The response that the decision names."""
        self._utter(f"utter_{self._decision.say}", **values)
        self._decided(ticket=values.get("number"))
        return []

    def answer(self) -> Events:
        """The article, with its sources and the date of its review."""
        article = self._article()
        if article is None:
            self._utter("utter_no_answer")
            self._decided(kind="clarify", article=None)
            return []
        provisional = article.confirmation == "provisional"
        self._utter(
            "utter_answer_provisional" if provisional else "utter_answer",
            title=article.title,
            body=article.body,
            source_lines=_source_lines([(s["title"], s["url"]) for s in article.sources]),
            reviewed=article.reviewed.isoformat(),
        )
        self._decided(sources=_sources(article))
        return []

    def describe_report(self) -> Events:
        """What a report code stands for, from the catalogue."""
        code = next(found.value for found in find(self._reading.text) if _is_code(found.type))
        report = self._services.reports.find(code)
        if report is None:
            self._utter("utter_report_code_unknown", code=code.upper())
            self._decided()
            return []
        language = self._reading.reply_language
        reviewed = report.reviewed.isoformat()
        provisional = report.confirmation == "provisional"
        self._utter(
            "utter_report_code_provisional" if provisional else "utter_report_code",
            code=report.code,
            name=report.name[language],
            description=report.description[language],
            source_lines=_source_lines([(s.title[language], s.url) for s in report.sources]),
            reviewed=reviewed,
        )
        sources = [
            {"title": s.title[language], "url": s.url, "reviewed": reviewed} for s in report.sources
        ]
        self._decided(sources=sources)
        return []

    def clarify(self) -> Events:
        """One question back, with the titles of what was found."""
        language = self._reading.reply_language
        titles = {
            slug: article.title
            for slug in self._decision.candidates
            if (article := self._services.library.article(slug, language))
        }
        buttons = [
            {"title": title, "payload": f'/ask_question{{"article":"{slug}"}}'}
            for slug, title in titles.items()
        ]
        self._utter("utter_clarify", buttons=buttons)
        self._decided()
        return []

    async def hand_off(self) -> Events:
        """Begin the form; a request that says what it wants is the story already."""
        story = None if self._reading.intent == "person_wanted" else self._message.text
        article = self._article()
        await drafts.begin(
            self._session,
            self._reading.conversation_id,
            key=self._message.id,
            category=self._decision.category,
            priority=self._decision.priority,
            article=self._decision.article,
            story=story,
        )
        if article is not None:
            self._utter("utter_action_explained", title=article.title, body=article.body)
        self._utter("utter_handoff_start")
        self._decided(sources=_sources(article) if article else [])
        return [FollowupAction("handoff_form")]

    async def open_urgent(self) -> Events:
        """A priority ticket, before anything is asked."""
        await handoff_form.open_urgent(
            self._session, self._dispatcher, self._reading, self._message, self._decision
        )
        return []

    async def switch_language(self) -> Events:
        """The visitor's explicit choice; it holds until they choose again."""
        language = handoff_form.wished_language(self._reading)
        await handoff_form.lock_language(self._session, self._reading.conversation_id, language)
        self._decided(reply_language=language)
        return [SlotSet("language", language), FollowupAction("utter_language_switched")]

    def _article(self) -> ArticleVersion | None:
        slug = self._decision.article
        return self._services.library.article(slug, self._reading.reply_language) if slug else None

    def _utter(self, response: str, **values: Any) -> None:
        self._dispatcher.utter_message(response=response, **values)

    def _decided(self, **more: Any) -> None:
        self._dispatcher.utter_message(
            json_message=self._reading.custom(
                **{
                    "kind": self._decision.kind,
                    "article": self._decision.article,
                    "candidates": list(self._decision.candidates),
                    "confidence": round(self._decision.confidence, 3),
                    **more,
                }
            )
        )


async def _resume(
    session: AsyncSession, dispatcher: CollectingDispatcher, reading: Reading, draft: Draft
) -> Events:
    """The bot lost the form, the draft did not: this message answers the open question."""
    reading, events = await handoff_form.take_answer(session, dispatcher, reading, draft)
    dispatcher.utter_message(response="utter_handoff_resumed")
    dispatcher.utter_message(json_message=reading.custom(kind="handoff"))
    return [*events, FollowupAction("handoff_form")]


async def _repeats(session: AsyncSession, message: Message, ticket: Ticket) -> bool:
    """The message says again what opened the ticket."""
    opening = await session.get(Message, ticket.idempotency_key)
    return opening is not None and fold(opening.text) == fold(message.text)


def _asks_code(text: str) -> bool:
    """The message holds one report code and hardly anything else."""
    codes = {found.value for found in find(text) if _is_code(found.type)}
    return len(codes) == 1 and len(fold(text).split()) <= _CODE_QUESTION_WORDS


def _is_code(kind: str) -> bool:
    return kind == "report_code"


def _sources(article: ArticleVersion) -> list[dict[str, str]]:
    reviewed = article.reviewed.isoformat()
    return [{"title": s["title"], "url": s["url"], "reviewed": reviewed} for s in article.sources]


def _source_lines(sources: list[tuple[str, str]]) -> str:
    return "\n".join(f"- [{title}]({url})" for title, url in sources)
