"""Messages of the central API, version 1 (docs/protocol.md). JSON; bytes travel as base64.

Both ends share these Structs. Fields are only ever added, with defaults; unknown fields are
ignored by old readers. Ledger entries and signed documents are opaque bytes inside.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

MAX_BATCH_ENTRIES = 500
MAX_BATCH_BYTES = 1_000_000
MAX_WAIT_S = 25
MAX_COMPARED = 10_000
"""Most entries of one comparison."""
MAX_MISSING = 100
"""Most ranges that one comparison tells; the next one tells more."""

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
VoucherId = Annotated[bytes, Meta(min_length=16, max_length=16)]
Holder = Annotated[bytes, Meta(min_length=8, max_length=8)]
"""A holder's pseudonym."""
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Line(Struct, frozen=True, omit_defaults=True):
    """An item line: SKU, quantity, bundle group."""

    sku: Name
    quantity: Count
    group: int | None = None


# --- enrolment and sign-on ------------------------------------------------------------------


class EnrollRequest(Struct, frozen=True):
    """POST /v1/terminals/enroll"""

    code: Annotated[str, Meta(min_length=8, max_length=128)]
    """One-time enrolment code."""
    public_key: Hash
    """The terminal's Ed25519 public key, raw; signs entries and token requests."""
    software: Annotated[str, Meta(max_length=64)] = ""


class EnrollAnswer(Struct, frozen=True, omit_defaults=True):
    """The terminal's identity and its trust anchors."""

    terminal: Name
    store: Name
    store_name: str
    root_key: bytes
    """COSE_Key of the root, pinned from now on."""
    key_set: bytes
    policy: bytes
    time_s: float
    root_version: int = 0
    """Version of the document that made this root the one in force; 0: it is the first."""
    status: bytes = b""
    """The whole status list, so that a terminal which goes offline at once has one."""


class TokenAnswer(Struct, frozen=True):
    """POST /oauth2/token (RFC 6749 §5.1)"""

    access_token: str
    token_type: str
    expires_in: int


# --- the changes feed -----------------------------------------------------------------------


class VoucherChange(Struct, frozen=True, tag="voucher", tag_field="type", omit_defaults=True):
    """A voucher as central knows it now: replaces what the replica had."""

    voucher: VoucherId
    version: Count
    state: Literal["active", "revoked", "refunded", "held"]
    expires_s: int
    items: list[Line]
    order_no: str = ""
    phone_masked: str = ""
    note: str = ""
    pickup_no: str = ""
    value_class: Annotated[int, Meta(ge=0, le=3)] = 0
    not_before_s: int = 0
    """0: from the beginning."""
    holder: Holder | None = None
    serial: str = ""
    """The serial number of a voucher that may be typed (V0)."""
    password_hash: str = ""
    """``scrypt$salt hex$hash hex`` of its password."""


class RedemptionChange(Struct, frozen=True, tag="redemption", tag_field="type", omit_defaults=True):
    """A redemption (or undo, with negative meaning) that any terminal made of a voucher."""

    entry: Hash
    voucher: VoucherId
    lines: list[Line]
    at_s: int
    store: Name
    terminal: Name
    staff: str | None = None
    instance: bytes | None = None
    undone: bool = False
    holder: Holder | None = None


class SerialTry(Struct, frozen=True, tag="serial_try", tag_field="type"):
    """A wrong password, typed at any terminal of the store."""

    entry: Hash
    voucher: VoucherId
    at_s: int
    terminal: Name


class SerialReview(Struct, frozen=True, tag="serial_review", tag_field="type"):
    """A supervisor's review: the tries that it cleared count no more."""

    entry: Hash
    voucher: VoucherId
    cleared: list[Hash]


class StatusHint(Struct, frozen=True, tag="status", tag_field="type"):
    """A status list has a new version: ask for it."""

    list_id: Count
    version: int


