"""Stock entries: what is written is read, everything else is refused by one word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import Entry, EntryError, make_entry, read_entry
from kiosk.protocol.stock_entries import (
    STOCK_ADJUSTMENT,
    STOCK_COUNT,
    StockAdjustmentFact,
    StockCountFact,
    StockFact,
    stock_fact,
    stock_kind,
    stock_payload,
)
from tests.protocol.test_undo_entries import HEAD

COUNT, ADJUSTMENT = StockCountFact("TEA-LJ", 41, 44), StockAdjustmentFact("TEA-LJ", -2, "受潮")


def reread(kind: str, payload: dict[CborKey, CborValue]) -> Entry:
    return read_entry(make_entry(replace(HEAD, kind=kind), payload).body)


@pytest.mark.parametrize(
    "fact, delta",
    [
        (COUNT, -3),
        (StockCountFact("A", 0, 0), 0),
        (StockCountFact("A", 5, -2), 7),
        (ADJUSTMENT, -2),
        (StockAdjustmentFact("A", 2**31 - 1, "x"), 2**31 - 1),
    ],
)
def test_what_is_written_is_read(fact: StockFact, delta: int) -> None:
    payload = stock_payload(fact)
    assert stock_fact(reread(stock_kind(fact), payload)) == fact
    assert stock_fact(reread(stock_kind(fact), payload | {4: "more"})) == fact
    assert fact.delta == delta


def test_other_kinds_are_none_of_its_business() -> None:
    assert stock_fact(reread("redemption", stock_payload(COUNT))) is None


@pytest.mark.parametrize(
    "kind, key, value",
    [
        (STOCK_COUNT, 1, ""), (STOCK_COUNT, 1, "x" * 65), (STOCK_COUNT, 1, "a\n"),
        (STOCK_COUNT, 1, b"A"), (STOCK_COUNT, 2, -1), (STOCK_COUNT, 2, 2**31),
        (STOCK_COUNT, 2, True), (STOCK_COUNT, 2, "1"), (STOCK_COUNT, 3, False),
        (STOCK_COUNT, 3, -(2**31)), (STOCK_COUNT, 3, "why"),
        (STOCK_ADJUSTMENT, 1, ""), (STOCK_ADJUSTMENT, 2, 0), (STOCK_ADJUSTMENT, 2, True),
        (STOCK_ADJUSTMENT, 2, 2**31), (STOCK_ADJUSTMENT, 2, -(2**31)),
        (STOCK_ADJUSTMENT, 3, ""), (STOCK_ADJUSTMENT, 3, "x" * 501), (STOCK_ADJUSTMENT, 3, 5),
    ],
)  # fmt: skip
def test_other_forms_are_refused(kind: str, key: int, value: CborValue) -> None:
    payload = stock_payload(COUNT if kind == STOCK_COUNT else ADJUSTMENT)
    with pytest.raises(EntryError, match=f"^entry_{kind}$"):
        stock_fact(reread(kind, payload | {key: value}))
