"""Ledger entries that take a redemption back."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.undo import read_reason
from kiosk.domain.vouchers import VOUCHER_ID_BYTES, Item
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import HASH_BYTES, Entry, EntryError, items_array, read_item

UNDO = "undo"


@dataclass(frozen=True, slots=True)
class UndoFact:
    """The goods of a redemption came back: it counts no more, and may be made again."""

    redemption: bytes
    """Entry hash of the redemption, which the same terminal made."""
    voucher: bytes
    items: tuple[Item, ...]
    """What came back: everything that the redemption had handed over."""
    reason: str
    supervisor: str
    """Staff id of who allowed it; the PIN was checked."""


def undo_payload(fact: UndoFact) -> dict[CborKey, CborValue]:
    """The payload map of an ``undo`` entry."""
    return {
        1: fact.redemption,
        2: fact.voucher,
        3: items_array(fact.items),
        4: fact.reason,
        5: fact.supervisor,
    }


def undo_fact(entry: Entry) -> UndoFact | None:
    """What an entry takes back; None when it is of another kind.

    Raises EntryError when it is of this kind and not of its form.
    """
    if entry.head.kind != UNDO:
        return None
    match entry.payload:
        case {
            1: bytes(redemption),
            2: bytes(voucher),
            3: list(items),
            4: str(why),
            5: str(by),
        } if (
            len(redemption) == HASH_BYTES
            and len(voucher) == VOUCHER_ID_BYTES
            and items
            and read_reason(why) == why
            and by
        ):
            lines = tuple(read_item(item) for item in items)
            if len({line.key for line in lines}) == len(lines):
                return UndoFact(redemption, voucher, lines, why, by)
    raise EntryError("entry_undo")