class StockChange(Struct, frozen=True, tag="stock", tag_field="type"):
    """Central's count of a SKU in this store, own entries up to the answer's mark included."""

    sku: Name
    count: int


class ProductChange(Struct, frozen=True, tag="product", tag_field="type", omit_defaults=True):
    """A catalogue line."""

    sku: Name
    name_zh: str
    name_en: str
    unit_zh: str = "件"
    unit_en: str = "pcs"


class StaffChange(Struct, frozen=True, tag="staff", tag_field="type", omit_defaults=True):
    """A member of the store's staff; ``active=False`` is the tombstone."""

    staff: Name
    name: str
    role: Literal["clerk", "supervisor"]
    pin_hash: str
    active: bool = True


class DocumentChange(Struct, frozen=True, tag="document", tag_field="type"):
    """A new signed document."""

    kind: Literal["keys", "policy", "root", "store"]
    document: bytes


class ConflictChange(Struct, frozen=True, tag="conflict", tag_field="type", omit_defaults=True):
    """A contradiction that central found in one of this terminal's facts, also later."""

    entry: Hash
    kind: str
    other: OtherFact | None = None
    settlement: Settled | None = None
    """Set once supervisors have settled it, at either side."""


class VoucherGone(Struct, frozen=True, tag="voucher_gone", tag_field="type"):
    """Tombstone: the replica may forget this voucher (facts about it stay)."""

    voucher: VoucherId


class Settled(Struct, frozen=True, omit_defaults=True):
    """How a conflict was settled: the first settlement that central got."""

    decision: str
    note: str
    supervisors: list[str]
    at_s: int
    terminal: str = ""
    """Where."""


class OtherFact(Struct, frozen=True, omit_defaults=True):
    """The fact on the other side of a conflict."""

    entry: bytes | None = None
    voucher: bytes | None = None
    store: str = ""
    terminal: str = ""
    staff: str | None = None
    at_s: int | None = None
    lines: list[Line] = []


Change: TypeAlias = (
    VoucherChange
    | RedemptionChange
    | StockChange
    | ProductChange
    | StaffChange
    | DocumentChange
    | ConflictChange
    | VoucherGone
    | SerialTry
    | SerialReview
    | StatusHint
)


class ChangesAnswer(Struct, frozen=True, omit_defaults=True):
    """GET /v1/changes?cursor=&wait= — one page of the feed, read in one snapshot."""

    cursor: str
    """Opaque; send it back to go on."""
    changes: list[Change]
    time_s: float
    """Central's clock."""
    more: bool = False
    """Ask again at once: the page was full."""
    through_epoch: int = 0
    through_seq: int = 0
    """This terminal's last entry that the page's stock counts include."""


# --- comparing ------------------------------------------------------------------------------


class ReplicaCounts(Struct, frozen=True):
    """How many things of each kind the feed tells a terminal."""

    vouchers: int
    redemptions: int
    """By other terminals."""
    products: int
    stock: int
    staff: int


class HeadsAnswer(Struct, frozen=True, omit_defaults=True):
    """GET /v1/heads?cursor=&epoch=&first=&last= — what a terminal compares itself with."""

    time_s: float
    missing: list[tuple[int, int]] = []
    """Ranges of sequence numbers that central has no entry for, each end included."""
    counts: ReplicaCounts | None = None
    """None unless the cursor is the end of the feed."""


# --- claims ---------------------------------------------------------------------------------


class ClaimRequest(Struct, frozen=True):
    """POST /v1/claims — ask for, or give back, a short claim on a voucher."""

    voucher: VoucherId
    release: bool = False


class ClaimReply(Struct, frozen=True, omit_defaults=True):
    """Whether this terminal may hand over now, and what central knows better."""

    state: Literal["granted", "held", "revoked", "refunded", "released"]
    redemptions: list[RedemptionChange] = []
    """All that count at central, so that the terminal's own guard decides with them."""
    held_by: str = ""
    expires_in_s: int = 0
    known: bool = True
    """False when central does not know the voucher: the signed code still suffices."""


