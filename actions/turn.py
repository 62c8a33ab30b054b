"""What is said and done for each decision."""

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions import handoff_form, outage_status
from actions.evidence import report_codes
from actions.reading import Reading
from desk.conversations import drafts
from desk.conversations.models import Message
from desk.knowledge.models import ArticleVersion
from desk.messages import other_languages
from desk.messages import say as sentence
from desk.routing.decision import Decision
from desk.services import Services
from desk.tickets.models import Ticket
from textkit.identifiers import NAMES, mistyped

Events = list[dict[str, Any]]


class Turn:
    """What is at hand while one decision is carried out."""

    def __init__(
        self,
        services: Services,
        session: AsyncSession,
        dispatcher: CollectingDispatcher,
        reading: Reading,
        message: Message,
        decision: Decision,
        ticket: Ticket | None,
    ) -> None:
        """`ticket`: the one that is open in the conversation."""
        self.decision = decision
        self.ticket = ticket
        self._services = services
        self._session = session
        self._dispatcher = dispatcher
        self._reading = reading
        self._message = message

    def say(self, **values: Any) -> Events:
        """The response that the decision names."""
        self._utter(f"utter_{self.decision.say}", **values)
        self._decided(ticket=values.get("number"))
        return []

    @property
    def writes(self) -> bool:
        """Whether carrying it out changes anything in the store."""
        decision = self.decision
        return decision.kind == "urgent" or decision.say in ("handoff_start", "language_switched")

    def point_out_mistyped(self) -> None:
        """Say of a number whose check digit fails that it does."""
        if self._reading.is_payload or (item := mistyped(self._reading.text)) is None:
            return
        name = NAMES[item.type][self._reading.reply_language]
        self._utter("utter_looks_mistyped", name=name, value=item.shown)

    async def answer(self) -> Events:
        """The article, with its sources and the date of its review; a posted status before it."""
        article = self._article()
        if article is None:
            self._utter("utter_no_answer")
            self._decided(kind="clarify", article=None)
            return []
        if article.slug == outage_status.ARTICLE:
            await outage_status.quote_status(self._session, self._dispatcher, self._reading)
        if article.language != self._reading.reply_language:
            self._utter("utter_other_language_only")
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
        code = report_codes(self._reading.text)[0]
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
            for slug in self.decision.candidates
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
        story = self._message.text if self.decision.tells_story else None
        article = self._article()
        await drafts.begin(
            self._session,
            self._reading.conversation_id,
            key=self._message.id,
            category=self.decision.category,
            priority=self.decision.priority,
            article=self.decision.article,
            fields=article.handoff_fields if article else drafts.WITHOUT_ARTICLE,
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
            self._session, self._dispatcher, self._reading, self._message, self.decision
        )
        return []

    def tell_state(self, ticket: Ticket) -> Events:
        """Where the ticket of this very conversation stands."""
        state = sentence(f"states.{ticket.state}", self._reading.reply_language)
        return self.say(number=ticket.number, state=state)

    async def name_ticket(self, ticket: Ticket) -> Events:
        """The ticket that is open already; a report made again hears the posted status first."""
        if self._reading.intent == outage_status.REPORT:
            await outage_status.quote_status(self._session, self._dispatcher, self._reading)
        return self.say(number=ticket.number)

    async def switch_language(self) -> Events:
        """The visitor's explicit choice; it holds until they choose again."""
        language = handoff_form.wished_language(self._reading)
        await handoff_form.lock_language(self._session, self._reading.conversation_id, language)
        self._decided(reply_language=language)
        return [SlotSet("language", language), FollowupAction("utter_language_switched")]

    def offer_languages(self, written: str) -> Events:
        """In the language that the visitor writes: English, Spanish, or a person."""
        offer = other_languages()[written]
        buttons = [
            {"title": "English", "payload": '/switch_language{"to":"en"}'},
            {"title": "Español", "payload": '/switch_language{"to":"es"}'},
            {"title": offer["person"], "payload": "/person_wanted"},
        ]
        self._dispatcher.utter_message(text=offer["text"], buttons=buttons)
        self._decided()
        return []

    def _article(self) -> ArticleVersion | None:
        slug = self.decision.article
        return self._services.library.article(slug, self._reading.reply_language) if slug else None

    def _utter(self, response: str, **values: Any) -> None:
        self._dispatcher.utter_message(response=response, **values)

    def _decided(self, **more: Any) -> None:
        self._dispatcher.utter_message(
            json_message=self._reading.custom(
                **{
                    "kind": self.decision.kind,
                    "article": self.decision.article,
                    "candidates": list(self.decision.candidates),
                    "confidence": round(self.decision.confidence, 3),
                    **more,
                }
            )
        )


def _sources(article: ArticleVersion) -> list[dict[str, str]]:
    reviewed = article.reviewed.isoformat()
    return [{"title": s["title"], "url": s["url"], "reviewed": reviewed} for s in article.sources]


def _source_lines(sources: list[tuple[str, str]]) -> str:
    return "\n".join(f"- [{title}]({url})" for title, url in sources)
