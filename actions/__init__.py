"""Custom actions of the bot: thin, they read the tracker and call desk services."""

from rasa_sdk.executor import ActionExecutor

from actions.finish_handoff import FinishHandoff
from actions.handoff_form import ValidateHandoffForm
from actions.route import Route
from desk.services import Services


def register(executor: ActionExecutor, services: Services) -> None:
    """Make every action known to rasa-sdk's executor."""
    for action in (Route, ValidateHandoffForm, FinishHandoff):
        executor.register_action(action(services))
