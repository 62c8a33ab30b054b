"""Outages, their posted statuses, and the parent of a ticket."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    # As plain SQL, since Alembic would copy the whole table on SQLite, and the events refer to it.
    op.execute(
        "ALTER TABLE ticket ADD COLUMN parent_id INTEGER "
        "CONSTRAINT fk_ticket_parent_id REFERENCES ticket (id)"
    )
    op.create_index("ix_ticket_parent_id", "ticket", ["parent_id"], unique=False)

    op.create_table("outage",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("started_at", Utc(), nullable=False),
    sa.Column("ended_at", Utc(), nullable=True),
    sa.Column("is_test", sa.Boolean(), nullable=False),
    sa.Column("parent_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["parent_id"], ["ticket.id"], name=op.f("fk_outage_parent_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    sa.UniqueConstraint("parent_id", name=op.f("uq_outage_parent_id"))
    )
    running = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_outage_running", "outage", ["is_test"], unique=True,
        sqlite_where=running, postgresql_where=running,
    )

    op.create_table("outage_status",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("outage_id", sa.Integer(), nullable=False),
    sa.Column("text_en", sa.String(), nullable=False),
    sa.Column("text_es", sa.String(), nullable=False),
    sa.Column("scope", sa.String(length=32), nullable=True),
    sa.Column("posted_at", Utc(), nullable=False),
    sa.Column("until", Utc(), nullable=False),
    sa.Column("posted_by", sa.String(length=255), nullable=True),
    sa.ForeignKeyConstraint(["outage_id"], ["outage.id"], name=op.f("fk_outage_status_outage_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_outage_status"))
    )
    op.create_index("ix_outage_status_outage_id", "outage_status", ["outage_id"], unique=False)

    _forbid_changes_to_statuses()


def _forbid_changes_to_statuses() -> None:
    """What visitors were told stays on record: a correction is another row."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER outage_status_no_{change.lower()} BEFORE {change} ON outage_status "
                "BEGIN SELECT RAISE(ABORT, 'posted statuses are never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_status() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'posted statuses are never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER outage_status_append_only BEFORE UPDATE OR DELETE ON outage_status "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_status()"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("outage_status")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change_of_status()")
    op.drop_table("outage")
    op.drop_index("ix_ticket_parent_id", "ticket")
    with op.batch_alter_table("ticket") as table:
        table.drop_column("parent_id")
