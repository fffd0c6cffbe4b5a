"""The guards that the database itself holds. Migrations that rebuild a table re-create them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from kiosk.ledger.errors import DamagedLedger
from kiosk.ledger.tables import FACTS

OVER_REDEEMED = "over_redeemed"
"""What the guard's error message contains."""

_NEVER_OVER = """
CREATE TRIGGER redemption_lines_never_over AFTER INSERT ON redemption_lines
WHEN NEW.quantity > 0
BEGIN
    SELECT RAISE(ABORT, 'over_redeemed')
    WHERE (
        SELECT COALESCE(SUM(quantity), 0) FROM redemption_lines
        WHERE voucher = NEW.voucher AND sku = NEW.sku AND bundle = NEW.bundle
    ) + (
        SELECT COALESCE(SUM(line.quantity), 0)
        FROM elsewhere JOIN elsewhere_lines AS line ON line.entry = elsewhere.entry
        WHERE elsewhere.voucher = NEW.voucher AND elsewhere.undone = 0
          AND line.sku = NEW.sku AND line.bundle = NEW.bundle
    ) > COALESCE((
        SELECT quantity FROM entitlements
        WHERE voucher = NEW.voucher AND sku = NEW.sku AND bundle = NEW.bundle
    ), 0);
END
"""

_NEVER_UNDER = """
CREATE TRIGGER redemption_lines_never_under AFTER INSERT ON redemption_lines
WHEN NEW.quantity < 0
BEGIN
    SELECT RAISE(ABORT, 'more undone than redeemed')
    WHERE (
        SELECT SUM(quantity) FROM redemption_lines
        WHERE voucher = NEW.voucher AND sku = NEW.sku AND bundle = NEW.bundle
    ) < 0;
END
"""

_OUTBOX_KEPT = """
CREATE TRIGGER outbox_never_deleted BEFORE DELETE ON outbox
WHEN OLD.state != 'acked'
BEGIN
    SELECT RAISE(ABORT, 'an unsent entry is never deleted');
END
"""

_SEQUENCE = """
CREATE TRIGGER entries_without_gap BEFORE INSERT ON entries
WHEN NEW.seq != COALESCE((SELECT MAX(seq) FROM entries WHERE epoch = NEW.epoch), 0) + 1
BEGIN
    SELECT RAISE(ABORT, 'sequence numbers have no gaps');
END
"""

TRIGGERS: dict[str, str] = {
    "redemption_lines_never_over": _NEVER_OVER,
    "redemption_lines_never_under": _NEVER_UNDER,
    "outbox_never_deleted": _OUTBOX_KEPT,
    "entries_without_gap": _SEQUENCE,
    **{
        f"{table.name}_never_{event.lower()}": (
            f"CREATE TRIGGER {table.name}_never_{event.lower()} BEFORE {event} ON {table.name}\n"
            f"BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END"
        )
        for table in FACTS
        for event in ("UPDATE", "DELETE")
    },
}


def check_guards(connection: Connection, path: Path) -> None:
    """Refuse a ledger whose guards somebody has removed or changed; raises DamagedLedger."""
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    found = {name: _words(sql) for name, sql in connection.execute(query)}
    wrong = sorted(name for name, sql in TRIGGERS.items() if found.get(name) != _words(sql))
    if wrong:
        raise DamagedLedger(
            f"{path}: the ledger's guards were tampered with ({', '.join(wrong)}). It was left as"
            " it is; keep it, and restore this terminal from its backup"
        )


def _words(sql: str) -> str:
    return " ".join(sql.split())
