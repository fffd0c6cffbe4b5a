"""Ledger entries: canonical CBOR, identified by their hash, chained and signed at commit.

An entry's identity is the SHA-256 of its body. The body names the entry before it, so that a
missing, changed or restored tail shows. It travels as an opaque COSE_Sign1 made by the
terminal's key; central keeps those bytes for every fact, also of those it cannot apply.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.domain.approval import Approval
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.ports import TrustVersions
from kiosk.domain.vouchers import Item
from kiosk.protocol import cbor, cose
from kiosk.protocol.cbor import CborError, CborKey, CborValue
from kiosk.protocol.codes import HOLDER_BYTES
from kiosk.protocol.cose import CoseError

FORMAT = 1
HASH_BYTES = 32
"""Of an entry's identity."""
NO_PREVIOUS = bytes(32)
MAX_ENTRY_BYTES = 16 * 1024
LATEST_S = 253_402_300_800
"""Year 10000: a time past it is a mistake or an attack."""
REDEMPTION = "redemption"
_APPROVAL, _HOLDER = 10, 11


class EntryError(ValueError):
    """Bytes that are no entry, or not a trustworthy one; ``str()`` is the reason word."""


@dataclass(frozen=True, slots=True)
class EntryHead:
    """What every entry holds, whatever its kind."""

    kind: str
    terminal: str
    store: str
    epoch: int
    """Counts up at salvage and restore; sequence numbers start again at 1 in each."""
    seq: int
    previous: bytes
    """Hash of the entry before, of an earlier epoch for seq 1; 32 zero bytes for the first."""
    now: Instant
    wall_ms: int
    """The wall clock, unjudged, for diagnosis only."""
    staff: str | None
    versions: TrustVersions


@dataclass(frozen=True, slots=True)
class RedemptionFact:
    """The payload of a redemption entry."""

    voucher: bytes
    items: tuple[Item, ...]
    """What was handed over."""
    entitlement: tuple[Item, ...]
    """What the voucher entitled to, as this terminal saw it."""
    request_id: bytes
    instance: bytes | None
    presented: bytes
    """The code's COSE bytes: the evidence."""
    tier: int
    offline: bool
    """Central had not answered a claim when it was committed."""
    pieces: tuple[str, ...] = ()
    approval: Approval | None = None
    """A supervisor's decision that let it pass."""
    holder: bytes | None = None
    """The holder's pseudonym, 8 bytes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A read entry: head, payload and the exact bytes that make its identity."""

    head: EntryHead
    payload: dict[CborKey, CborValue]
    body: bytes
    hash: bytes = field(repr=False)

    def redemption(self) -> RedemptionFact:
        """The payload of a redemption; raises EntryError when it is not one."""
        if self.head.kind != REDEMPTION:
            raise EntryError("entry_kind")
        return _redemption(self.payload)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A sealed entry on its way to central."""

    hash: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """Sequence numbers of one epoch, both ends included."""

    epoch: int
    first: int
    last: int


def redemption_payload(fact: RedemptionFact) -> dict[CborKey, CborValue]:
    """The payload map of a redemption entry."""
    payload: dict[CborKey, CborValue] = {
        1: fact.voucher,
        2: items_array(fact.items),
        3: items_array(fact.entitlement),
        4: fact.request_id,
        5: fact.instance,
        6: fact.presented,
        7: fact.tier,
        8: fact.offline,
        9: list[CborValue](fact.pieces),
    }
    if fact.approval is not None:
        reasons = list[CborValue](fact.approval.reasons)
        payload[_APPROVAL] = {1: fact.approval.staff, 2: reasons}
    if fact.holder is not None:
        payload[_HOLDER] = fact.holder
    return payload


def make_entry(head: EntryHead, payload: dict[CborKey, CborValue]) -> Entry:
    """Encode an entry; its hash is its identity."""
    body = cbor.encode(
        {
            1: FORMAT,
            2: head.kind,
            3: head.terminal,
            4: head.store,
            5: head.epoch,
            6: head.seq,
            7: head.previous,
            8: head.now.unix_s,
            9: int(head.now.confidence),
            10: head.wall_ms,
            11: head.staff,
            12: [head.versions.key_set, head.versions.status, head.versions.policy],
            13: payload,
        }
    )
    return Entry(head, payload, body, hashlib.sha256(body).digest())


def read_entry(body: bytes) -> Entry:
    """Read an entry's body; raises EntryError. Map keys of later versions are kept and ignored."""
    try:
        value = cbor.decode(body)
    except CborError as error:
        raise EntryError(str(error)) from None
    match value:
        case {
            1: int(_),
            2: str(kind),
            3: str(terminal),
            4: str(store),
            5: int(epoch),
            6: int(seq),
            7: bytes(previous),
            8: int(at_s),
            9: int(confidence),
            10: int(wall_ms),
            11: staff,
            12: [int(key_set), int(status), int(policy), *_],
            13: dict(payload),
        } if (
            (staff is None or isinstance(staff, str))
            and len(previous) == 32
            and 1 <= epoch < 2**31
            and 1 <= seq < 2**53
            and 0 <= at_s < LATEST_S
            and abs(wall_ms) < 2**53
            and confidence in {0, 1}
            and not any(isinstance(number, bool) for number in (epoch, seq, at_s, confidence))
        ):
            head = EntryHead(
                kind=kind,
                terminal=terminal,
                store=store,
                epoch=epoch,
                seq=seq,
                previous=previous,
                now=Instant(at_s, Confidence(confidence)),
                wall_ms=wall_ms,
                staff=staff,
                versions=TrustVersions(key_set, status, policy),
            )
            return Entry(head, payload, body, hashlib.sha256(body).digest())
        case _:
            raise EntryError("entry_head")


