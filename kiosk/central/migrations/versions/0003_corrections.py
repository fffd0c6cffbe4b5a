"""Redemptions that were undone, conflicts that were settled."""

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
    for column in (
        sa.Column("supervisors", sa.Text(), server_default="[]", nullable=False),
        sa.Column("settled_s", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("conflicts", column)
    op.create_index(op.f("ix_conflicts_other_entry"), "conflicts", ["other_entry"], unique=False)
    op.create_table(
        "settlements",
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("disputed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("other", sa.LargeBinary(), nullable=True),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("supervisors", sa.Text(), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_settlements")),
    )
    op.create_index(op.f("ix_settlements_disputed"), "settlements", ["disputed"], unique=False)
