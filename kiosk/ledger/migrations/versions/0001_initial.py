"""The first ledger."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

TABLES = [
    """
    CREATE TABLE audit (
        id INTEGER NOT NULL,
        at_s INTEGER NOT NULL,
        staff TEXT,
        action TEXT NOT NULL,
        entry BLOB,
        detail TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (id)
    ) STRICT
    """,
    """
    CREATE TABLE conflicts (
        entry BLOB NOT NULL,
        kind TEXT NOT NULL,
        other BLOB NOT NULL,
        state TEXT DEFAULT 'open' NOT NULL,
        noted_at_s INTEGER NOT NULL,
        PRIMARY KEY (entry, kind)
    ) STRICT
    """,
    """
    CREATE TABLE documents (
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        document BLOB NOT NULL,
        PRIMARY KEY (kind)
    ) STRICT
    """,
    """
    CREATE TABLE elsewhere (
        entry BLOB NOT NULL,
        voucher BLOB NOT NULL,
        at_s INTEGER NOT NULL,
        store TEXT NOT NULL,
        terminal TEXT NOT NULL,
        staff TEXT,
        instance BLOB,
        undone INTEGER DEFAULT 0 NOT NULL,
        PRIMARY KEY (entry)
    ) STRICT
    """,
    """
    CREATE INDEX elsewhere_by_instance ON elsewhere (instance)
    """,
    """
    CREATE INDEX elsewhere_by_voucher ON elsewhere (voucher)
    """,
    """
    CREATE TABLE elsewhere_lines (
        entry BLOB NOT NULL,
        sku TEXT NOT NULL,
        bundle INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (entry, sku, bundle)
    ) STRICT
    """,
    """
    CREATE TABLE entitlements (
        voucher BLOB NOT NULL,
        sku TEXT NOT NULL,
        bundle INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (voucher, sku, bundle)
    ) STRICT
    """,
    """
    CREATE TABLE entries (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        previous BLOB NOT NULL,
        kind TEXT NOT NULL,
        at_s INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (epoch, seq),
        UNIQUE (hash)
    ) STRICT
    """,
    """
    CREATE TABLE meta (
        name TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (name)
    ) STRICT
    """,
    """
    CREATE TABLE pin_failures (
        staff TEXT NOT NULL,
        failures INTEGER NOT NULL,
        locked_until_s INTEGER NOT NULL,
        PRIMARY KEY (staff)
    ) STRICT
    """,
    """
    CREATE TABLE products (
        sku TEXT NOT NULL,
        name_zh TEXT NOT NULL,
        name_en TEXT NOT NULL,
        unit_zh TEXT NOT NULL,
        unit_en TEXT NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (sku)
    ) STRICT
    """,
    """
    CREATE TABLE staff (
        staff TEXT NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        pin_hash TEXT NOT NULL,
        active INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (staff)
    ) STRICT
    """,
    """
    CREATE TABLE stock (
        sku TEXT NOT NULL,
        counted INTEGER NOT NULL,
        through_epoch INTEGER NOT NULL,
        through_seq INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (sku)
    ) STRICT
    """,
    """
    CREATE TABLE vouchers (
        voucher BLOB NOT NULL,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        expires_s INTEGER NOT NULL,
        lines BLOB NOT NULL,
        order_no TEXT NOT NULL,
        phone_masked TEXT NOT NULL,
        note TEXT NOT NULL,
        pickup_no TEXT NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (voucher)
    ) STRICT
    """,
    """
    CREATE TABLE movements (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        sku TEXT NOT NULL,
        delta INTEGER NOT NULL,
        PRIMARY KEY (epoch, seq, sku),
        FOREIGN KEY(epoch, seq) REFERENCES entries (epoch, seq)
    ) STRICT
    """,
    """
    CREATE INDEX movements_by_sku ON movements (sku, epoch, seq)
    """,
    """
    CREATE TABLE outbox (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER DEFAULT 0 NOT NULL,
        due_at_s INTEGER DEFAULT 0 NOT NULL,
        answer TEXT DEFAULT '' NOT NULL,
        receipt BLOB,
        PRIMARY KEY (epoch, seq),
        FOREIGN KEY(epoch, seq) REFERENCES entries (epoch, seq)
    ) STRICT
    """,
    """
    CREATE INDEX outbox_waiting ON outbox (state, epoch, seq)
    """,
    """
    CREATE TABLE redemption_lines (
        entry BLOB NOT NULL,
        voucher BLOB NOT NULL,
        sku TEXT NOT NULL,
        bundle INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (entry, sku, bundle),
        FOREIGN KEY(entry) REFERENCES entries (hash)
    ) STRICT
    """,
    """
    CREATE INDEX redemption_lines_by_voucher ON redemption_lines (voucher, sku, bundle)
    """,
    """
    CREATE TABLE redemptions (
        entry BLOB NOT NULL,
        voucher BLOB NOT NULL,
        request_id BLOB NOT NULL,
        instance BLOB,
        at_s INTEGER NOT NULL,
        staff TEXT,
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (entry),
        FOREIGN KEY(entry) REFERENCES entries (hash),
        UNIQUE (request_id)
    ) STRICT
    """,
    """
    CREATE INDEX redemptions_by_instance ON redemptions (instance)
    """,
    """
    CREATE INDEX redemptions_by_voucher ON redemptions (voucher)
    """,
]

TRIGGERS = [
    """
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
    """,
    """
    CREATE TRIGGER outbox_never_deleted BEFORE DELETE ON outbox
    WHEN OLD.state != 'acked'
    BEGIN
        SELECT RAISE(ABORT, 'an unsent entry is never deleted');
    END
    """,
    """
    CREATE TRIGGER entries_without_gap BEFORE INSERT ON entries
    WHEN NEW.seq != COALESCE((SELECT MAX(seq) FROM entries WHERE epoch = NEW.epoch), 0) + 1
    BEGIN
        SELECT RAISE(ABORT, 'sequence numbers have no gaps');
    END
    """,
    """
    CREATE TRIGGER entries_never_update BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER entries_never_delete BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER redemptions_never_update BEFORE UPDATE ON redemptions
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER redemptions_never_delete BEFORE DELETE ON redemptions
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER redemption_lines_never_update BEFORE UPDATE ON redemption_lines
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER redemption_lines_never_delete BEFORE DELETE ON redemption_lines
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER movements_never_update BEFORE UPDATE ON movements
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER movements_never_delete BEFORE DELETE ON movements
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER audit_never_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
    """
    CREATE TRIGGER audit_never_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'facts are never erased'); END
    """,
]


def upgrade() -> None:
    """Make all tables, then the guards."""
    for statement in (*TABLES, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Refused: a ledger goes forward only."""
    raise NotImplementedError
