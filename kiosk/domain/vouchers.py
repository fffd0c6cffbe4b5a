"""What a pickup code entitles its holder to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeAlias

VOUCHER_ID_BYTES = 16
ANY_STORE = "*"
MAX_V1_LIFETIME_S = 48 * 3600
MAX_V3_BINDING_S = 24 * 3600
"""How long a voucher bound to a phone's key is believed after its issue: a phone renews it."""


class Tier(IntEnum):
    """How hard a pickup code is to share (pickup-code format, docs/protocol.md)."""

    V0 = 0
    """A serial number and a password, typed; never in a QR code."""
    V1 = 1
    """Static, signed by the issuer."""
    V2 = 2
    """Signed anew by central every 30 s."""
    V3 = 3
    """Signed by the issuer for a phone's key, and by that key every 15 s."""

    @property
    def dynamic(self) -> bool:
        """Whether the code changes by itself, so that each showing is an instance of its own."""
        return self in {Tier.V2, Tier.V3}


CODE_TIERS = frozenset({Tier.V1, Tier.V2, Tier.V3})
"""Tiers that are QR codes and need an issuer's key."""


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


class LocationCheck(IntEnum):
    """What is done with a showing that is not near the store; the strictest asked for holds."""

    OFF = 0
    WARN = 1
    REVIEW = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A point on Earth, in degrees × 10⁷ (about a centimetre)."""

    latitude_e7: int
    longitude_e7: int


@dataclass(frozen=True, slots=True)
class HolderProof:
    """What the phone signed around a V3 voucher: the showing itself."""

    signed_at_s: int
    """By the phone's clock, Unix seconds UTC."""
    key_id: bytes
    """The holder key's id, 8 bytes."""
    challenge: str | None = None
    """The digits that the terminal showed, if the phone was given some."""
    place: Place | None = None
    """Where the phone says it is: a hint, never a proof."""


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """The options claim of a pickup code."""

    value_class: int = 0
    window_s: int | None = None
    location_check: LocationCheck = LocationCheck.OFF
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
    proof: HolderProof | None = None
    """The phone's signature's content, for V3."""

    @property
    def ends_at_s(self) -> int:
        """When it stops being valid, whatever it claims: V1 after 48 h, a V3 binding after 24 h."""
        match self.tier:
            case Tier.V1:
                return min(self.expires_at_s, self.issued_at_s + MAX_V1_LIFETIME_S)
            case Tier.V3:
                return min(self.expires_at_s, self.issued_at_s + MAX_V3_BINDING_S)
            case _:
                return self.expires_at_s

    @property
    def shown_at_s(self) -> int:
        """When this showing was made: by the phone for V3, by the issuer else."""
        return self.issued_at_s if self.proof is None else self.proof.signed_at_s

    @property
    def instance(self) -> bytes | None:
        """Identity of this showing of a dynamic code (16 bytes); None for a static one."""
        if not self.tier.dynamic:
            return None
        moment = self.shown_at_s.to_bytes(8, "big")
        return hashlib.sha256(b"instance" + self.voucher + moment).digest()[:16]


def request_id_for(instance: bytes, terminal: str) -> bytes:
    """Request id (16 bytes) of a dynamic instance at a terminal.

    The same showing at the same terminal is the same request, also after a crash, so the
    second time is answered with the first fact instead of a double.
    """
    return hashlib.sha256(b"request" + instance + terminal.encode()).digest()[:16]
