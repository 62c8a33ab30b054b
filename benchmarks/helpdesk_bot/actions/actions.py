"""The action server of the bot: the form's checks, and incidents by ServiceNow's table API."""

from __future__ import annotations

import os
from typing import Any

import requests
from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

TABLES = f"{os.environ['SERVICENOW_URL']}/api/now/table"
PRIORITIES = ("low", "medium", "high")
TIMEOUT_S = 5

_session = requests.Session()


def caller(email: str) -> str | None:
    """The id of the user with this address."""
    found = _session.get(
        f"{TABLES}/sys_user",
        params={"sysparm_query": f"email={email}", "sysparm_limit": 1},
        timeout=TIMEOUT_S,
    )
    found.raise_for_status()
    return next((str(row["sys_id"]) for row in found.json()["result"]), None)


class _KnownEmail:
    """Not an action itself: every subclass of one is registered by its name."""

    def validate_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if caller(value):
            return {"email": value}
        dispatcher.utter_message(response="utter_unknown_email", email=value)
        return {"email": None}


class ValidateIncidentForm(_KnownEmail, FormValidationAction):
    def name(self) -> str:
        return "validate_incident_form"

    def validate_priority(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        if str(value).lower() in PRIORITIES:
            return {"priority": str(value).lower()}
        dispatcher.utter_message(response="utter_unknown_priority")
        return {"priority": None}


class ValidateStatusForm(_KnownEmail, FormValidationAction):
    def name(self) -> str:
        return "validate_status_form"


class OpenIncident(Action):
    def name(self) -> str:
        return "action_open_incident"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        told = tracker.slots
        if not told["confirmed"]:
            dispatcher.utter_message(text="No incident has been opened.")
            return [AllSlotsReset()]
        made = _session.post(
            f"{TABLES}/incident",
            json={
                "caller_id": caller(told["email"]),
                "short_description": told["title"],
                "description": told["description"],
                "urgency": 3 - PRIORITIES.index(told["priority"]),
            },
            timeout=TIMEOUT_S,
        )
        made.raise_for_status()
        dispatcher.utter_message(text=f"Incident {made.json()['result']['number']} is open.")
        return [AllSlotsReset()]


class IncidentStatus(Action):
    def name(self) -> str:
        return "action_incident_status"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        found = _session.get(
            f"{TABLES}/incident",
            params={
                "sysparm_query": f"caller_id={caller(tracker.slots['email'])}",
                "sysparm_limit": 1,
            },
            timeout=TIMEOUT_S,
        )
        found.raise_for_status()
        rows = found.json()["result"]
        text = f"{rows[0]['number']} is {rows[0]['state']}." if rows else "There is no incident."
        dispatcher.utter_message(text=text)
        return [AllSlotsReset()]
