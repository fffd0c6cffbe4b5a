"""Stock that people set right: counting, and adjusting by a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_QUANTITY = 2**31 - 1


class StockRefusal(StrEnum):
    """Why stock stayed as it was."""

    NOT_A_SUPERVISOR = "not_a_supervisor"
    NOT_COUNTED = "not_counted"
    """The store keeps no count of this SKU."""
    QUANTITY_UNUSABLE = "quantity_unusable"
    """Below 0, no change at all, or more than anything holds."""
    REASON_UNUSABLE = "reason_unusable"
    """Empty, longer than a note may be, or with characters that nothing can print."""


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What the terminal believes is on hand: central's count and what is under way to it."""

    sku: str
    on_hand: int
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class StockCount:
    """Somebody counted a SKU."""

    sku: str
    counted: int
    supervisor: str
    """Staff id; whoever calls has checked the PIN (``sign_in``)."""


@dataclass(frozen=True, slots=True)
class StockAdjustment:
    """Something broke, was found, came from elsewhere."""

    sku: str
    delta: int
    reason: str
    supervisor: str
    """Staff id; whoever calls has checked the PIN (``sign_in``)."""


@dataclass(frozen=True, slots=True)
class StockMoved:
    """A count or an adjustment as the ledger has it."""

    sku: str
    before: int
    after: int
    seq: int
    at_s: int
    """Trusted time, Unix seconds UTC."""
