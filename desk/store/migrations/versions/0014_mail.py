"""Mails that come in, and how far each mailbox was read."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply."""
    op.create_table("mailbox_position",
    sa.Column("name", sa.String(length=255), nullable=False),
    sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
    sa.Column("uid", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox_position")),
    )
    op.create_table("inbound_mail",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("key", sa.String(length=64), nullable=False),
    sa.Column("spool_key", sa.String(length=32), nullable=False),
    sa.Column("whole", sa.Boolean(), nullable=False),
    sa.Column("received_at", Utc(), nullable=False),
    sa.Column("state", sa.String(length=16), nullable=False),
    sa.Column("not_before", Utc(), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(length=16), nullable=True),
    sa.Column("decision", sa.String(length=16), nullable=True),
    sa.Column("reason", sa.String(length=32), nullable=True),
    sa.Column("language", sa.String(length=8), nullable=True),
    sa.Column("authentication", sa.JSON(), nullable=False),
    sa.Column("silent", sa.Boolean(), nullable=False),
    sa.Column("message_id", sa.String(), nullable=False),
    sa.Column("thread", sa.JSON(), nullable=False),
    sa.Column("sender", sa.String(), nullable=False),
    sa.Column("sender_name", sa.String(), nullable=False),
    sa.Column("answer_to", sa.String(length=320), nullable=False),
    sa.Column("subject", sa.String(), nullable=False),
    sa.Column("body", sa.String(), nullable=False),
    sa.Column("reference", sa.String(length=16), nullable=True),
    sa.Column("left_out", sa.JSON(), nullable=False),
    sa.Column("settled_at", Utc(), nullable=True),
    sa.Column("conversation_id", sa.String(length=32), nullable=True),
    sa.Column("said_id", sa.String(length=32), nullable=True),
    sa.Column("replied_at", Utc(), nullable=True),
    sa.Column("released_as", sa.String(length=16), nullable=True),
    sa.Column("looked_by", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_inbound_mail_conversation_id")),
    sa.ForeignKeyConstraint(["said_id"], ["message.id"], name=op.f("fk_inbound_mail_said_id")),
    sa.ForeignKeyConstraint(["looked_by"], ["user.id"], name=op.f("fk_inbound_mail_looked_by")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
    sa.UniqueConstraint("key", name=op.f("uq_inbound_mail_key")),
    )
    with op.batch_alter_table("inbound_mail") as mail:
        mail.create_index(op.f("ix_inbound_mail_conversation_id"), ["conversation_id"], unique=False)
        mail.create_index(op.f("ix_inbound_mail_said_id"), ["said_id"], unique=False)
        mail.create_index("ix_inbound_mail_budget", ["answer_to", "replied_at"], unique=False)
        mail.create_index("ix_inbound_mail_sender", ["sender", "replied_at"], unique=False)
        mail.create_index("ix_inbound_mail_waiting", ["not_before"], unique=False, sqlite_where=sa.text("state = 'received'"), postgresql_where=sa.text("state = 'received'"))


def downgrade() -> None:
    """Undo. What was written by mail stays in its conversations; how it came is lost."""
    op.drop_table("inbound_mail")
    op.drop_table("mailbox_position")
