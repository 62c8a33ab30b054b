"""Every column that can hold words is known to be one, or known to hold none."""

from sqlalchemy import JSON, LargeBinary, String

from desk.privacy.words import WORDS
from desk.store.tables import Base

WORDLESS = {
    "article_version": {
        "slug", "language", "digest", "title", "category", "audience", "routing", "volatility",
        "status", "confirmation", "handoff_fields", "questions", "sources", "body",
    },
    # The sender is a hash or random; it goes with the conversation all the same.
    "conversation": {
        "id", "namespace", "sender", "channel", "token_hash", "language", "state", "outcome",
    },
    # An analyst's name is the desk's, not a visitor's.
    "user": {"email", "name", "role", "language", "password_hash"},
    "stretch": {"conversation_id", "end_reason"},
    "handoff_draft": {
        "conversation_id", "idempotency_key", "category", "priority", "article", "asks", "asking",
        "answered_by",
    },
    "message": {"id", "conversation_id", "actor", "language", "masked", "reply_to", "evidence"},
    "sign_in": {"token_hash", "browser"},
    "pending_sign_in": {"token_hash", "detail"},
    "second_factor": {"secret"},
    "recovery_code": {"code_hash"},
    "sign_in_throttle": {"key"},
    # What every requester may be told is nobody's words.
    "macro_version": {
        "slug", "digest", "name_en", "name_es", "category", "text_en", "text_es",
    },
    # A token is named after the program that it is for.
    "api_token": {"name", "token_hash", "scopes"},
    "ticket": {
        "idempotency_key", "conversation_id", "article", "trail", "state", "policy", "language",
        "channel", "category", "topic", "impact", "urgency", "priority", "group_code",
        "hold_reason", "resolution", "tags", "links", "watchers",
    },
    "ticket_event": {"id", "kind", "actor", "reason", "payload"},
    "sla_episode": {
        "metric", "outcome", "reason", "language", "channel", "category", "priority",
    },
    # What the desk tells everybody, and which user posted it.
    "outage_status": {"text_en", "text_es", "scope", "posted_by"},
    "outbox_item": {"topic", "subject", "edition", "payload"},
    # Where other systems listen; codes of the desk itself.
    "subscription": {"url", "topics", "salt", "error"},
    "quality_lot": {
        "language", "level", "severity", "letter", "plan_letter", "seed", "population", "decision",
    },
    "quality_review": {"scores"},
    "attachment": {
        "conversation_id", "event_id", "media_type", "sha256", "spool_key", "actor",
    },
    "satisfaction": {"language", "channel"},
    "inbound_mail": {
        "key", "spool_key", "state", "kind", "decision", "reason", "language", "authentication",
        "reference", "conversation_id", "said_id", "released_as",
    },
    # The desk's own mailboxes.
    "mailbox_position": {"name"},
    "audit_entry": {"actor", "action", "object", "detail", "once"},
}  # fmt: skip
"""By table: codes, hashes, and texts of the desk itself."""


def test_nobody_adds_a_column_for_words_without_its_erasure():
    wordy = {(column.class_.__tablename__, column.key) for column in WORDS}
    for table in Base.metadata.sorted_tables:
        holding = {
            column.name
            for column in table.columns
            if isinstance(column.type, String | JSON | LargeBinary)
        }
        named = {name for of, name in wordy if of == table.name}
        assert holding == named | WORDLESS.get(table.name, set()), table.name
