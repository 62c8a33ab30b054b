"""Indexes that reports read without the tables; tokens of analysts for programs."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0007"
down_revision = "0006"

_REPORT = ["metric", "start", "language", "outcome", "reason", "counted_s", "due", "is_test"]
_OUTCOMES = ["created_at", "is_test", "channel", "language", "outcome", "last_at"]


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_sla_episode_report", "sla_episode")
    op.create_index("ix_sla_episode_report", "sla_episode", _REPORT)
    op.drop_index(op.f("ix_conversation_created_at"), "conversation")
    op.create_index("ix_conversation_outcomes", "conversation", _OUTCOMES)
    # The unique key over ticket and sequence number finds a ticket's lines as well.
    op.drop_index("ix_ticket_event_ticket_id", "ticket_event")

    op.create_table("api_token",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(length=64), nullable=False),
    sa.Column("token_hash", sa.String(length=64), nullable=False),
    sa.Column("created_at", Utc(), nullable=False),
    sa.Column("expires_at", Utc(), nullable=True),
    sa.Column("revoked_at", Utc(), nullable=True),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
    sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )


def downgrade() -> None:
    """Undo. Every token is lost."""
    op.drop_table("api_token")
    op.create_index("ix_ticket_event_ticket_id", "ticket_event", ["ticket_id"])
    op.drop_index("ix_conversation_outcomes", "conversation")
    op.create_index(op.f("ix_conversation_created_at"), "conversation", ["created_at"])
    op.drop_index("ix_sla_episode_report", "sla_episode")
    op.create_index("ix_sla_episode_report", "sla_episode", ["metric", "start"])
