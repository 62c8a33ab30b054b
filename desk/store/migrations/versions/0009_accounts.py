"""Second factors, sign-ins that end, throttled attempts, disabled users, and what is read often."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0009"
down_revision = "0008"

_AUDIT_INDEXES = (
    ("ix_audit_entry_at", ["at"], False),
    ("ix_audit_entry_user_id", ["user_id", "at"], False),
    ("ix_audit_entry_action", ["action", "at"], False),
    ("ix_audit_entry_once", ["once"], True),
)


def upgrade() -> None:
    """Apply."""
    # Without a batch, which would make the table anew on SQLite and lose its triggers.
    op.add_column("audit_entry", sa.Column("once", sa.String(length=160), nullable=True))
    for name, columns, unique in _AUDIT_INDEXES:
        op.create_index(name, "audit_entry", columns, unique=unique)

    op.add_column("user", sa.Column("disabled_at", Utc(), nullable=True))
    op.add_column("user", sa.Column("second_factor_at", Utc(), nullable=True))

    _keep_sign_ins()

    op.create_table("second_factor",
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("secret", sa.String(length=255), nullable=False),
    sa.Column("last_step", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_second_factor_user_id")),
    sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table("recovery_code",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("code_hash", sa.String(length=64), nullable=False),
    sa.Column("used_at", Utc(), nullable=True),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])
    op.create_table("pending_sign_in",
    sa.Column("token_hash", sa.String(length=64), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=True),
    sa.Column("detail", sa.JSON(), nullable=False),
    sa.Column("expires_at", Utc(), nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_pending_sign_in_user_id")),
    sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pending_sign_in")),
    )
    op.create_table("sign_in_throttle",
    sa.Column("key", sa.String(length=64), nullable=False),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("last_at", Utc(), nullable=False),
    sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_throttle")),
    )


def _keep_sign_ins() -> None:
    """When a sign-in began is known from its end; that it was used since then is not."""
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.add_column(sa.Column("started_at", Utc(), nullable=True))
        sign_in.add_column(sa.Column("seen_at", Utc(), nullable=True))
        sign_in.add_column(sa.Column("browser", sa.String(length=64), nullable=True))
    table = sa.table(
        "sign_in",
        sa.column("token_hash"),
        sa.column("browser"),
        *(sa.column(name, Utc()) for name in ("started_at", "seen_at", "expires_at")),
    )
    connection = op.get_bind()
    for key, end in connection.execute(sa.select(table.c.token_hash, table.c.expires_at)).all():
        begun = end - timedelta(hours=12)
        connection.execute(
            table.update()
            .where(table.c.token_hash == key)
            .values(started_at=begun, seen_at=begun, browser="")
        )
    with op.batch_alter_table("sign_in") as sign_in:
        for name, sort in (
            ("started_at", Utc()), ("seen_at", Utc()), ("browser", sa.String(length=64))
        ):
            sign_in.alter_column(name, existing_type=sort, nullable=False)
        sign_in.create_index(op.f("ix_sign_in_user_id"), ["user_id"])


def downgrade() -> None:
    """Undo. Second factors are lost; who is disabled needs a new password to get in again."""
    op.execute("UPDATE \"user\" SET password_hash = '' WHERE disabled_at IS NOT NULL")
    for name in ("sign_in_throttle", "pending_sign_in", "recovery_code", "second_factor"):
        op.drop_table(name)
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.drop_index(op.f("ix_sign_in_user_id"))
        for name in ("started_at", "seen_at", "browser"):
            sign_in.drop_column(name)
    op.drop_column("user", "second_factor_at")
    op.drop_column("user", "disabled_at")
    for name, _, _ in _AUDIT_INDEXES:
        op.drop_index(name, "audit_entry")
    op.drop_column("audit_entry", "once")