# --- the ledger -----------------------------------------------------------------------------


class BatchRequest(Struct, frozen=True):
    """POST /v1/ledger:batch — sealed entries, oldest first."""

    entries: Annotated[list[bytes], Meta(max_length=MAX_BATCH_ENTRIES)]


class Outcome(Struct, frozen=True, omit_defaults=True):
    """What became of one entry; one for each, in the order sent."""

    entry: bytes
    """Hash of the entry's body (of the raw bytes when they could not be read)."""
    state: Literal["applied", "duplicate", "conflict", "quarantined"]
    receipt: bytes = b""
    """COSE_Sign1 over ``{1: hash, 2: state, 3: time}`` by central's receipt key."""
    kind: str = ""
    """Conflict kind."""
    other: OtherFact | None = None
    why: str = ""
    """Reason of a quarantine."""


class BatchAnswer(Struct, frozen=True):
    """An outcome per entry."""

    outcomes: list[Outcome]
    time_s: float


# --- the customer's side --------------------------------------------------------------------


class CodeRequest(Struct, frozen=True):
    """POST /v1/codes — a fresh code for the phone that holds a voucher's wallet token."""

    voucher: VoucherId
    wallet_token: Annotated[str, Meta(min_length=16, max_length=128)]
    tier: Literal[1, 2] = 2


class CodeAnswer(Struct, frozen=True):
    """The code's text and when to ask for the next one."""

    text: str
    refresh_in_s: int


class WalletRequest(Struct, frozen=True):
    """POST /v1/wallet — what a phone may see of the voucher whose wallet token it has."""

    voucher: VoucherId
    wallet_token: Annotated[str, Meta(min_length=16, max_length=128)]


class WalletStore(Struct, frozen=True):
    """A store where the voucher may be picked up."""

    store: Name
    name: str


class WalletItem(Struct, frozen=True, omit_defaults=True):
    """A line of the order as customers read it."""

    sku: Name
    quantity: Count
    left: Count
    """Not picked up yet."""
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    group: int | None = None


class WalletRedemption(Struct, frozen=True):
    """That, when, where and by which terminal something was handed over."""

    at_s: int
    store: Name
    store_name: str
    terminal: Name
    lines: list[Line]


class WalletAnswer(Struct, frozen=True, omit_defaults=True):
    """The order, and what became of it."""

    state: Literal["active", "revoked", "refunded", "held"]
    tier: int
    """3: the phone makes its codes itself, with a key that it binds first."""
    expires_s: int
    items: list[WalletItem]
    redemptions: list[WalletRedemption]
    """What counts, oldest first."""
    stores: list[WalletStore]
    """Empty: any store."""
    time_s: float
    """Central's clock: phones' own are often wrong."""
    order_no: str = ""
    pickup_no: str = ""
    phone_masked: str = ""
    note: str = ""
    not_before_s: int = 0
    """0: from the beginning."""


class BindingRequest(Struct, frozen=True):
    """POST /v1/wallet/binding — bind a phone's key to a voucher, or renew that binding."""

    voucher: VoucherId
    wallet_token: Annotated[str, Meta(min_length=16, max_length=128)]
    holder_key: Annotated[bytes, Meta(min_length=1, max_length=256)]
    """COSE_Key of the phone, deterministic CBOR: Ed25519 or P-256."""


class BindingAnswer(Struct, frozen=True):
    """What the phone wraps into its own signature from now on."""

    inner: bytes
    """COSE_Sign1 of the issuer that names the key: the inner half of each V3 code."""
    issued_s: int
    expires_s: int
    """No terminal believes it from then on."""
    renew_in_s: int
    """When to ask again; much sooner than it ends, for the phone may lose its network."""
    time_s: float


class Problem(Struct, frozen=True, omit_defaults=True):
    """An error (RFC 9457, application/problem+json)."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    code: str = ""
    """Stable word for programs."""


encode = msgspec.json.encode
