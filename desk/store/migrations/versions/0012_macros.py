"""Reply texts of analysts, by version."""

import sqlalchemy as sa
from alembic import op

from desk.store import Utc


revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    op.create_table("macro_version",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("slug", sa.String(length=64), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("at", Utc(), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=True),
    sa.Column("digest", sa.String(length=64), nullable=True),
    sa.Column("name_en", sa.String(length=80), nullable=False),
    sa.Column("name_es", sa.String(length=80), nullable=False),
    sa.Column("category", sa.String(length=32), nullable=True),
    sa.Column("text_en", sa.Text(), nullable=False),
    sa.Column("text_es", sa.Text(), nullable=False),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_macro_version_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_macro_version")),
    sa.UniqueConstraint("slug", "version", name=op.f("uq_macro_version_slug_version")),
    )


def downgrade() -> None:
    """Undo. All macros are lost; those of files come back with the next start."""
    op.drop_table("macro_version")
