"""The whole ticket log, its cached fields, episodes, notes, the outbox, outcomes of conversations."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0004"
down_revision = "0003"

_GROUPS = {
    "enrollment": "accounts", "account": "accounts", "sign_in": "accounts", "reports": "reports",
    "payments": "payments", "cargo": "cargo", "outage": "command", "security": "security",
}
_URGENCY = {"urgent": "critical", "high": "high", "normal": "normal", "low": "low"}

_CACHED: tuple[sa.Column[Any], ...] = (
    sa.Column("version", sa.Integer()),
    sa.Column("policy", sa.String(length=32)),
    sa.Column("impact", sa.String(length=16)),
    sa.Column("urgency", sa.String(length=16)),
    sa.Column("group_code", sa.String(length=32)),
    sa.Column("tags", sa.JSON()),
    sa.Column("links", sa.JSON()),
    sa.Column("watchers", sa.JSON()),
)
_OPTIONAL: tuple[sa.Column[Any], ...] = (
    sa.Column("resolution_notes", sa.String()),
    sa.Column("next_action", sa.String()),
    sa.Column("erased_at", Utc()),
    sa.Column("topic", sa.String(length=32)),
    sa.Column("hold_reason", sa.String(length=32)),
    sa.Column("resolution", sa.String(length=32)),
    sa.Column("disposed_at", Utc()),
    sa.Column("next_action_at", Utc()),
    sa.Column("next_due", Utc()),
)


def upgrade() -> None:
    """Apply."""
    _let_the_log_be_changed()
    with op.batch_alter_table("ticket_event") as table:
        table.add_column(sa.Column("user_id", sa.Integer()))
        table.add_column(sa.Column("reason", sa.String(length=32)))
        table.create_foreign_key(op.f("fk_ticket_event_user_id"), "user", ["user_id"], ["id"])
    with op.batch_alter_table("ticket") as table:
        for column in (*_CACHED, *_OPTIONAL):
            table.add_column(sa.Column(column.name, column.type))
        table.add_column(sa.Column("assignee_id", sa.Integer()))
        table.add_column(sa.Column("merged_into_id", sa.Integer()))
        table.create_foreign_key(op.f("fk_ticket_assignee_id"), "user", ["assignee_id"], ["id"])
        table.create_foreign_key(
            op.f("fk_ticket_merged_into_id"), "ticket", ["merged_into_id"], ["id"]
        )
    _fill()
    with op.batch_alter_table("ticket") as table:
        for column in _CACHED:
            table.alter_column(column.name, existing_type=column.type, nullable=False)
        table.drop_index("ix_ticket_state")
        table.drop_constraint("uq_ticket_number", type_="unique")
        table.drop_column("number")
        table.drop_column("processed_due")
        table.create_index("ix_ticket_queue", ["state", "next_due"])
        table.create_index("ix_ticket_assignee", ["assignee_id", "state"])
        table.create_index(op.f("ix_ticket_disposed_at"), ["disposed_at"])
    _forbid_changes_to_the_log()

    op.create_table("ticket_note",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=True),
    sa.Column("text", sa.String(), nullable=False),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_note_ticket_id")),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_ticket_note_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_note")),
    )
    op.create_index(op.f("ix_ticket_note_ticket_id"), "ticket_note", ["ticket_id"])

    op.create_table("sla_episode",
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("metric", sa.String(length=16), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("start", Utc(), nullable=False),
    sa.Column("stop", Utc(), nullable=True),
    sa.Column("due", Utc(), nullable=True),
    sa.Column("outcome", sa.String(length=16), nullable=False),
    sa.Column("reason", sa.String(length=32), nullable=False),
    sa.Column("target_s", sa.Double(), nullable=False),
    sa.Column("counted_s", sa.Double(), nullable=True),
    sa.Column("wall_s", sa.Double(), nullable=True),
    sa.Column("announce_at", Utc(), nullable=True),
    sa.Column("is_test", sa.Boolean(), nullable=False),
    sa.Column("language", sa.String(length=8), nullable=False),
    sa.Column("channel", sa.String(length=16), nullable=False),
    sa.Column("category", sa.String(length=32), nullable=False),
    sa.Column("priority", sa.String(length=16), nullable=False),
    sa.Column("assignee_id", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_sla_episode_ticket_id")),
    sa.ForeignKeyConstraint(["assignee_id"], ["user.id"], name=op.f("fk_sla_episode_assignee_id")),
    sa.PrimaryKeyConstraint("ticket_id", "metric", "number", name=op.f("pk_sla_episode")),
    )
    op.create_index("ix_sla_episode_report", "sla_episode", ["metric", "start"])
    for name, columns, condition in (
        ("ix_sla_episode_announce", ["announce_at"], "announce_at IS NOT NULL"),
        ("ix_sla_episode_open", ["metric", "due"], "stop IS NULL"),
    ):
        op.create_index(
            name, "sla_episode", columns,
            sqlite_where=sa.text(condition), postgresql_where=sa.text(condition),
        )

    op.create_table("outbox_item",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("topic", sa.String(length=32), nullable=False),
    sa.Column("subject", sa.String(length=128), nullable=False),
    sa.Column("edition", sa.String(length=40), nullable=False),
    sa.Column("ticket_id", sa.Integer(), nullable=True),
    sa.Column("payload", sa.JSON(), nullable=False),
    sa.Column("created_at", Utc(), nullable=False),
    sa.Column("not_before", Utc(), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("settled_at", Utc(), nullable=True),
    sa.Column("delivered", sa.Boolean(), nullable=False),
    sa.Column("error", sa.String(length=255), nullable=True),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_outbox_item_ticket_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_item")),
    sa.UniqueConstraint("subject", "edition", name=op.f("uq_outbox_item_subject_edition")),
    )
    op.create_index(op.f("ix_outbox_item_ticket_id"), "outbox_item", ["ticket_id"])
    waiting = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_outbox_item_waiting", "outbox_item", ["not_before"],
        sqlite_where=waiting, postgresql_where=waiting,
    )

    op.add_column("conversation", sa.Column("last_at", Utc(), nullable=True))
    op.add_column("conversation", sa.Column("outcome", sa.String(length=16), nullable=True))
    op.create_index(op.f("ix_conversation_created_at"), "conversation", ["created_at"])


def _fill() -> None:
    """Give tickets, and the lines that opened them, what later versions read from there."""
    connection = op.get_bind()
    ticket = sa.table(
        "ticket",
        *(sa.column(name) for name in (
            "id", "state", "language", "channel", "is_test", "category", "priority", "parent_id",
        )),
        *(sa.column(column.name, column.type) for column in _CACHED),
    )
    event = sa.table(
        "ticket_event",
        sa.column("ticket_id"), sa.column("kind"), sa.column("seq"),
        sa.column("payload", sa.JSON()),
    )
    last = (
        sa.select(sa.func.max(event.c.seq)).where(event.c.ticket_id == ticket.c.id)
        .scalar_subquery()
    )
    for row in connection.execute(sa.select(ticket)).mappings().all():
        sort = {
            "impact": "many" if row["category"] == "outage" else "company",
            "urgency": _URGENCY[row["priority"]],
            "policy": "2026-1",
        }
        group = _GROUPS.get(row["category"], "tier2")
        connection.execute(
            sa.update(ticket).where(ticket.c.id == row["id"]).values(
                **sort, version=last, group_code=group, tags=[], links=[], watchers=[],
            )
        )
        told = {
            name: row[name] for name in ("language", "channel", "category", "priority", "parent_id")
        }
        connection.execute(
            sa.update(event)
            .where(event.c.ticket_id == row["id"], event.c.kind == "opened")
            .values(payload=sort | told | {"group": group, "topic": None,
                                           "is_test": bool(row["is_test"])})
        )


def _let_the_log_be_changed() -> None:
    """A change of the log's format is the one thing that may change the log."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER ticket_event_no_{change}")
        return
    op.execute("DROP TRIGGER ticket_event_append_only ON ticket_event")


