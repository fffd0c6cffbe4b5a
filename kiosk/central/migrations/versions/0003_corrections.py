"""Redemptions that were undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "undos",
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("redemption", sa.LargeBinary(), nullable=False),
        sa.Column("voucher", sa.LargeBinary(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("supervisor", sa.Text(), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_undos")),
    )
    op.create_index(op.f("ix_undos_redemption"), "undos", ["redemption"], unique=False)
