"""`validate_handoff_form`: each answer of the form goes into the draft, which leads the form.

The draft in the store says what has been answered and what is asked next; Rasa's slots follow it.
"""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions.reading import Reading
from desk.conversations import drafts
from desk.conversations.handoff import find_emails, open_at_once
from desk.conversations.models import Conversation, Draft, Message
from desk.messages import say
from desk.routing.decision import Decision, urgency
from desk.services import Services
from textkit.normalise import fold

URGENT = "urgent"
"""Stands in the slot of the confirmation when the form was cut short by an urgent ticket."""
_BELIEVED = 0.5
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
            message = await reading.record(session)
            urgent = urgency(reading.intent, reading.confidence, self._services.thresholds)
            if urgent is not None:
                await open_urgent(session, dispatcher, reading, message, urgent)
                return [SlotSet("handoff_confirm", URGENT), SlotSet("requested_slot", None)]
            reading, events = await take_answer(session, dispatcher, reading, draft)
            dispatcher.utter_message(json_message=reading.custom(kind="handoff"))
            return [*events, *_slots(draft, reading.reply_language)]


async def open_urgent(
    session: AsyncSession,
    dispatcher: CollectingDispatcher,
    reading: Reading,
    message: Message,
    urgent: Decision,
) -> None:
    """A priority ticket at once, with whatever the conversation holds."""
    ticket = await open_at_once(
        session,
        message,
        category=urgent.category,
        priority=urgent.priority,
        story=message.text,
        article=next(iter(urgent.candidates), None),
    )
    dispatcher.utter_message(response=f"utter_{urgent.say}", number=ticket.number)
    dispatcher.utter_message(
        json_message=reading.custom(
            kind=urgent.kind,
            candidates=list(urgent.candidates),
            confidence=round(urgent.confidence, 3),
            ticket=ticket.number,
        )
    )


async def take_answer(
    session: AsyncSession, dispatcher: CollectingDispatcher, reading: Reading, draft: Draft
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
    intent = reading.intent if reading.confidence >= _BELIEVED else ""
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
    elif asked == "email":
        address = next(iter(find_emails(reading.text)), None)
        if address is None and _ADDRESS_TRIED.search(fold(reading.text)):
            dispatcher.utter_message(response="utter_email_unclear")
        else:
            # Whoever writes something else has no address to give.
            await drafts.answer(session, draft, asked, address or "")
    elif intent != "person_wanted":
        await drafts.answer(session, draft, asked, reading.text)
    return reading, []


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


def _slots(draft: Draft, language: str) -> list[dict[str, Any]]:
    slots = [SlotSet(f"handoff_{field}", draft.fields.get(field)) for field in drafts.FIELDS]
    asking = f"handoff_{draft.asking}" if draft.asking else None
    return [
        *slots,
        SlotSet("summary", _summary(draft, language)),
        SlotSet("requested_slot", asking),
    ]


def _summary(draft: Draft, language: str) -> str:
    lines = []
    for field in drafts.FIELDS[:-1]:
        label = say(f"handoff.summary.{field}", language)
        value = draft.fields.get(field) or say("handoff.summary.not_given", language)
        lines.append(f"- {label}: {value}")
    return "\n".join(lines)
