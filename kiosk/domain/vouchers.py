"""What a pickup code entitles its holder to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeAlias

VOUCHER_ID_BYTES = 16
ANY_STORE = "*"
MAX_V1_LIFETIME_S = 48 * 3600


class Tier(IntEnum):
    """How hard a pickup code is to share (pickup-code format, docs/protocol.md)."""

    V1 = 1
    V2 = 2
    V3 = 3

    @property
    def dynamic(self) -> bool:
        """Whether the code changes by itself, so that each showing is an instance of its own."""
        return self is not Tier.V1


class VoucherState(StrEnum):
    """What the replica says of a voucher; it can only reduce what a code entitles to."""

    ACTIVE = "active"
    REVOKED = "revoked"
    REFUNDED = "refunded"
    HELD = "held"


ItemKey: TypeAlias = tuple[str, int | None]
"""SKU and bundle group: what identifies a line within a voucher."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a voucher or a redemption."""

    sku: str
    quantity: int
    group: int | None = None
    """Lines of one group are one bundle (主品 + 配件) and leave together."""

    @property
    def key(self) -> ItemKey:
        """What identifies this line within its voucher."""
        return (self.sku, self.group)


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """The options claim of a pickup code."""

    value_class: int = 0
    window_s: int | None = None
    location_policy: int = 0
    piece_trace: bool = False
    holder: bytes | None = None
    """Holder pseudonym, 8 bytes."""


@dataclass(frozen=True, slots=True)
class PickupCode:
    """A pickup code whose signature was verified. Its items are the entitlement, also offline."""

    voucher: bytes
    tier: Tier
    stores: tuple[str, ...] | None
    """Store ids where it may be picked up; None means any store."""
    issued_at_s: int
    expires_at_s: int
    not_before_s: int | None
    items: tuple[Item, ...]
    key_id: bytes
    presented: bytes
    """The COSE bytes that were shown: evidence, kept in the ledger entry."""
    options: CodeOptions = field(default_factory=CodeOptions)
    status: tuple[int, int] | None = None
    """Status list id and index."""

    @property
    def ends_at_s(self) -> int:
        """When it stops being valid: a V1 code lives at most 48 h whatever it claims."""
        if self.tier is Tier.V1:
            return min(self.expires_at_s, self.issued_at_s + MAX_V1_LIFETIME_S)
        return self.expires_at_s

    @property
    def instance(self) -> bytes | None:
        """Identity of this showing of a dynamic code (16 bytes); None for a static one."""
        if not self.tier.dynamic:
            return None
        moment = self.issued_at_s.to_bytes(8, "big")
        return hashlib.sha256(b"instance" + self.voucher + moment).digest()[:16]


def request_id_for(instance: bytes, terminal: str) -> bytes:
    """Request id (16 bytes) of a dynamic instance at a terminal.

    The same showing at the same terminal is the same request, also after a crash, so the
    second time is answered with the first fact instead of a double.
    """
    return hashlib.sha256(b"request" + instance + terminal.encode()).digest()[:16]
