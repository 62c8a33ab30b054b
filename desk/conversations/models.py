"""Tables of the conversations room."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from desk.store import Base


class Conversation(Base):
    """A thread with one visitor, and who owns it."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("namespace", "sender"),
        # All that counting outcomes reads, so that it need not look into the table.
        Index(
            "ix_conversation_outcomes",
            "created_at",
            "is_test",
            "channel",
            "language",
            "outcome",
            "last_at",
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    namespace: Mapped[str] = mapped_column(String(16))
    """`widget`, `rest` or `mail`: senders of one never reach a conversation of the other."""
    sender: Mapped[str] = mapped_column(String(255))
    channel: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2))
    """The language that the desk answers in: en or es."""
    language_locked: Mapped[bool] = mapped_column(default=False)
    """The visitor chose it; what a message is written in no longer changes it."""
    state: Mapped[str] = mapped_column(String(16), default="bot")
    epoch: Mapped[int] = mapped_column(default=0)
    """Bumped at every change of owner; a reply computed under an older epoch is dropped."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The analyst whose conversation it is, while its state is `analyst`."""
    waiting_since: Mapped[datetime | None] = mapped_column(index=True)
    """Since when a person is wanted, while its state is `waiting`."""
    told_unattended_at: Mapped[datetime | None]
    """When the visitor was told, in this wait, that nobody has come yet."""
    changed_at: Mapped[datetime] = mapped_column(index=True, default=lambda: datetime.now(UTC))
    """When anything that streams show was last written; other processes watch for it."""
    is_test: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_seq: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime | None]
    """When the latest message was kept."""
    outcome: Mapped[str | None] = mapped_column(String(16))
    """What the assistant has come to so far; see `desk.conversations.outcomes`."""


class Message(Base):
    """One bubble; its text is masked before it gets here."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_message_unanswered", "answered_at", "actor"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(16))
    """visitor, bot, analyst or system."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Which analyst."""
    epoch: Mapped[int] = mapped_column(default=0)
    """The conversation's when this was kept: what was said to one owner is not for the next."""
    text: Mapped[str]
    language: Mapped[str | None] = mapped_column(String(2))
    """What the text is written in, en or es, where that is known."""
    payload: Mapped[str | None]
    """What a pressed button sends to the bot instead of the text."""
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    custom: Mapped[dict[str, Any] | None]
    client_id: Mapped[str | None] = mapped_column(String(255))
    masked: Mapped[list[Any]] = mapped_column(default=list)
    """Kinds of secrets that were removed from a visitor's text."""
    reply_to: Mapped[str | None] = mapped_column(String(32), index=True)
    answered_at: Mapped[datetime | None]
    """When a visitor's message had its reply stored; null while it waits."""
    evidence: Mapped[dict[str, Any] | None]
    """How the bot read a visitor's message: {"intent", "confidence", "language"}."""
    helpful: Mapped[bool | None]
    """Whether an answer helped, as the visitor said; null while they have not."""


class InboundMail(Base):
    """A mail that came in, what the gate found out about it, and what became of it.

    Its raw bytes lie encrypted in the spool, and not for long.
    """

    __tablename__ = "inbound_mail"
    __table_args__ = (
        Index(
            "ix_inbound_mail_waiting",
            "not_before",
            sqlite_where=text("state = 'received'"),
            postgresql_where=text("state = 'received'"),
        ),
        Index("ix_inbound_mail_budget", "answer_to", "replied_at"),
        Index("ix_inbound_mail_sender", "sender", "replied_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """The same for the same mail, however often and by which way it comes; a hash."""
    spool_key: Mapped[str] = mapped_column(String(32))
    whole: Mapped[bool]
    """What is too large came with its headers only."""
    received_at: Mapped[datetime]
    """When the desk took it."""
    state: Mapped[str] = mapped_column(String(16), default="received")
    """`received` until it is dealt with; then `done`, or `quarantined` until somebody has looked,
    which makes it `received` again or `discarded`."""
    not_before: Mapped[datetime]
    """When to deal with it; while a worker does, when another may take it over."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker has begun to deal with it."""

    # What the gate found out; empty until then.
    kind: Mapped[str | None] = mapped_column(String(16))
    """human, auto_reply, bounce, list or own."""
    decision: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str | None] = mapped_column(String(8))
    """en, es, mixed or other."""
    authentication: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`verdict`, `forged` and the results by method."""
    silent: Mapped[bool] = mapped_column(default=False)
    """No machine may answer its sender."""
    message_id: Mapped[str] = mapped_column(default="")
    thread: Mapped[list[Any]] = mapped_column(default=list)
    """Message-IDs of the mails before it, the oldest first."""
    sender: Mapped[str] = mapped_column(default="")
    """Its address in lower case."""
    sender_name: Mapped[str] = mapped_column(default="")
    answer_to: Mapped[str] = mapped_column(String(320), default="")
    """Where answers go: `Reply-To`, or else the sender."""
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    """All of it, with quotations and signature; the conversation has what was written anew."""
    reference: Mapped[str | None] = mapped_column(String(16))
    """What it names as what it goes on with: a ticket's number, or a mail's."""
    left_out: Mapped[list[Any]] = mapped_column(default=list)
    """Files that were not taken: pairs of a name and why."""

    # What became of it.
    settled_at: Mapped[datetime | None]
    """When it was dealt with."""
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    said_id: Mapped[str | None] = mapped_column(ForeignKey("message.id"), index=True)
    """The message of the conversation that it is."""
    replied_at: Mapped[datetime | None]
    """When a machine answered it: what the budget counts."""
    released_as: Mapped[str | None] = mapped_column(String(16))
    """What an analyst made of it who found it in quarantine: `ticket` or `append`."""
    looked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Which analyst."""


class Stretch(Base):
    """A time during which one analyst owned a conversation."""

    __tablename__ = "stretch"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    epoch: Mapped[int]
    """The conversation's from its start on."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(16))
    """One of `desk.conversations.ownership.EndReason`."""


class Presence(Base):
    """An analyst who has a ticket open; a row that is not renewed soon counts no more."""

    __tablename__ = "presence"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    composing: Mapped[bool]
    """They write a reply to the requester."""


class Draft(Base):
    """A hand-off being collected; written at each step, so that nothing hangs on the bot."""

    __tablename__ = "handoff_draft"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    idempotency_key: Mapped[str] = mapped_column(String(64))
    category: Mapped[str] = mapped_column(String(32))
    priority: Mapped[str] = mapped_column(String(16))
    article: Mapped[str | None] = mapped_column(String(64))
    asks: Mapped[list[Any]]
    """The fields that the form asks, in order; `story` is the first and `confirm` closes it."""
    asking: Mapped[str | None] = mapped_column(String(32))
    answered_by: Mapped[str | None] = mapped_column(String(32))
    """Id of the last message that was taken as an answer."""
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Answers by field name; an empty string is a field that was skipped."""


class Satisfaction(Base):
    """How a requester rates what was done about a ticket; the last word stays."""

    __tablename__ = "satisfaction"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    score: Mapped[int]
    """1 (very dissatisfied) to 5 (very satisfied)."""
    comment: Mapped[str]
    """With its secrets masked; empty when there is none, or once it is erased."""
    at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(2))
    """The language of the conversation when it was rated."""
    channel: Mapped[str] = mapped_column(String(16))
