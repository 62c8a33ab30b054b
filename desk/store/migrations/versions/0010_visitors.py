"""Files of conversations without a ticket, whether answers helped, how tickets are rated."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("attachment") as attachment:
        attachment.add_column(sa.Column("conversation_id", sa.String(length=32), nullable=True))
        attachment.alter_column("ticket_id", existing_type=sa.Integer(), nullable=True)
        attachment.create_foreign_key(
            op.f("fk_attachment_conversation_id"), "conversation", ["conversation_id"], ["id"]
        )
        attachment.create_index(op.f("ix_attachment_conversation_id"), ["conversation_id"])

    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("helpful", sa.Boolean(), nullable=True))

    op.create_table("satisfaction",
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("score", sa.Integer(), nullable=False),
    sa.Column("comment", sa.String(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("language", sa.String(length=2), nullable=False),
    sa.Column("channel", sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_satisfaction_ticket_id")),
    sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_satisfaction")),
    )


def downgrade() -> None:
    """Undo. Files of conversations without a ticket are lost; their content goes in its time."""
    op.drop_table("satisfaction")
    with op.batch_alter_table("message") as message:
        message.drop_column("helpful")
    op.execute("DELETE FROM attachment WHERE ticket_id IS NULL")
    with op.batch_alter_table("attachment") as attachment:
        attachment.drop_index(op.f("ix_attachment_conversation_id"))
        attachment.drop_constraint(op.f("fk_attachment_conversation_id"), type_="foreignkey")
        attachment.alter_column("ticket_id", existing_type=sa.Integer(), nullable=False)
        attachment.drop_column("conversation_id")
