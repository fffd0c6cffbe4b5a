"""Tables of the ledger. The migrations make them; a test holds both equal.

Facts (append-only, held by triggers): entries, redemptions, redemption_lines, undone, movements,
audit, serial_tries, cleared_tries. Derived or downloaded: everything else.

An undo is a row in ``undone`` and lines below 0 in ``redemption_lines``: what is taken is the sum.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

metadata = MetaData()

NO_GROUP = -1
"""Stands for "no bundle group", so that a line's key has no NULL in it."""

QUEUED, IN_FLIGHT, ACKED = "queued", "in_flight", "acked"
CONFLICT, QUARANTINED = "conflict", "quarantined"
"""States of an outbox row."""

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("previous", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_s", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("epoch", "seq"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("due_at_s", Integer, nullable=False, server_default=text("0")),
    Column("answer", Text, nullable=False, server_default=text("''")),
    Column("receipt", LargeBinary),
    PrimaryKeyConstraint("epoch", "seq"),
    ForeignKeyConstraint(["epoch", "seq"], ["entries.epoch", "entries.seq"]),
    Index("outbox_waiting", "state", "epoch", "seq"),
)

redemptions = Table(
    "redemptions",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("voucher", LargeBinary, nullable=False),
    Column("request_id", LargeBinary, nullable=False, unique=True),
    Column("instance", LargeBinary),
    Column("at_s", Integer, nullable=False),
    Column("staff", Text),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("holder", LargeBinary),
    ForeignKeyConstraint(["entry"], ["entries.hash"]),
    Index("redemptions_by_voucher", "voucher"),
    Index("redemptions_by_instance", "instance"),
    Index("redemptions_by_holder", "holder", "at_s"),
)

redemption_lines = Table(
    "redemption_lines",
    metadata,
    Column("entry", LargeBinary, nullable=False),
    Column("voucher", LargeBinary, nullable=False),
    Column("sku", Text, nullable=False),
    Column("bundle", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("entry", "sku", "bundle"),
    ForeignKeyConstraint(["entry"], ["entries.hash"]),
    Index("redemption_lines_by_voucher", "voucher", "sku", "bundle"),
)

undone = Table(
    "undone",
    metadata,
    Column("redemption", LargeBinary, primary_key=True),
    Column("entry", LargeBinary, nullable=False, unique=True),
    Column("at_s", Integer, nullable=False),
    Column("supervisor", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    ForeignKeyConstraint(["redemption"], ["redemptions.entry"]),
    ForeignKeyConstraint(["entry"], ["entries.hash"]),
)

entitlements = Table(
    "entitlements",
    metadata,
    Column("voucher", LargeBinary, nullable=False),
    Column("sku", Text, nullable=False),
    Column("bundle", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("voucher", "sku", "bundle"),
)

movements = Table(
    "movements",
    metadata,
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sku", Text, nullable=False),
    Column("delta", Integer, nullable=False),
    PrimaryKeyConstraint("epoch", "seq", "sku"),
    ForeignKeyConstraint(["epoch", "seq"], ["entries.epoch", "entries.seq"]),
    Index("movements_by_sku", "sku", "epoch", "seq"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at_s", Integer, nullable=False),
    Column("staff", Text),
    Column("action", Text, nullable=False),
    Column("entry", LargeBinary),
    Column("detail", Text, nullable=False, server_default=text("''")),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("entry", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("other_entry", LargeBinary, nullable=False),
    Column("other", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    Column("noted_at_s", Integer, nullable=False),
    Column("decision", Text, nullable=False, server_default=text("''")),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("supervisors", Text, nullable=False, server_default=text("'[]'")),
    Column("settled_at_s", Integer),
    PrimaryKeyConstraint("entry", "kind", "other_entry"),
)

elsewhere = Table(
    "elsewhere",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("voucher", LargeBinary, nullable=False),
    Column("at_s", Integer, nullable=False),
    Column("store", Text, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("staff", Text),
    Column("instance", LargeBinary),
    Column("undone", Integer, nullable=False, server_default=text("0")),
    Column("holder", LargeBinary),
    Index("elsewhere_by_voucher", "voucher"),
    Index("elsewhere_by_instance", "instance"),
    Index("elsewhere_by_holder", "holder", "at_s"),
)

elsewhere_lines = Table(
    "elsewhere_lines",
    metadata,
    Column("entry", LargeBinary, nullable=False),
    Column("sku", Text, nullable=False),
    Column("bundle", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    PrimaryKeyConstraint("entry", "sku", "bundle"),
)

vouchers = Table(
    "vouchers",
    metadata,
    Column("voucher", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("expires_s", Integer, nullable=False),
    Column("lines", LargeBinary, nullable=False),
    Column("order_no", Text, nullable=False),
    Column("phone_masked", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("pickup_no", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("value_class", Integer, nullable=False, server_default=text("0")),
    Column("not_before_s", Integer, nullable=False, server_default=text("0")),
    Column("holder", LargeBinary),
    Column("serial", Text, nullable=False, server_default=text("''")),
    Column("password_hash", Text, nullable=False, server_default=text("''")),
    Index("vouchers_by_serial", "serial"),
)

serial_tries = Table(
    "serial_tries",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("voucher", LargeBinary, nullable=False),
    Column("at_s", Integer, nullable=False),
    Column("terminal", Text, nullable=False),
    Index("serial_tries_by_voucher", "voucher"),
)

cleared_tries = Table(
    "cleared_tries",
    metadata,
    Column("try", LargeBinary, primary_key=True),
    Column("review", LargeBinary, nullable=False),
)

status_lists = Table(
    "status_lists",
    metadata,
    Column("list", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("issued_at_s", Integer, nullable=False),
    Column("expires_at_s", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),
)

products = Table(
    "products",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("unit_zh", Text, nullable=False),
    Column("unit_en", Text, nullable=False),
    Column("generation", Integer, nullable=False),
)

stock = Table(
    "stock",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("counted", Integer, nullable=False),
    Column("through_epoch", Integer, nullable=False),
    Column("through_seq", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("staff", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("pin_hash", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
)

pin_failures = Table(
    "pin_failures",
    metadata,
    Column("staff", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until_s", Integer, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

FACTS = (
    entries, redemptions, redemption_lines, undone, movements, audit, serial_tries, cleared_tries,
)  # fmt: skip
"""Tables whose rows are never changed or deleted."""


def bundle_of(group: int | None) -> int:
    """A line's bundle column."""
    return NO_GROUP if group is None else group


def group_of(bundle: int) -> int | None:
    """The bundle group of a row."""
    return None if bundle == NO_GROUP else bundle
