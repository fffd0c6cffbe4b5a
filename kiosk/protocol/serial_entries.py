"""Ledger entries about typed serials: a wrong password, and the review that clears some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kiosk.domain.serials import MAX_CLEARED, MAX_NOTE_CHARS
from kiosk.domain.vouchers import VOUCHER_ID_BYTES
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import HASH_BYTES, Entry, EntryError

SERIAL_TRY, SERIAL_REVIEW = "serial_try", "serial_review"


@dataclass(frozen=True, slots=True)
class SerialTryFact:
    """A wrong password was typed for a voucher's serial. The password itself is kept nowhere."""

    voucher: bytes


@dataclass(frozen=True, slots=True)
class SerialReviewFact:
    """The supervisor in the entry's head looked at the wrong tries; these count no more."""

    voucher: bytes
    cleared: tuple[bytes, ...]
    """Entry hashes of the tries."""
    note: str = ""


SerialFact: TypeAlias = SerialTryFact | SerialReviewFact


def try_payload(fact: SerialTryFact) -> dict[CborKey, CborValue]:
    """The payload map of a ``serial_try`` entry."""
    return {1: fact.voucher}


def review_payload(fact: SerialReviewFact) -> dict[CborKey, CborValue]:
    """The payload map of a ``serial_review`` entry."""
    return {1: fact.voucher, 2: list[CborValue](fact.cleared), 3: fact.note}


def serial_fact(entry: Entry) -> SerialFact | None:
    """What an entry says of a serial; None when it is of another kind.

    Raises EntryError when it is of one of these kinds and not of their form.
    """
    if entry.head.kind == SERIAL_TRY:
        return _try(entry.payload)
    return _review(entry) if entry.head.kind == SERIAL_REVIEW else None


def _try(payload: dict[CborKey, CborValue]) -> SerialTryFact:
    match payload:
        case {1: bytes(voucher)} if len(voucher) == VOUCHER_ID_BYTES:
            return SerialTryFact(voucher)
        case _:
            raise EntryError("entry_serial_try")


def _review(entry: Entry) -> SerialReviewFact:
    match entry.payload:
        case {1: bytes(voucher), 2: list(hashes), 3: str(note)} if (
            entry.head.staff is not None
            and len(voucher) == VOUCHER_ID_BYTES
            and 0 < len(hashes) <= MAX_CLEARED
            and len(note) <= MAX_NOTE_CHARS
            and (not note or note.isprintable())
        ):
            cleared = tuple(h for h in hashes if isinstance(h, bytes) and len(h) == HASH_BYTES)
            if len(cleared) == len(hashes) == len(set(cleared)):
                return SerialReviewFact(voucher, cleared, note)
    raise EntryError("entry_serial_review")
