"""What tests open tickets with."""

from typing import Any

from desk.tickets.service import Opening


def opening(conversation_id: str, key: str, **changes: Any) -> Opening:
    """A plain request for support by chat, but for what is changed."""
    given: dict[str, Any] = {
        "idempotency_key": key,
        "conversation_id": conversation_id,
        "language": "en",
        "channel": "chat",
        "category": "support",
        "article": None,
        "requester": {},
        "summary": "help",
        "trail": [],
        "is_test": False,
        "actor": "customer",
    }
    return Opening(**(given | changes))
