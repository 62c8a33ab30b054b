"""Lots of tickets, drawn samples and reviews."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0005"
down_revision = "0004"

_REVIEWED = (
    "id", "lot_id", "ticket_id", "reviewer_id", "revision", "scores", "score", "conforming",
    "is_calibration", "at",
)
_DRAWN = (
    "id", "period_from", "period_to", "language", "level", "aql", "severity", "letter",
    "plan_letter", "sample_size", "accept", "reject", "resumed", "seed", "population", "drawn_at", "drawn_by",
)


def upgrade() -> None:
    """Apply."""
    op.create_table("quality_lot",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("period_from", Utc(), nullable=False),
    sa.Column("period_to", Utc(), nullable=False),
    sa.Column("language", sa.String(length=8), nullable=True),
    sa.Column("level", sa.String(length=4), nullable=False),
    sa.Column("aql", sa.Double(), nullable=False),
    sa.Column("severity", sa.String(length=16), nullable=False),
    sa.Column("letter", sa.String(length=1), nullable=False),
    sa.Column("plan_letter", sa.String(length=1), nullable=False),
    sa.Column("sample_size", sa.Integer(), nullable=False),
    sa.Column("accept", sa.Integer(), nullable=False),
    sa.Column("reject", sa.Integer(), nullable=False),
    sa.Column("resumed", sa.Boolean(), nullable=False),
    sa.Column("seed", sa.String(length=64), nullable=False),
    sa.Column("population", sa.JSON(), nullable=False),
    sa.Column("drawn_at", Utc(), nullable=False),
    sa.Column("drawn_by", sa.Integer(), nullable=True),
    sa.Column("decided_at", Utc(), nullable=True),
    sa.Column("decision", sa.String(length=16), nullable=True),
    sa.Column("nonconforming", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["drawn_by"], ["user.id"], name=op.f("fk_quality_lot_drawn_by")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_lot"))
    )

    op.create_table("quality_sample",
    sa.Column("lot_id", sa.Integer(), nullable=False),
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["lot_id"], ["quality_lot.id"], name=op.f("fk_quality_sample_lot_id")),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_quality_sample_ticket_id")),
    sa.PrimaryKeyConstraint("lot_id", "ticket_id", name=op.f("pk_quality_sample")),
    sa.UniqueConstraint("lot_id", "position", name=op.f("uq_quality_sample_lot_id_position"))
    )
    op.create_index("ix_quality_sample_ticket_id", "quality_sample", ["ticket_id"], unique=False)

    op.create_table("quality_review",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("lot_id", sa.Integer(), nullable=False),
    sa.Column("ticket_id", sa.Integer(), nullable=False),
    sa.Column("reviewer_id", sa.Integer(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("scores", sa.JSON(), nullable=False),
    sa.Column("score", sa.Double(), nullable=False),
    sa.Column("conforming", sa.Boolean(), nullable=False),
    sa.Column("comment", sa.String(), nullable=False),
    sa.Column("is_calibration", sa.Boolean(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.ForeignKeyConstraint(["lot_id"], ["quality_lot.id"], name=op.f("fk_quality_review_lot_id")),
    sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_quality_review_ticket_id")),
    sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_quality_review_reviewer_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_review")),
    sa.UniqueConstraint(
        "lot_id", "ticket_id", "reviewer_id", "revision",
        name=op.f("uq_quality_review_lot_id_ticket_id_reviewer_id_revision"),
    )
    )
    op.create_index("ix_quality_review_ticket_id", "quality_review", ["ticket_id"], unique=False)
    counts = sa.text("NOT is_calibration")
    op.create_index(
        "uq_quality_review_counts", "quality_review", ["lot_id", "ticket_id", "revision"],
        unique=True, sqlite_where=counts, postgresql_where=counts,
    )

    _forbid_changes()


def _forbid_changes() -> None:
    """A draw and a review stay as they were made; a lot is decided once.

    A reviewer's comment may be erased, since it may name the requester.
    """
    refused = [
        ("quality_sample_no_update", "BEFORE UPDATE ON quality_sample", ""),
        ("quality_sample_no_delete", "BEFORE DELETE ON quality_sample", ""),
        (
            "quality_review_no_update",
            f"BEFORE UPDATE OF {', '.join(_REVIEWED)} ON quality_review", "",
        ),
        ("quality_review_no_delete", "BEFORE DELETE ON quality_review", ""),
        ("quality_lot_no_delete", "BEFORE DELETE ON quality_lot", ""),
        ("quality_lot_no_redraw", f"BEFORE UPDATE OF {', '.join(_DRAWN)} ON quality_lot", ""),
        (
            "quality_lot_decided_once", "BEFORE UPDATE ON quality_lot",
            "WHEN (OLD.decided_at IS NOT NULL) ",
        ),
    ]
    words = "draws, reviews and decisions are never changed"
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE FUNCTION refuse_change_of_quality() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{words}'; END $$"
        )
    for name, occasion, condition in refused:
        action = (
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            if sqlite
            else "EXECUTE FUNCTION refuse_change_of_quality()"
        )
        op.execute(f"CREATE TRIGGER {name} {occasion} FOR EACH ROW {condition}{action}")


def downgrade() -> None:
    """Undo."""
    for table in ("quality_review", "quality_sample", "quality_lot"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change_of_quality()")
