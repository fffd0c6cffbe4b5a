"""Ledger entries that set stock right: a count, or an adjustment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kiosk.domain.stock import MAX_QUANTITY
from kiosk.domain.undo import read_reason
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import Entry, EntryError

STOCK_COUNT, STOCK_ADJUSTMENT = "stock_count", "stock_adjustment"
MAX_SKU_CHARS = 64


@dataclass(frozen=True, slots=True)
class StockCountFact:
    """The person in the entry's head counted a SKU."""

    sku: str
    counted: int
    before: int
    """What the terminal had believed."""

    @property
    def delta(self) -> int:
        """What it moves."""
        return self.counted - self.before


@dataclass(frozen=True, slots=True)
class StockAdjustmentFact:
    """Stock changed otherwise than by a redemption."""

    sku: str
    delta: int
    reason: str


StockFact: TypeAlias = StockCountFact | StockAdjustmentFact


def stock_kind(fact: StockFact) -> str:
    """The kind of the entry that says it."""
    return STOCK_COUNT if isinstance(fact, StockCountFact) else STOCK_ADJUSTMENT


def stock_payload(fact: StockFact) -> dict[CborKey, CborValue]:
    """The payload map of a ``stock_count`` or ``stock_adjustment`` entry."""
    if isinstance(fact, StockCountFact):
        return {1: fact.sku, 2: fact.counted, 3: fact.before}
    return {1: fact.sku, 2: fact.delta, 3: fact.reason}


def stock_fact(entry: Entry) -> StockFact | None:
    """What an entry says of stock; None when it is of another kind.

    Raises EntryError when it is of one of these kinds and not of their form.
    """
    if entry.head.kind not in {STOCK_COUNT, STOCK_ADJUSTMENT}:
        return None
    count = entry.head.kind == STOCK_COUNT
    match entry.payload:
        case {1: str(sku), 2: int(counted), 3: int(before)} if (
            count and _is_sku(sku) and _fits(counted, before) and counted >= 0
        ):
            return StockCountFact(sku, counted, before)
        case {1: str(sku), 2: int(delta), 3: str(reason)} if (
            not count and _is_sku(sku) and _fits(delta) and delta and read_reason(reason) == reason
        ):
            return StockAdjustmentFact(sku, delta, reason)
    raise EntryError(f"entry_{entry.head.kind}")


def _is_sku(text: str) -> bool:
    return 0 < len(text) <= MAX_SKU_CHARS and text.isprintable()


def _fits(*numbers: int) -> bool:
    return not any(isinstance(n, bool) or abs(n) > MAX_QUANTITY for n in numbers)
