"""Redemptions that were undone."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = [
    """
    CREATE TABLE undone (
        redemption BLOB NOT NULL,
        entry BLOB NOT NULL,
        at_s INTEGER NOT NULL,
        supervisor TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (redemption),
        FOREIGN KEY(redemption) REFERENCES redemptions (entry),
        FOREIGN KEY(entry) REFERENCES entries (hash),
        UNIQUE (entry)
    ) STRICT
    """,
    """
    CREATE TRIGGER redemption_lines_never_under AFTER INSERT ON redemption_lines
    WHEN NEW.quantity < 0
    BEGIN
        SELECT RAISE(ABORT, 'more undone than redeemed')
        WHERE (
            SELECT SUM(quantity) FROM redemption_lines
            WHERE voucher = NEW.voucher AND sku = NEW.sku AND bundle = NEW.bundle
        ) < 0;
    END
    """,
    *(
        f"CREATE TRIGGER undone_never_{event.lower()} BEFORE {event} ON undone\n"
        f"BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END"
        for event in ("UPDATE", "DELETE")
    ),
    # Read everything once more: what the older program did not understand has passed it by.
    "DELETE FROM meta WHERE name = 'cursor'",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
