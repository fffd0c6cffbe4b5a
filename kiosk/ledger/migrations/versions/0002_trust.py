"""Holders, typed serials with their wrong tries, status lists."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = [
    "ALTER TABLE redemptions ADD COLUMN holder BLOB",
    "CREATE INDEX redemptions_by_holder ON redemptions (holder, at_s)",
    "ALTER TABLE elsewhere ADD COLUMN holder BLOB",
    "CREATE INDEX elsewhere_by_holder ON elsewhere (holder, at_s)",
    "ALTER TABLE vouchers ADD COLUMN value_class INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE vouchers ADD COLUMN not_before_s INTEGER DEFAULT 0 NOT NULL",
    "ALTER TABLE vouchers ADD COLUMN holder BLOB",
    "ALTER TABLE vouchers ADD COLUMN serial TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE vouchers ADD COLUMN password_hash TEXT DEFAULT '' NOT NULL",
    "CREATE INDEX vouchers_by_serial ON vouchers (serial)",
    """
    CREATE TABLE serial_tries (
        entry BLOB NOT NULL,
        voucher BLOB NOT NULL,
        at_s INTEGER NOT NULL,
        terminal TEXT NOT NULL,
        PRIMARY KEY (entry)
    ) STRICT
    """,
    "CREATE INDEX serial_tries_by_voucher ON serial_tries (voucher)",
    """
    CREATE TABLE cleared_tries (
        "try" BLOB NOT NULL,
        review BLOB NOT NULL,
        PRIMARY KEY ("try")
    ) STRICT
    """,
    """
    CREATE TABLE status_lists (
        list INTEGER NOT NULL,
        version INTEGER NOT NULL,
        issued_at_s INTEGER NOT NULL,
        expires_at_s INTEGER NOT NULL,
        bits BLOB NOT NULL,
        PRIMARY KEY (list)
    ) STRICT
    """,
    *(
        f"CREATE TRIGGER {table}_never_{event.lower()} BEFORE {event} ON {table}\n"
        f"BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END"
        for table in ("serial_tries", "cleared_tries")
        for event in ("UPDATE", "DELETE")
    ),
    # Read everything once more: what the older program did not understand has passed it by.
    "DELETE FROM meta WHERE name = 'cursor'",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
