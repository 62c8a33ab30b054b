"""Who owns a conversation, and for how long they did; the names of analysts; longer roles."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("user") as user:
        user.add_column(sa.Column("name", sa.String(length=64), nullable=True))
        user.alter_column("role", existing_type=sa.String(length=16), type_=sa.String(length=32))

    with op.batch_alter_table("conversation") as conversation:
        conversation.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        conversation.add_column(sa.Column("changed_at", Utc(), nullable=True))
        conversation.add_column(sa.Column("waiting_since", Utc(), nullable=True))
        conversation.add_column(sa.Column("told_unattended_at", Utc(), nullable=True))
        conversation.create_foreign_key(op.f("fk_conversation_owner_id"), "user", ["owner_id"], ["id"])
    op.execute("UPDATE conversation SET changed_at = coalesce(last_at, created_at)")
    # Nobody owns what an analyst answered from the command line before.
    op.execute("UPDATE conversation SET state = 'waiting', epoch = epoch + 1 WHERE state = 'analyst'")
    op.execute("UPDATE conversation SET waiting_since = changed_at WHERE state = 'waiting'")
    with op.batch_alter_table("conversation") as conversation:
        conversation.alter_column("changed_at", existing_type=Utc(), nullable=False)
        conversation.create_index(op.f("ix_conversation_changed_at"), ["changed_at"])
        conversation.create_index(op.f("ix_conversation_waiting_since"), ["waiting_since"])

    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("user_id", sa.Integer(), nullable=True))
        message.add_column(sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
        message.create_foreign_key(op.f("fk_message_user_id"), "user", ["user_id"], ["id"])
    with op.batch_alter_table("message") as message:
        message.alter_column("epoch", existing_type=sa.Integer(), server_default=None)

    op.create_table("stretch",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("conversation_id", sa.String(length=32), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("started_at", Utc(), nullable=False),
    sa.Column("ended_at", Utc(), nullable=True),
    sa.Column("end_reason", sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_stretch_conversation_id")),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_stretch_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_stretch")),
    )
    op.create_index(op.f("ix_stretch_conversation_id"), "stretch", ["conversation_id"])


def downgrade() -> None:
    """Undo. Who owned what when is lost; roles that the earlier desk does not know read nothing."""
    op.drop_table("stretch")
    with op.batch_alter_table("message") as message:
        message.drop_constraint(op.f("fk_message_user_id"), type_="foreignkey")
        message.drop_column("epoch")
        message.drop_column("user_id")
    with op.batch_alter_table("conversation") as conversation:
        conversation.drop_index(op.f("ix_conversation_waiting_since"))
        conversation.drop_index(op.f("ix_conversation_changed_at"))
        conversation.drop_constraint(op.f("fk_conversation_owner_id"), type_="foreignkey")
        conversation.drop_column("told_unattended_at")
        conversation.drop_column("waiting_since")
        conversation.drop_column("changed_at")
        conversation.drop_column("owner_id")
    op.execute("UPDATE \"user\" SET role = 'analyst' WHERE role != 'admin'")
    with op.batch_alter_table("user") as user:
        user.alter_column("role", existing_type=sa.String(length=32), type_=sa.String(length=16))
        user.drop_column("name")