def terminal_key_id(key: Ed25519PublicKey) -> bytes:
    """The key id of a terminal's signing key: the start of its hash, 8 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:8]


def seal(entry: Entry, key: Ed25519PrivateKey) -> bytes:
    """The signed form of an entry, as it is stored and sent."""
    return cose.sign1(entry.body, key, terminal_key_id(key.public_key()))


def open_sealed(sealed: bytes, key: Ed25519PublicKey) -> Entry:
    """Verify a terminal's signature and read the entry; raises EntryError."""
    try:
        message = cose.parse_sign1(sealed)
    except (CborError, CoseError) as error:
        raise EntryError(str(error)) from None
    if message.algorithm != cose.Algorithm.ED25519 or not cose.verifies(message, key):
        raise EntryError("entry_signature")
    return read_entry(message.payload)


def sealed_body(sealed: bytes) -> bytes:
    """The body inside a sealed entry, its signature unchecked; raises EntryError."""
    try:
        return cose.parse_sign1(sealed).payload
    except (CborError, CoseError) as error:
        raise EntryError(str(error)) from None


def items_array(items: tuple[Item, ...]) -> list[CborValue]:
    """Item lines as entries hold them: ``[[sku, quantity, group or null], …]``."""
    return [[item.sku, item.quantity, item.group] for item in items]


def _redemption(payload: dict[CborKey, CborValue]) -> RedemptionFact:
    match payload:
        case {
            1: bytes(voucher),
            2: list(items),
            3: list(entitlement),
            4: bytes(request_id),
            5: instance,
            6: bytes(presented),
            7: int(tier),
            8: bool(offline),
            9: list(pieces),
        } if (
            (instance is None or isinstance(instance, bytes))
            and len(voucher) == 16
            and not isinstance(tier, bool)
        ):
            return RedemptionFact(
                voucher=voucher,
                items=tuple(read_item(item) for item in items),
                entitlement=tuple(read_item(item) for item in entitlement),
                request_id=request_id,
                instance=instance,
                presented=presented,
                tier=tier,
                offline=offline,
                pieces=tuple(str(piece) for piece in pieces),
                approval=_approval(payload.get(_APPROVAL)),
                holder=_holder(payload.get(_HOLDER)),
            )
        case _:
            raise EntryError("entry_redemption")


def _approval(value: CborValue) -> Approval | None:
    match value:
        case None:
            return None
        case {1: str(staff), 2: list(reasons)} if all(isinstance(r, str) for r in reasons):
            return Approval(staff, tuple(str(reason) for reason in reasons))
        case _:
            raise EntryError("entry_approval")


def _holder(value: CborValue) -> bytes | None:
    if value is None or (isinstance(value, bytes) and len(value) == HOLDER_BYTES):
        return value
    raise EntryError("entry_holder")


def read_item(value: CborValue) -> Item:
    """One item line of a payload; raises EntryError."""
    match value:
        case [str(sku), int(quantity), group] if (
            not isinstance(quantity, bool)
            and 0 < quantity < 2**31
            and (group is None or (isinstance(group, int) and not isinstance(group, bool)))
        ):
            return Item(sku, quantity, group)
        case _:
            raise EntryError("entry_item")