def _forbid_changes_to_the_log() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER ticket_event_no_{change.lower()} BEFORE {change} ON ticket_event "
                "BEGIN SELECT RAISE(ABORT, 'ticket events are never changed'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE ON ticket_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Undo. What only this version knows of a ticket is lost: its notes, holds, and ends."""
    op.drop_index(op.f("ix_conversation_created_at"), "conversation")
    op.drop_column("conversation", "outcome")
    op.drop_column("conversation", "last_at")
    for name in ("outbox_item", "sla_episode", "ticket_note"):
        op.drop_table(name)
    _let_the_log_be_changed()
    with op.batch_alter_table("ticket") as table:
        for index in ("ix_ticket_queue", "ix_ticket_assignee", "ix_ticket_disposed_at"):
            table.drop_index(index)
        table.add_column(sa.Column("number", sa.String(length=16)))
        table.add_column(sa.Column("processed_due", Utc()))
        table.drop_constraint("fk_ticket_assignee_id", type_="foreignkey")
        table.drop_constraint("fk_ticket_merged_into_id", type_="foreignkey")
        for name in ("assignee_id", "merged_into_id"):
            table.drop_column(name)
        for column in (*_CACHED, *_OPTIONAL):
            table.drop_column(column.name)
        table.create_index("ix_ticket_state", ["state"])
    _empty()
    with op.batch_alter_table("ticket") as table:
        table.create_unique_constraint(op.f("uq_ticket_number"), ["number"])
    with op.batch_alter_table("ticket_event") as table:
        table.drop_constraint("fk_ticket_event_user_id", type_="foreignkey")
        table.drop_column("user_id")
        table.drop_column("reason")
    _forbid_changes_to_the_log()


def _empty() -> None:
    connection = op.get_bind()
    names = ("id", "number", "category", "priority", "parent_id")
    ticket = sa.table(
        "ticket",
        *(sa.column(name) for name in names),
        *(sa.column(name, Utc()) for name in ("opened_at", "processed_due")),
    )
    event = sa.table(
        "ticket_event", sa.column("ticket_id"), sa.column("kind"), sa.column("payload", sa.JSON())
    )
    for row in connection.execute(sa.select(ticket)).mappings().all():
        connection.execute(
            sa.update(ticket)
            .where(ticket.c.id == row["id"])
            .values(
                number=f"ASD-{row['id']:06d}",
                processed_due=row["opened_at"] + timedelta(hours=4),
            )
        )
        parent = row["parent_id"]
        told = {"category": row["category"], "priority": row["priority"]}
        connection.execute(
            sa.update(event)
            .where(event.c.ticket_id == row["id"], event.c.kind == "opened")
            .values(payload=told | ({"parent": f"ASD-{parent:06d}"} if parent else {}))
        )
