"""What a hand-off asks, and the details that its ticket keeps."""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    # A form that is open at this moment goes on with the questions that it began with.
    asked = '["story", "name", "email", "company", "confirm"]'
    op.add_column(
        "handoff_draft", sa.Column("asks", sa.JSON(), nullable=False, server_default=asked)
    )
    op.add_column("ticket", sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Undo."""
    op.drop_column("ticket", "details")
    op.drop_column("handoff_draft", "asks")
