"""`validate_handoff_form`: each answer of the form goes into the draft, which leads the form.

The draft in the store says what has been answered and what is asked next. Rasa's form follows it
with one slot for whatever is asked and one for the confirmation.
"""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions import outage_status
from actions.reading import Reading
from desk.conversations import drafts
from desk.conversations.handoff import find_emails, open_at_once
from desk.conversations.models import Conversation, Draft, Message
from desk.messages import say
from desk.routing.decision import Decision, urgency
from desk.services import Services
from textkit.identifiers import mask_business
from textkit.normalise import fold

SLOTS = ("handoff_answer", "handoff_confirm", "question", "summary")
"""All that the form keeps in the bot."""
URGENT = "urgent"
"""Stands in the slot of the confirmation when the form was cut short by an urgent ticket."""
_BELIEVED = 0.5
_BELIEVED_OVER_A_FACT = 0.95
"""A name or a code is easily taken for a wish, and a wish kept as an answer does no harm."""
_MISTAKEN = {
    "role": {"report_border", "person_wanted"},  # a driver, an owner operator
    "error_text": {"report_outage", "cancel"},  # "system unavailable", "request cancelled"
    "started_at": {"report_outage"},  # "since 8 today"
    "port": {"skip"},  # El Paso
}
"""What short answers to a field are taken for."""
_SHORT = 4
_ADDRESS_TRIED = re.compile(r"@|\b(?:at|arroba|dot|punto)\b|\.(?:com|net|org|mx|gov)\b")
_LANGUAGE_NAMES = {
    "en": {"english", "ingles"},
    "es": {"spanish", "espanol", "castellano"},
}


class ValidateHandoffForm(Action):
    """Called when the form starts and after each answer."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        """The name in the domain."""
        return "validate_handoff_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Keep the answer and say which slot comes next; None ends the form."""
        reading = Reading.of(tracker)
        async with self._services.store.write() as session:
            draft = await session.get(Draft, reading.conversation_id)
            if draft is None:
                return [SlotSet("requested_slot", None)]
            asked = tracker.get_slot("requested_slot")
            if not asked or draft.idempotency_key == reading.message_id:
                return _slots(draft, reading.reply_language)
            message, _ = await reading.record(session)
            urgent = emergency(self._services, reading, draft)
            if urgent is not None:
                await open_urgent(session, dispatcher, reading, message, urgent)
                return [SlotSet("handoff_confirm", URGENT), SlotSet("requested_slot", None)]
            reading, events = await take_answer(self._services, session, dispatcher, reading, draft)
            dispatcher.utter_message(json_message=reading.custom(kind="handoff"))
            return [*events, *_slots(draft, reading.reply_language)]


def emergency(services: Services, reading: Reading, draft: Draft) -> Decision | None:
    """The urgent decision for a message that comes while the draft is collected, or None."""
    if _is_mistaken(reading, draft.asking):
        return None
    return urgency(reading.intent, reading.confidence, services.thresholds)


async def open_urgent(
    session: AsyncSession,
    dispatcher: CollectingDispatcher,
    reading: Reading,
    message: Message,
    urgent: Decision,
) -> None:
    """A priority ticket at once, with whatever the conversation holds.

    Whoever reports an outage hears the posted status first, and their ticket goes under the one
    that collects such reports. Whoever has cargo stuck at the border hears it last.
    """
    says, parent = urgent.say, None
    if says == "urgent_outage":
        parent = await outage_status.parent_of_report(session, reading)
        if await outage_status.quote_status(session, dispatcher, reading):
            says = "urgent_outage_posted"
    ticket = await open_at_once(
        session,
        message,
        category=urgent.category,
        priority=urgent.priority,
        story=message.text,
        article=next(iter(urgent.candidates), None),
        parent=parent,
    )
    dispatcher.utter_message(response=f"utter_{says}", number=ticket.number)
    if says == "urgent_border":
        await outage_status.quote_status(session, dispatcher, reading)
    dispatcher.utter_message(
        json_message=reading.custom(
            kind=urgent.kind,
            candidates=list(urgent.candidates),
            confidence=round(urgent.confidence, 3),
            ticket=ticket.number,
        )
    )


