"""Counts and adjustments at central; stock below 0 is never silent."""

from __future__ import annotations

from itertools import count

import pytest

from kiosk.central.shops import set_stock
from kiosk.domain.vouchers import Item
from kiosk.protocol.messages import ConflictChange, StockChange
from kiosk.protocol.settlement_entries import SETTLEMENT, SettlementFact, settlement_payload
from kiosk.protocol.stock_entries import (
    StockAdjustmentFact,
    StockCountFact,
    StockFact,
    stock_kind,
    stock_payload,
)
from tests.central.client import Terminal
from tests.central.conftest import STORE, Shop, together
from tests.central.test_undo import hash_of, told, undo

_numbers = count()


@pytest.fixture
def sku(shop: Shop) -> str:
    """A SKU of its own, two on hand."""
    name = f"STOCK-{next(_numbers)}"
    shop.services.database.write(lambda tx: set_stock(tx, STORE, {name: 2}))
    return name


def sealed(terminal: Terminal, fact: StockFact) -> bytes:
    return terminal.seal(terminal.entry(stock_payload(fact), kind=stock_kind(fact)))


def on_hand(terminal: Terminal, sku: str) -> int | None:
    terminal.catch_up()
    counts = [c.count for c in terminal.seen if isinstance(c, StockChange) and c.sku == sku]
    return counts[-1] if counts else None


def shortages(terminal: Terminal) -> dict[bytes, list[tuple[str, int]]]:
    terminal.catch_up()
    return {
        c.entry: [(line.sku, line.quantity) for line in c.other.lines]
        for c in terminal.seen
        if isinstance(c, ConflictChange) and c.kind == "stock_negative" and c.other is not None
    }


def test_deltas_of_two_counters_add_up(shop: Shop, sku: str) -> None:
    one, two = shop.terminal(), shop.terminal()
    found = StockAdjustmentFact(sku, 5, "找到了")
    assert (
        told(one.send(sealed(one, found), sealed(one, StockCountFact(sku, 6, 7))))
        == [("applied", "")] * 2
    )
    assert told(two.send(sealed(two, StockAdjustmentFact(sku, -1, "摔碎了")))) == [("applied", "")]
    assert on_hand(one, sku) == on_hand(two, sku) == 5
    assert shortages(one) == {}


def test_a_repetition_moves_nothing(shop: Shop, sku: str) -> None:
    terminal = shop.terminal()
    entry = sealed(terminal, StockAdjustmentFact(sku, 3, "找到了"))
    terminal.send(entry, entry)
    terminal.send(entry)
    assert on_hand(terminal, sku) == 5


def test_what_is_not_counted_stays_out(shop: Shop) -> None:
    terminal = shop.terminal()
    entry = sealed(terminal, StockAdjustmentFact("NOT-COUNTED", -3, "丢失"))
    assert told(terminal.send(entry)) == [("applied", "")]
    assert on_hand(terminal, "NOT-COUNTED") is None
    assert shortages(terminal) == {}


def test_below_0_is_a_conflict_of_the_entry_that_took_it_there(shop: Shop, sku: str) -> None:
    one, two = shop.terminal(), shop.terminal()
    item = Item(sku, 1)
    first, second, third = (one.redeem(shop.voucher(item), item) for _ in range(3))
    one.send(first, second)
    assert shortages(one) == {}
    assert told(one.send(third)) == [("applied", "")]
    assert shortages(one) == {hash_of(third): [(sku, 1)]}
    # What deepens it is not told again; what begins anew is.
    two.send(two.redeem(shop.voucher(item), item))
    assert shortages(two) == {}
    two.send(sealed(two, StockAdjustmentFact(sku, 2, "找到了")))
    last = two.redeem(shop.voucher(item), item)
    two.send(last)
    assert shortages(two) == {hash_of(last): [(sku, 1)]}
    assert on_hand(one, sku) == -1


def test_an_undo_in_the_batch_counts(shop: Shop, sku: str) -> None:
    terminal = shop.terminal()
    item = Item(sku, 3)
    voucher = shop.voucher(item)
    first = terminal.redeem(voucher, item)
    terminal.send(first, undo(terminal, first, voucher, item))
    assert (on_hand(terminal, sku), shortages(terminal)) == (2, {})


def test_an_adjustment_below_0_is_told_and_settled(shop: Shop, sku: str) -> None:
    terminal = shop.terminal()
    entry = sealed(terminal, StockAdjustmentFact(sku, -5, "丢失"))
    terminal.send(entry)
    assert shortages(terminal) == {hash_of(entry): [(sku, 3)]}
    fact = SettlementFact(hash_of(entry), "stock_negative", "shop_bears", "盘点", ("9001",))
    settled = terminal.seal(terminal.entry(settlement_payload(fact), kind=SETTLEMENT))
    assert told(terminal.send(settled)) == [("applied", "")]
    terminal.catch_up()
    last = [c for c in terminal.seen if isinstance(c, ConflictChange)][-1]
    assert last.settlement is not None


def test_of_many_at_once_one_is_told(shop: Shop, sku: str) -> None:
    terminals = [shop.terminal() for _ in range(4)]
    batches = [
        (terminal, sealed(terminal, StockAdjustmentFact(sku, -1, "丢失"))) for terminal in terminals
    ]
    for terminal in terminals:
        terminal.headers()
    together(*(lambda t=t, e=e: t.send(e) for t, e in batches))
    assert on_hand(terminals[0], sku) == -2
    found = [told for terminal in terminals for told in shortages(terminal).values()]
    assert found == [[(sku, 1)]]


@pytest.mark.parametrize(
    "fact, why",
    [
        (StockCountFact("A", -1, 0), "entry_stock_count"),
        (StockAdjustmentFact("A", 0, "x"), "entry_stock_adjustment"),
        (StockAdjustmentFact("A", 1, ""), "entry_stock_adjustment"),
    ],
)
def test_bad_ones_are_quarantined(shop: Shop, fact: StockFact, why: str) -> None:
    terminal = shop.terminal()
    [outcome] = terminal.send(sealed(terminal, fact))
    assert (outcome.state, outcome.why) == ("quarantined", why)
