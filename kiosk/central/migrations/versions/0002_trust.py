"""Holders, phones, typed serials with their wrong tries, the status list, places of stores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stores", sa.Column("latitude_e7", sa.BigInteger(), nullable=True))
    op.add_column("stores", sa.Column("longitude_e7", sa.BigInteger(), nullable=True))
    op.add_column(
        "stores", sa.Column("radius_m", sa.Integer(), server_default="300", nullable=False)
    )
    for column in (
        sa.Column("not_before_s", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=True),
        sa.Column("holder_key", sa.LargeBinary(), nullable=True),
        sa.Column("bound_s", sa.BigInteger(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("status_index", sa.BigInteger(), nullable=True),
    ):
        op.add_column("vouchers", column)
    op.create_index(op.f("uq_vouchers_serial"), "vouchers", ["serial"], unique=True)
    op.create_index(op.f("uq_vouchers_status_index"), "vouchers", ["status_index"], unique=True)
    op.add_column("redemptions", sa.Column("holder", sa.LargeBinary(), nullable=True))
    op.create_table(
        "serial_tries",
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("voucher", sa.LargeBinary(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_serial_tries")),
    )
    op.create_index(op.f("ix_serial_tries_voucher"), "serial_tries", ["voucher"], unique=False)
    op.create_table(
        "serial_reviews",
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("voucher", sa.LargeBinary(), nullable=False),
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("at_s", sa.BigInteger(), nullable=False),
        sa.Column("cleared", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_serial_reviews")),
    )
    op.create_index(op.f("ix_serial_reviews_voucher"), "serial_reviews", ["voucher"], unique=False)
    op.create_table(
        "status_changes",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_status_changes")),
    )
    op.create_index(op.f("ix_status_changes_version"), "status_changes", ["version"], unique=False)