async def take_answer(
    services: Services,
    session: AsyncSession,
    dispatcher: CollectingDispatcher,
    reading: Reading,
    draft: Draft,
) -> tuple[Reading, list[dict[str, Any]]]:
    """Put the latest message into the draft as the answer to what is asked.

    Returns the reading, in another language when the visitor asked for one, and the slots that
    change besides the form's own.

    A message is taken once: one that a crash made come again changes nothing.
    """
    if draft.asking is None or draft.answered_by == reading.message_id:
        return reading, []
    draft.answered_by = reading.message_id
    asked = draft.asking
    bar = _BELIEVED if asked in ("story", "confirm") else _BELIEVED_OVER_A_FACT
    believed = reading.confidence >= bar and not _is_mistaken(reading, asked)
    intent = reading.intent if believed else ""
    if intent == "cancel":
        await drafts.answer(session, draft, "confirm", "no")
        draft.asking = None
    elif intent == "switch_language":
        language = wished_language(reading)
        await lock_language(session, reading.conversation_id, language)
        return reading.in_language(language), [SlotSet("language", language)]
    elif asked == "confirm":
        # A yes or a no is expected here, so that the best guess is believed.
        if reading.intent in ("affirm", "person_wanted", "deny"):
            confirmed = "no" if reading.intent == "deny" else "yes"
            await drafts.answer(session, draft, asked, confirmed)
        elif not reading.is_payload:
            story = f"{draft.fields.get('story', '')}\n{reading.text}".strip()
            await drafts.answer(session, draft, "story", story)
    elif intent in ("skip", "deny"):
        await drafts.answer(session, draft, asked, "")
    elif intent != "person_wanted" and (told := _told(dispatcher, reading, asked)) is not None:
        if asked == "story":
            _name_topic(services, reading, draft)
        await drafts.answer(session, draft, asked, told)
    return reading, []


def _told(dispatcher: CollectingDispatcher, reading: Reading, asked: str) -> str | None:
    """What the message says in answer to the question; None when it has to be asked again."""
    if reading.is_payload:
        # A button from further up.
        return None
    if asked != "email":
        return reading.text
    address = next(iter(find_emails(reading.text)), None)
    if address is None and _ADDRESS_TRIED.search(fold(reading.text)):
        dispatcher.utter_message(response="utter_email_unclear")
        return None
    # Whoever writes something else has no address to give.
    return address or ""


def _is_mistaken(reading: Reading, asked: str | None) -> bool:
    """The message is a short answer to what is asked, though it was read as something else."""
    words = len(reading.text.split())
    # A single word is a command where it can be one: skip, cancel.
    least = 2 if reading.intent in ("skip", "cancel") else 1
    return reading.intent in _MISTAKEN.get(asked or "", ()) and least <= words <= _SHORT


def wished_language(reading: Reading) -> str:
    """The language that a wish to switch names, else the one not spoken now."""
    named = reading.entities.get("to")
    if named in _LANGUAGE_NAMES:
        return str(named)
    words = set(re.findall(r"\w+", fold(reading.text)))
    for language, names in _LANGUAGE_NAMES.items():
        if not words.isdisjoint(names):
            return language
    return "en" if reading.reply_language == "es" else "es"


async def lock_language(session: AsyncSession, conversation_id: str, language: str) -> None:
    """Answer in this language until the visitor chooses again."""
    conversation = await session.get_one(Conversation, conversation_id)
    conversation.language = language
    conversation.language_locked = True


def _name_topic(services: Services, reading: Reading, draft: Draft) -> None:
    """Whoever only wished for a person tells the topic in the story: its category, when sure."""
    if draft.article is not None:
        return
    library, language = services.library, reading.reply_language
    hits = library.search(reading.text, language).hits
    if hits and hits[0].score >= services.thresholds.certain:
        article = library.article(hits[0].slug, language)
        draft.category = article.category if article else draft.category


def _slots(draft: Draft, language: str) -> list[dict[str, Any]]:
    kept = dict.fromkeys(SLOTS)
    match draft.asking:
        case None:
            requested = None
            kept["handoff_confirm"] = draft.fields.get("confirm")
        case "confirm":
            requested = "handoff_confirm"
            kept["summary"] = _summary(draft, language)
        case field:
            requested = "handoff_answer"
            kept["question"] = say(f"handoff.ask.{field}", language)
    slots = [SlotSet(name, value) for name, value in kept.items()]
    return [*slots, SlotSet("requested_slot", requested)]


def _summary(draft: Draft, language: str) -> str:
    lines = []
    for field in draft.asks[:-1]:
        label = say(f"handoff.summary.{field}", language)
        given = draft.fields.get(field)
        if given and field != "email":
            given = mask_business(given)
        value = given or say("handoff.summary.not_given", language)
        lines.append(f"- {label}: {value}")
    return "\n".join(lines)
