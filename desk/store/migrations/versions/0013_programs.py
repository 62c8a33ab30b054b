"""What tokens of programs are for; subscriptions of other systems to what the desk tells."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("api_token") as token:
        token.add_column(sa.Column("scopes", sa.JSON(), nullable=True))
        token.add_column(sa.Column("last_used_at", Utc(), nullable=True))
    # Figures are all that a token has opened so far.
    op.execute("""UPDATE api_token SET scopes = '["figures.read"]'""")
    with op.batch_alter_table("api_token") as token:
        token.alter_column("scopes", existing_type=sa.JSON(), nullable=False)

    op.create_table("subscription",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("url", sa.String(length=500), nullable=False),
    sa.Column("topics", sa.JSON(), nullable=False),
    sa.Column("salt", sa.String(length=32), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("created_at", Utc(), nullable=False),
    sa.Column("delivered_at", Utc(), nullable=True),
    sa.Column("failing_since", Utc(), nullable=True),
    sa.Column("error", sa.String(length=64), nullable=True),
    sa.Column("disabled_at", Utc(), nullable=True),
    sa.Column("removed_at", Utc(), nullable=True),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_subscription_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    with op.batch_alter_table("outbox_item") as item:
        item.add_column(sa.Column("subscription_id", sa.Integer(), nullable=True))
        item.create_foreign_key(op.f("fk_outbox_item_subscription_id"), "subscription", ["subscription_id"], ["id"])


def downgrade() -> None:
    """Undo. Webhooks are lost with what they were to be told, and so is what each token is for."""
    op.execute("DELETE FROM outbox_item WHERE subscription_id IS NOT NULL")
    with op.batch_alter_table("outbox_item") as item:
        item.drop_constraint(op.f("fk_outbox_item_subscription_id"), type_="foreignkey")
        item.drop_column("subscription_id")
    op.drop_table("subscription")
    # The earlier desk would show figures to any of them.
    op.execute("""DELETE FROM api_token WHERE CAST(scopes AS VARCHAR) NOT LIKE '%figures.read%'""")
    with op.batch_alter_table("api_token") as token:
        token.drop_column("last_used_at")
        token.drop_column("scopes")
