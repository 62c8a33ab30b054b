"""Things that Rasa 3.6 does on every turn for nothing, done once or not at all."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity


def tune() -> None:
    """Compile the schema of action results, and remember which class an event's name stands for.

    The desk's actions read slots and the latest message. The domain and all earlier events, which
    Rasa sends with each call as well, are most of its bytes and grow with the conversation.
    """
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    def action_call(
        self: RemoteAction, tracker: DialogueStateTracker, domain: Domain
    ) -> dict[str, Any]:
        return {
            "next_action": self.name(),
            "sender_id": tracker.sender_id,
            "tracker": {**tracker.current_state(EventVerbosity.NONE), "events": []},
            # One that is missing altogether would be asked for.
            "domain": {},
            "version": rasa.__version__,
        }

    RemoteAction._validate_action_result = validate_action_result
    RemoteAction._action_call_format = action_call
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
