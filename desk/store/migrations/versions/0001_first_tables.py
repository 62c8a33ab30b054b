"""The first tables."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table("article_version",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("slug", sa.String(length=64), nullable=False),
    sa.Column("language", sa.String(length=2), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("digest", sa.String(length=64), nullable=False),
    sa.Column("imported_at", Utc(), nullable=False),
    sa.Column("title", sa.String(length=120), nullable=False),
    sa.Column("category", sa.String(length=32), nullable=False),
    sa.Column("audience", sa.JSON(), nullable=False),
    sa.Column("routing", sa.JSON(), nullable=False),
    sa.Column("volatility", sa.String(length=1), nullable=False),
    sa.Column("status", sa.String(length=16), nullable=False),
    sa.Column("confirmation", sa.String(length=16), nullable=False),
    sa.Column("reviewed", sa.Date(), nullable=False),
    sa.Column("handoff_fields", sa.JSON(), nullable=False),
    sa.Column("questions", sa.JSON(), nullable=False),
    sa.Column("sources", sa.JSON(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_article_version")),
    sa.UniqueConstraint("slug", "language", "version", name=op.f("uq_article_version_slug_language_version"))
    )
    op.create_table("conversation",
    sa.Column("id", sa.String(length=32), nullable=False),
    sa.Column("namespace", sa.String(length=16), nullable=False),
    sa.Column("sender", sa.String(length=255), nullable=False),
    sa.Column("channel", sa.String(length=16), nullable=False),
    sa.Column("token_hash", sa.String(length=64), nullable=True),
    sa.Column("language", sa.String(length=2), nullable=False),
    sa.Column("language_locked", sa.Boolean(), nullable=False),
    sa.Column("state", sa.String(length=16), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("is_test", sa.Boolean(), nullable=False),
    sa.Column("created_at", Utc(), nullable=False),
    sa.Column("last_seq", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    sa.UniqueConstraint("namespace", "sender", name=op.f("uq_conversation_namespace_sender"))
    )
    op.create_table("user",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("email", sa.String(length=255), nullable=False),
    sa.Column("role", sa.String(length=16), nullable=False),
    sa.Column("language", sa.String(length=2), nullable=False),
    sa.Column("password_hash", sa.String(length=255), nullable=False),
    sa.Column("must_change_password", sa.Boolean(), nullable=False),
    sa.Column("created_at", Utc(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
    sa.UniqueConstraint("email", name=op.f("uq_user_email"))
    )
    op.create_table("handoff_draft",
    sa.Column("conversation_id", sa.String(length=32), nullable=False),
    sa.Column("started_at", Utc(), nullable=False),
    sa.Column("updated_at", Utc(), nullable=False),
    sa.Column("idempotency_key", sa.String(length=64), nullable=False),
    sa.Column("category", sa.String(length=32), nullable=False),
    sa.Column("priority", sa.String(length=16), nullable=False),
    sa.Column("article", sa.String(length=64), nullable=True),
    sa.Column("asking", sa.String(length=32), nullable=True),
    sa.Column("answered_by", sa.String(length=32), nullable=True),
    sa.Column("fields", sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_handoff_draft_conversation_id")),
    sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_handoff_draft"))
    )
    with op.batch_alter_table("handoff_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handoff_draft_updated_at"), ["updated_at"], unique=False)

    op.create_table("message",
    sa.Column("id", sa.String(length=32), nullable=False),
    sa.Column("conversation_id", sa.String(length=32), nullable=False),
    sa.Column("seq", sa.Integer(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("actor", sa.String(length=16), nullable=False),
    sa.Column("text", sa.String(), nullable=False),
    sa.Column("language", sa.String(length=2), nullable=True),
    sa.Column("payload", sa.String(), nullable=True),
    sa.Column("buttons", sa.JSON(), nullable=False),
    sa.Column("custom", sa.JSON(), nullable=True),
    sa.Column("client_id", sa.String(length=255), nullable=True),
    sa.Column("masked", sa.JSON(), nullable=False),
    sa.Column("reply_to", sa.String(length=32), nullable=True),
    sa.Column("answered_at", Utc(), nullable=True),
    sa.Column("evidence", sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    sa.UniqueConstraint("conversation_id", "client_id", name=op.f("uq_message_conversation_id_client_id")),
    sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_message_conversation_id_seq"))
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_reply_to"), ["reply_to"], unique=False)
        batch_op.create_index("ix_message_unanswered", ["answered_at", "actor"], unique=False)

    op.create_table("sign_in",
    sa.Column("token_hash", sa.String(length=64), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("expires_at", Utc(), nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_user_id")),
    sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in"))
    )
    op.create_table("ticket",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("number", sa.String(length=16), nullable=True),
    sa.Column("idempotency_key", sa.String(length=64), nullable=False),
    sa.Column("conversation_id", sa.String(length=32), nullable=False),
    sa.Column("state", sa.String(length=16), nullable=False),
    sa.Column("language", sa.String(length=8), nullable=False),
    sa.Column("channel", sa.String(length=16), nullable=False),
    sa.Column("category", sa.String(length=32), nullable=False),
    sa.Column("priority", sa.String(length=16), nullable=False),
    sa.Column("article", sa.String(length=64), nullable=True),
    sa.Column("requester", sa.JSON(), nullable=False),
    sa.Column("summary", sa.String(), nullable=False),
    sa.Column("trail", sa.JSON(), nullable=False),
    sa.Column("is_test", sa.Boolean(), nullable=False),
    sa.Column("opened_at", Utc(), nullable=False),
    sa.Column("processed_due", Utc(), nullable=True),
    sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_ticket_conversation_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    sa.UniqueConstraint("idempotency_key", name=op.f("uq_ticket_idempotency_key")),
    sa.UniqueConstraint("number", name=op.f("uq_ticket_number"))
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_state"), ["state"], unique=False)

    op.create_table("ticket_event",
    sa.Column("id", sa.String(length=64), nullable=False),
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("seq", sa.Integer(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("recorded_at", Utc(), nullable=False),
    sa.Column("kind", sa.String(length=24), nullable=False),
    sa.Column("actor", sa.String(length=16), nullable=False),
    sa.Column("payload", sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_event_ticket_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
    sa.UniqueConstraint("ticket_id", "seq", name=op.f("uq_ticket_event_ticket_id_seq"))
    )
    with op.batch_alter_table("ticket_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_event_ticket_id"), ["ticket_id"], unique=False)


    _forbid_changes_to_the_log()


def _forbid_changes_to_the_log() -> None:
    """The event log only grows, whoever writes: the database itself refuses anything else."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ticket_event_no_{change.lower()} BEFORE {change} ON ticket_event "
                "BEGIN SELECT RAISE(ABORT, 'ticket events are never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'ticket events are never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE ON ticket_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("ticket_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_event_ticket_id"))

    op.drop_table("ticket_event")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_state"))
        batch_op.drop_index(batch_op.f("ix_ticket_opened_at"))
        batch_op.drop_index(batch_op.f("ix_ticket_conversation_id"))

    op.drop_table("ticket")
    op.drop_table("sign_in")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_unanswered")
        batch_op.drop_index(batch_op.f("ix_message_reply_to"))

    op.drop_table("message")
    with op.batch_alter_table("handoff_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handoff_draft_updated_at"))

    op.drop_table("handoff_draft")
    op.drop_table("user")
    op.drop_table("conversation")
    op.drop_table("article_version")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change()")
