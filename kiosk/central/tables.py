"""Central's tables (SQLAlchemy Core). Times are Unix seconds UTC, lines are JSON text.

Laid out so that big tables can be partitioned later: every key of ``entries`` and
``quarantine`` begins with the terminal, that of ``changes`` with the feed, and facts are looked
up by voucher.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# --- shops and what they sell -----------------------------------------------------------------

stores = Table(
    "stores",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("terminals_made", Integer, nullable=False, server_default="0"),
    Column("latitude_e7", BigInteger),  # degrees × 10⁷; none: not known
    Column("longitude_e7", BigInteger),
    Column("radius_m", Integer, nullable=False, server_default="300"),
)

products = Table(
    "products",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("unit_zh", Text, nullable=False),
    Column("unit_en", Text, nullable=False),
)

stock = Table(
    "stock",
    metadata,
    Column("store", Text, nullable=False),
    Column("sku", Text, nullable=False),
    Column("on_hand", BigInteger, nullable=False),  # below 0: a flag for people, never refused
    PrimaryKeyConstraint("store", "sku"),
)

staff = Table(
    "staff",
    metadata,
    Column("store", Text, nullable=False),
    Column("staff", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("pin_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    PrimaryKeyConstraint("store", "staff"),
)

# --- terminals --------------------------------------------------------------------------------

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("store", Text, nullable=False),
    Column("expires_s", BigInteger, nullable=False),
    Column("terminal", Text),  # set once, by the one who used it
)

terminals = Table(
    "terminals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("store", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False, unique=True),
    Column("software", Text, nullable=False),
    Column("enrolled_s", BigInteger, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("last_epoch", Integer, nullable=False, server_default="0"),
    Column("last_seq", BigInteger, nullable=False, server_default="0"),
)

assertions = Table(
    "assertions",
    metadata,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("expires_s", BigInteger, nullable=False, index=True),
)

# --- vouchers and the facts about them --------------------------------------------------------

vouchers = Table(
    "vouchers",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_since_s", BigInteger, nullable=False),
    Column("expires_s", BigInteger, nullable=False),
    Column("lines", Text, nullable=False),  # [{"sku", "quantity", "group"?}]
    Column("stores", Text, nullable=False),  # ["S001", …], or ["*"] for any
    Column("value_class", Integer, nullable=False),
    Column("algorithm", Integer, nullable=False),  # COSE id of the issuer key for its codes
    Column("tier", Integer, nullable=False),  # the lowest of its codes
    Column("wallet_hash", LargeBinary),  # none: adopted from a signed code
    Column("order_no", Text, nullable=False),
    Column("phone_masked", Text, nullable=False),  # the full number is not kept here
    Column("note", Text, nullable=False),
    Column("pickup_no", Text, nullable=False),
    Column("created_s", BigInteger, nullable=False),
    Column("not_before_s", BigInteger, nullable=False, server_default="0"),
    Column("holder", LargeBinary),  # pseudonym, 8 bytes
    Column("holder_key", LargeBinary),  # COSE_Key of the phone that V3 codes are bound to
    Column("bound_s", BigInteger),
    Column("serial", Text),  # none: cannot be typed
    Column("password_hash", Text, nullable=False, server_default=""),
    Column("status_index", BigInteger),  # in status list 0; none: in none
    Index("uq_vouchers_serial", "serial", unique=True),
    Index("uq_vouchers_status_index", "status_index", unique=True),
)

serial_tries = Table(
    "serial_tries",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("voucher", LargeBinary, nullable=False, index=True),
    Column("store", Text, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("at_s", BigInteger, nullable=False),
)

serial_reviews = Table(
    "serial_reviews",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("voucher", LargeBinary, nullable=False, index=True),
    Column("store", Text, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("staff", Text),
    Column("at_s", BigInteger, nullable=False),
    Column("cleared", LargeBinary, nullable=False),  # entry hashes, 32 bytes each
    Column("note", Text, nullable=False),
)

status_changes = Table(
    "status_changes",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False, index=True),
    Column("revoked", Boolean, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("voucher", LargeBinary, primary_key=True),
    Column("terminal", Text, nullable=False),
    Column("expires_s", BigInteger, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("terminal", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("voucher", LargeBinary),
    Column("staff", Text),
    Column("at_s", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # applied | conflict
    Column("conflict", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("received_s", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("terminal", "hash"),
    # Not unique: a second hash at one place is a fork, and both branches are kept.
    Index(None, "terminal", "epoch", "seq"),
    Index(None, "terminal", "previous"),
)

redemptions = Table(
    "redemptions",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("voucher", LargeBinary, nullable=False, index=True),
    Column("terminal", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("staff", Text),
    Column("at_s", BigInteger, nullable=False),
    Column("lines", Text, nullable=False),
    Column("instance", LargeBinary),
    Column("proved", Boolean, nullable=False),  # its evidence is a signed code of the voucher
    Column("holder", LargeBinary),
    Column("undone", Boolean, nullable=False, server_default=false()),
)

undos = Table(
    "undos",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("redemption", LargeBinary, nullable=False, index=True),
    Column("voucher", LargeBinary, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("supervisor", Text, nullable=False),
    Column("at_s", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("terminal", Text, nullable=False),
    Column("raw_hash", LargeBinary, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("why", Text, nullable=False),
    Column("received_s", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    PrimaryKeyConstraint("terminal", "raw_hash"),
    Index(None, "terminal", "entry"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("entry", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("terminal", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("voucher", LargeBinary),
    Column("fact", Text, nullable=False),  # both sides as OtherFact JSON
    Column("other", Text, nullable=False),
    Column("other_entry", LargeBinary),
    Column("other_terminal", Text, nullable=False),
    Column("found_s", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # open | settled
    Column("decision", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("supervisors", Text, nullable=False, server_default="[]"),
    Column("settled_s", BigInteger),
    Column("settled_by", Text, nullable=False, server_default=""),  # terminal
    PrimaryKeyConstraint("entry", "kind"),
    Index(None, "state", "store"),
    Index(None, "other_entry"),
)

settlements = Table(
    "settlements",
    metadata,
    Column("entry", LargeBinary, primary_key=True),
    Column("disputed", LargeBinary, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("other", LargeBinary),
    Column("terminal", Text, nullable=False),
    Column("store", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("supervisors", Text, nullable=False),  # ["9001", …]
    Column("at_s", BigInteger, nullable=False),
)

# --- what terminals follow --------------------------------------------------------------------

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("expires_s", BigInteger, nullable=False),
    Column("document", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "version"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("name", Text, primary_key=True),
    Column("head", BigInteger, nullable=False),
)

changes = Table(
    "changes",
    metadata,
    Column("feed", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("feed", "kind", "key"),
    Index(None, "feed", "position", unique=True),
)

feed_marks = Table(
    "feed_marks",
    metadata,
    Column("feed", Text, nullable=False),
    Column("position", BigInteger, nullable=False),  # the last one that a transaction gave out
    Column("mark", Text, nullable=False),  # random: no other history has it there
    PrimaryKeyConstraint("feed", "position"),
)
