"""Redemptions that were undone, conflicts by both sides and with their settlement."""

from __future__ import annotations

import base64
import json

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


CONFLICTS = """
    CREATE TABLE conflicts (
        entry BLOB NOT NULL,
        kind TEXT NOT NULL,
        other_entry BLOB NOT NULL,
        other BLOB NOT NULL,
        state TEXT DEFAULT 'open' NOT NULL,
        noted_at_s INTEGER NOT NULL,
        decision TEXT DEFAULT '' NOT NULL,
        note TEXT DEFAULT '' NOT NULL,
        supervisors TEXT DEFAULT '[]' NOT NULL,
        settled_at_s INTEGER,
        PRIMARY KEY (entry, kind, other_entry)
    ) STRICT
    """


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    _key_conflicts_by_both_sides()


def _key_conflicts_by_both_sides() -> None:
    """Two others may contradict one entry: each is a conflict of its own."""
    run = op.get_bind().exec_driver_sql
    rows = run("SELECT entry, kind, other, noted_at_s FROM conflicts").all()
    run("DROP TABLE conflicts")
    run(CONFLICTS)
    for entry, kind, other, noted_at_s in rows:
        told = (json.loads(other) or {}).get("entry")
        run(
            "INSERT INTO conflicts (entry, kind, other_entry, other, noted_at_s)"
            " VALUES (?, ?, ?, ?, ?)",
            (entry, kind, base64.b64decode(told) if told else b"", other, noted_at_s),
        )
