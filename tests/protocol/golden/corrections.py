"""Samples of entries that correct others; the keys are those of ``samples.py``."""

from __future__ import annotations

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.ports import TrustVersions
from kiosk.domain.vouchers import Item
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import NO_PREVIOUS, Entry, EntryHead, make_entry
from kiosk.protocol.settlement_entries import SETTLEMENT, SettlementFact, settlement_payload
from kiosk.protocol.stock_entries import (
    STOCK_ADJUSTMENT,
    STOCK_COUNT,
    StockAdjustmentFact,
    StockCountFact,
    stock_payload,
)
from kiosk.protocol.undo_entries import UNDO, UndoFact, undo_payload

NOW_S = 1_800_000_000
VOUCHER, DISPUTED = bytes(range(16)), bytes(range(64, 96))

UNDONE = UndoFact(
    DISPUTED, VOUCHER, (Item("CRAB-4M", 2, 1), Item("TEA-LJ", 1)), "顾客拿错了", "9001"
)


SETTLED = SettlementFact(
    DISPUTED,
    "duplicate_redemption",
    "shop_bears",
    "两台终端断网，门店承担",
    ("9001", "9002"),
    bytes(range(96, 128)),
)

COUNTED = StockCountFact("TEA-LJ", 41, -3)
ADJUSTED = StockAdjustmentFact("TEA-LJ", -2, "受潮")


def correction_entries() -> dict[str, Entry]:
    """One of each kind, in a chain."""
    payloads: dict[str, dict[CborKey, CborValue]] = {
        UNDO: undo_payload(UNDONE),
        SETTLEMENT: settlement_payload(SETTLED),
        STOCK_COUNT: stock_payload(COUNTED),
        STOCK_ADJUSTMENT: stock_payload(ADJUSTED),
    }
    chain: dict[str, Entry] = {}
    previous = NO_PREVIOUS
    for seq, (kind, payload) in enumerate(payloads.items(), start=1):
        head = EntryHead(
            kind=kind,
            terminal="S001-T01",
            store="S001",
            epoch=2,
            seq=seq,
            previous=previous,
            now=Instant(NOW_S, Confidence.CARRIED),
            wall_ms=NOW_S * 1000 + 250,
            staff="1001",
            versions=TrustVersions(3, 0, 2),
        )
        chain[kind] = make_entry(head, payload)
        previous = chain[kind].hash
    return chain
