"""Attachments, and the audit."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    op.create_table("attachment",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("event_id", sa.String(length=64), nullable=False),
    sa.Column("name", sa.String(length=120), nullable=False),
    sa.Column("media_type", sa.String(length=100), nullable=False),
    sa.Column("size", sa.Integer(), nullable=False),
    sa.Column("sha256", sa.String(length=64), nullable=True),
    sa.Column("spool_key", sa.String(length=32), nullable=True),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("actor", sa.String(length=16), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=True),
    sa.Column("purged_at", Utc(), nullable=True),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_attachment_ticket_id")),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_attachment_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    sa.UniqueConstraint("event_id", name=op.f("uq_attachment_event_id")),
    sa.UniqueConstraint("spool_key", name=op.f("uq_attachment_spool_key")),
    )
    op.create_index(op.f("ix_attachment_ticket_id"), "attachment", ["ticket_id"])
    kept = sa.text("purged_at IS NULL")
    op.create_index(
        "ix_attachment_kept", "attachment", ["at"], sqlite_where=kept, postgresql_where=kept
    )

    op.create_table("audit_entry",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("actor", sa.String(length=16), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=True),
    sa.Column("action", sa.String(length=32), nullable=False),
    sa.Column("object", sa.String(length=64), nullable=False),
    sa.Column("detail", sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_audit_entry_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_object", "audit_entry", ["object", "at"])
    _forbid_changes_to_the_audit()


def _forbid_changes_to_the_audit() -> None:
    """Nobody takes back what was written down, whoever writes."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{change.lower()} BEFORE {change} ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()"
    )


def downgrade() -> None:
    """Undo. What was accounted for is lost, and the spool's files have no rows any more."""
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change_of_audit()")
    op.drop_table("attachment")
