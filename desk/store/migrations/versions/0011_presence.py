"""Who looks at a ticket just now."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.create_table("presence",
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("composing", sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_presence_ticket_id")),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_presence_user_id")),
    sa.PrimaryKeyConstraint("ticket_id", "user_id", name=op.f("pk_presence")),
    )
    op.create_index(op.f("ix_presence_at"), "presence", ["at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("presence")
