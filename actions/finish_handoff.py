"""`action_finish_handoff`: the form is over; its ticket is opened, or the draft is let go."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.handoff_form import SLOTS, URGENT
from actions.reading import Reading
from desk.conversations.handoff import finish_draft
from desk.services import Services


class FinishHandoff(Action):
    """Runs when the form has nothing more to ask."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        """The name in the domain."""
        return "action_finish_handoff"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Open the ticket when the visitor confirmed."""
        reading = Reading.of(tracker)
        cleared = [SlotSet(name, None) for name in SLOTS]
        if tracker.get_slot("handoff_confirm") == URGENT:
            return cleared
        async with self._services.store.write() as session:
            _, draft = await reading.record(session)
            if draft is None:
                # The ticket was opened elsewhere meanwhile: the message is a turn of its own.
                return [*cleared, FollowupAction("action_route")]
            if draft.fields.get("confirm") == "yes":
                ticket = await finish_draft(session, draft)
                dispatcher.utter_message(response="utter_ticket_opened", number=ticket.number)
                decided = reading.custom(kind="ticket", ticket=ticket.number)
            else:
                await session.delete(draft)
                dispatcher.utter_message(response="utter_handoff_cancelled")
                decided = reading.custom(kind="smalltalk")
        dispatcher.utter_message(json_message=decided)
        return cleared
