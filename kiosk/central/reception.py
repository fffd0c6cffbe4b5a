"""Reading what a terminal sent: each entry by itself, so that a bad one harms no other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.central.tokens import Bearer
from kiosk.central.vouchers import MAX_LINES
from kiosk.domain.vouchers import Item
from kiosk.protocol.entries import (
    MAX_ENTRY_BYTES,
    REDEMPTION,
    Entry,
    EntryError,
    RedemptionFact,
    open_sealed,
    sealed_body,
)
from kiosk.protocol.serial_entries import SerialFact, serial_fact
from kiosk.protocol.settlement_entries import SettlementFact, settlement_fact
from kiosk.protocol.stock_entries import StockFact, stock_fact
from kiosk.protocol.undo_entries import UndoFact, undo_fact

MAX_NAME_CHARS = 64
_MAX_INSTANCE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Received:
    """One entry of a batch as it came."""

    raw: bytes
    hash: bytes
    """Hash of the entry's body, or of the raw bytes when there is no body in them."""
    entry: Entry | None
    fact: RedemptionFact | None
    """The payload, when it is a redemption."""
    why: str = ""
    """Why it cannot be taken; empty when ``entry`` is there."""
    serial: SerialFact | None = None
    """The payload, when it is about a typed serial."""
    undo: UndoFact | None = None
    """The payload, when it takes a redemption back."""
    settlement: SettlementFact | None = None
    """The payload, when it settles a conflict."""
    stock: StockFact | None = None
    """The payload, when it sets stock right."""

    @property
    def voucher(self) -> bytes | None:
        """The voucher that it speaks of."""
        told = self.fact or self.undo or self.serial
        return told.voucher if told is not None else None

    @property
    def raw_hash(self) -> bytes:
        """Identity of the very bytes: what a quarantine keeps once."""
        return hashlib.sha256(self.raw).digest()


def receive(raw: bytes, bearer: Bearer, key: Ed25519PublicKey) -> Received:
    """Verify and read one sealed entry. Never raises on any bytes."""
    try:
        entry = _open(raw, bearer, key)
        fact = entry.redemption() if entry.head.kind == REDEMPTION else None
        if fact is not None:
            _check_fact(fact)
        serial, undo = serial_fact(entry), undo_fact(entry)
        if undo is not None:
            _check_undo(undo)
        settlement, stock = settlement_fact(entry), stock_fact(entry)
    except EntryError as error:
        return Received(raw, _identity(raw), None, None, str(error))
    return Received(
        raw,
        entry.hash,
        entry,
        fact,
        serial=serial,
        undo=undo,
        settlement=settlement,
        stock=stock,
    )


def _open(raw: bytes, bearer: Bearer, key: Ed25519PublicKey) -> Entry:
    if len(raw) > MAX_ENTRY_BYTES:
        raise EntryError("entry_too_large")
    entry = open_sealed(raw, key)
    head = entry.head
    if head.terminal != bearer.terminal:
        raise EntryError("other_terminal")
    if head.store != bearer.store:
        raise EntryError("other_store")
    if not _is_name(head.kind) or not (head.staff is None or _is_name(head.staff)):
        raise EntryError("entry_text")
    return entry


def _identity(raw: bytes) -> bytes:
    try:
        return hashlib.sha256(sealed_body(raw)).digest()
    except EntryError:
        return hashlib.sha256(raw).digest()


def _check_fact(fact: RedemptionFact) -> None:
    """What a database or a message could not hold later must be found here."""
    _check_items(fact.items)
    if fact.instance is not None and len(fact.instance) > _MAX_INSTANCE_BYTES:
        raise EntryError("entry_redemption")


def _check_undo(fact: UndoFact) -> None:
    _check_items(fact.items)
    if not _is_name(fact.supervisor):
        raise EntryError("entry_text")


def _check_items(items: tuple[Item, ...]) -> None:
    if len(items) > MAX_LINES:
        raise EntryError("entry_lines")
    if not all(_is_plain(item) for item in items):
        raise EntryError("entry_item")


def _is_plain(item: Item) -> bool:
    return _is_name(item.sku) and (item.group is None or 0 <= item.group < 2**31)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME_CHARS and text.isprintable()
