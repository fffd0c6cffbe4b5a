"""The answer to one scan: a value, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class VerdictKind(StrEnum):
    """Every answer a terminal can give; the wire and the log use these words."""

    ACCEPTED = "accepted"
    ALREADY_REDEEMED = "already_redeemed"
    PARTIALLY_REDEEMED = "partially_redeemed"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    STALE = "stale"
    REPLAYED = "replayed"
    WRONG_STORE = "wrong_store"
    REVOKED = "revoked"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    MALFORMED = "malformed"
    UNKNOWN_VOUCHER = "unknown_voucher"
    LOCKED = "locked"
    CLOCK_UNTRUSTED = "clock_untrusted"
    OVER_OFFLINE_LIMIT = "over_offline_limit"
    OUT_OF_STOCK = "out_of_stock"
    STOCK_CLOSED = "stock_closed"
    GOODS_EXPIRED = "goods_expired"
    RISK_BLOCKED = "risk_blocked"
    NEEDS_REVIEW = "needs_review"


HANDED_OVER = frozenset({VerdictKind.ACCEPTED, VerdictKind.PARTIALLY_REDEEMED})
"""Verdicts after which goods change hands."""


@dataclass(frozen=True, slots=True)
class RedemptionRecord:
    """When, where and by which terminal a voucher was redeemed (已核销 always says so)."""

    entry_hash: bytes
    at_s: int
    """Trusted time of the redemption, Unix seconds UTC."""
    store: str
    terminal: str
    staff: str | None
    here: bool
    """True when this terminal did it."""
    undone: bool = False
    """True when it was taken back since: it counts no more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer: the kind decides colour, icon, sound and sentences; the reason is for staff."""

    kind: VerdictKind
    reason: str
    """Machine-readable cause within the kind, such as ``cbor_trailing_bytes``."""
    voucher: bytes | None = None
    """Voucher id (16 bytes) as far as it could be read."""
    record: RedemptionRecord | None = None
    """The redemption this verdict speaks of."""

    @property
    def handed_over(self) -> bool:
        """Whether goods change hands on this verdict."""
        return self.kind in HANDED_OVER
