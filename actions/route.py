"""`action_route`: one turn outside the form. The desk decides, the bot's responses speak."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions import handoff_form
from actions.evidence import gather
from actions.reading import Reading
from actions.turn import Events, Turn
from desk.conversations.models import Draft, Message
from desk.messages import other_languages
from desk.routing.decision import decide
from desk.services import Services
from desk.tickets.service import ticket_of_conversation


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
        written = tracker.latest_message.get("language") or {}
        if not written.get("asked"):
            # Most turns only speak. They need not wait for whoever writes, nor for the disk.
            async with self._services.store.read(brief=True) as session:
                message, _, draft = await reading.look(session)
                if draft is None:
                    turn = await self._turn(session, dispatcher, reading, message)
                    if not turn.writes:
                        return await _carry_out(turn, written.get("other"))
        async with self._services.store.write() as session:
            message, draft = await reading.record(session)
            if draft is not None and draft.fields.get("confirm") == "no":
                # The visitor left the form, and the bot died before it could say so.
                await session.delete(draft)
            elif draft is not None and draft.idempotency_key != message.id:
                urgent = handoff_form.emergency(self._services, reading, draft)
                if urgent is None:
                    return await _resume(self._services, session, dispatcher, reading, draft)
                await handoff_form.open_urgent(session, dispatcher, reading, message, urgent)
                return []
            turn = await self._turn(session, dispatcher, reading, message)
            await _heed_wish(session, reading, written.get("asked"))
            return await _carry_out(turn, written.get("other"))

    async def _turn(
        self,
        session: AsyncSession,
        dispatcher: CollectingDispatcher,
        reading: Reading,
        message: Message,
    ) -> Turn:
        ticket = await ticket_of_conversation(session, reading.conversation_id)
        evidence = await gather(session, self._services.library, reading, message, ticket)
        decision = decide(evidence, self._services.judge, self._services.thresholds)
        return Turn(self._services, session, dispatcher, reading, message, decision, ticket)


async def _carry_out(turn: Turn, other_language: str | None) -> Events:
    turn.point_out_mistyped()
    match turn.decision.say:
        case "answer":
            return await turn.answer()
        case "report_code":
            return turn.describe_report()
        case "clarify":
            return turn.clarify()
        case "handoff_start":
            return await turn.hand_off()
        case "language_switched":
            return await turn.switch_language()
        case "unsupported_language" if other_language in other_languages():
            return turn.offer_languages(other_language)
        case "own_ticket_status" if turn.ticket is not None:
            return turn.tell_state(turn.ticket)
        case "ticket_exists" if turn.ticket is not None:
            return await turn.name_ticket(turn.ticket)
        case _ if turn.decision.kind == "urgent":
            return await turn.open_urgent()
        case _:
            return turn.say()


async def _heed_wish(session: AsyncSession, reading: Reading, asked: str | None) -> None:
    """Keep to the language that a message asks for, whatever else it says."""
    if asked:
        await handoff_form.lock_language(session, reading.conversation_id, asked)


async def _resume(
    services: Services,
    session: AsyncSession,
    dispatcher: CollectingDispatcher,
    reading: Reading,
    draft: Draft,
) -> Events:
    """The bot lost the form, the draft did not: this message answers the open question."""
    reading, events = await handoff_form.take_answer(services, session, dispatcher, reading, draft)
    dispatcher.utter_message(response="utter_handoff_resumed")
    dispatcher.utter_message(json_message=reading.custom(kind="handoff"))
    return [*events, FollowupAction("handoff_form")]
