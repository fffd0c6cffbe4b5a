"""Counting and adjusting stock at a counter, on a real ledger."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import Connection, text

from kiosk.counter.desk import Desk
from kiosk.counter.stock import adjust_stock, count_stock
from kiosk.domain.stock import (
    StockAdjustment,
    StockCount,
    StockLevel,
    StockMoved,
    StockRefusal,
)
from kiosk.domain.vouchers import Item
from kiosk.ledger.export import exported
from kiosk.ledger.home import Home
from kiosk.ledger.salvage import salvage
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from kiosk.protocol.entries import open_sealed
from kiosk.protocol.stock_entries import StockAdjustmentFact, StockCountFact, stock_fact
from kiosk.protocol.verifier import CodeVerifier
from tests.counter.conftest import Counter
from tests.fakes import NOW_S


@pytest.fixture
def counter(counter: Counter) -> Counter:
    counter.learn(
        m.StaffChange("9001", "李店长", "supervisor", "scrypt$00$00"),
        m.StaffChange("1001", "王小满", "clerk", "scrypt$00$00"),
        m.ProductChange("A", "甲", "Alpha"),
        m.StockChange("A", 9),
        m.StockChange("B", 0),
    )
    return counter


def count(counter: Counter, sku: str, counted: int, by: str = "9001") -> StockMoved | StockRefusal:
    asked = StockCount(sku, counted, by)
    return count_stock(asked, store=counter.ledger.store, central=counter.central)


def adjust(
    counter: Counter, sku: str, delta: int, reason: str = "摔碎了", by: str = "9001"
) -> StockMoved | StockRefusal:
    asked = StockAdjustment(sku, delta, reason, by)
    return adjust_stock(asked, store=counter.ledger.store, central=counter.central)


def on_hand(counter: Counter, sku: str = "A") -> int:
    return counter.ledger.store.on_hand((sku,))[sku]


def test_a_count_moves_what_differs(counter: Counter) -> None:
    counter.hand_over(counter.scan(counter.issuer.text(items=(Item("A", 2),))))
    nudges = counter.central.nudges
    assert count(counter, "A", 6) == StockMoved("A", 7, 6, 2, NOW_S)
    assert on_hand(counter) == 6
    assert counter.central.nudges == nudges + 1
    assert count(counter, "A", 6) == StockMoved("A", 6, 6, 3, NOW_S)
    _, moved, same = counter.ledger.outbox.take(9, 10**6)
    key = counter.ledger.identity.key.public_key()
    assert stock_fact(open_sealed(moved.sealed, key)) == StockCountFact("A", 6, 7)
    entry = open_sealed(same.sealed, key)
    assert (stock_fact(entry), entry.head.staff) == (StockCountFact("A", 6, 6), "9001")
    assert counter.ledger.prove_chain().fault is None


def test_adjustments_add_up_also_below_0(counter: Counter) -> None:
    assert adjust(counter, "A", -2) == StockMoved("A", 9, 7, 1, NOW_S)
    assert adjust(counter, "A", 5) == StockMoved("A", 7, 12, 2, NOW_S)
    assert adjust(counter, "B", -1, " 丢\n失 ") == StockMoved("B", 0, -1, 3, NOW_S)
    *_, last = counter.ledger.outbox.take(9, 10**6)
    fact = stock_fact(open_sealed(last.sealed, counter.ledger.identity.key.public_key()))
    assert fact == StockAdjustmentFact("B", -1, "丢 失")


def test_centrals_count_takes_them_in_once(counter: Counter) -> None:
    count(counter, "A", 4)
    counter.ledger.replica.apply(
        m.ChangesAnswer("x", [m.StockChange("A", 4)], float(NOW_S), False, 1, 1)
    )
    assert on_hand(counter) == 4


def test_levels_are_listed(counter: Counter) -> None:
    adjust(counter, "A", -2)
    assert counter.ledger.store.stock_levels() == (
        StockLevel("A", 7, "甲", "Alpha"),
        StockLevel("B", 0),
    )


@pytest.mark.parametrize("by", ["1001", "nobody", ""])
def test_only_supervisors_may(counter: Counter, by: str) -> None:
    assert count(counter, "A", 1, by) is StockRefusal.NOT_A_SUPERVISOR
    assert adjust(counter, "A", 1, by=by) is StockRefusal.NOT_A_SUPERVISOR
    assert counter.ledger.prove_chain().entries == 0


def test_what_cannot_be_is_refused(counter: Counter) -> None:
    assert count(counter, "A", -1) is StockRefusal.QUANTITY_UNUSABLE
    assert count(counter, "A", 2**31) is StockRefusal.QUANTITY_UNUSABLE
    assert count(counter, "UNKNOWN", 1) is StockRefusal.NOT_COUNTED
    assert adjust(counter, "A", 0) is StockRefusal.QUANTITY_UNUSABLE
    assert adjust(counter, "A", -(2**31)) is StockRefusal.QUANTITY_UNUSABLE
    assert adjust(counter, "A", 1, " ") is StockRefusal.REASON_UNUSABLE
    assert adjust(counter, "UNKNOWN", 1) is StockRefusal.NOT_COUNTED
    assert counter.ledger.prove_chain().entries == 0


def test_the_desk_counts_and_adjusts(counter: Counter) -> None:
    desk = Desk(
        verifier=CodeVerifier(counter.ledger.trust.key_set),
        store=counter.ledger.store,
        central=counter.central,
        clock=counter.clock,
    )
    try:
        assert isinstance(desk.count_stock(StockCount("A", 3, "9001")).result(), StockMoved)
        asked = StockAdjustment("A", 1, "找到了", "9001")
        assert isinstance(desk.adjust_stock(asked).result(), StockMoved)
        assert desk.stock_levels().result()[0].on_hand == 4
    finally:
        desk.close()


def test_it_is_exported(counter: Counter) -> None:
    count(counter, "A", 4)
    adjust(counter, "A", -1)
    first, second = exported(counter.ledger.database)
    assert (first["kind"], first["sku"], first["delta"]) == ("stock_count", "A", -5)
    assert (first["counted"], first["before"]) == (4, 9)
    assert (second["kind"], second["delta"], second["reason"]) == (
        "stock_adjustment", -1, "摔碎了",
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement, fault",
    [
        ("DELETE FROM movements WHERE seq = 1", (1, "stock_count_differs")),
        ("UPDATE movements SET delta = 9 WHERE seq = 2", (2, "stock_adjustment_differs")),
        ("INSERT INTO movements VALUES (1, 3, 'A', 1)", (3, "stock_count_differs")),
    ],
)
def test_tampering_is_named(counter: Counter, statement: str, fault: tuple[int, str]) -> None:
    count(counter, "A", 4)
    adjust(counter, "A", -1)
    count(counter, "A", 3)
    assert counter.ledger.prove_chain().fault is None

    def tamper(connection: Connection) -> None:
        for event in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER movements_never_{event}"))
        connection.execute(text(statement))

    counter.ledger.database.write(tamper)
    found = counter.ledger.prove_chain().fault
    assert found is not None
    assert (found.seq, found.reason) == fault


def test_a_salvage_keeps_the_movements(counter: Counter) -> None:
    count(counter, "A", 4)
    adjust(counter, "A", -1)
    home = Home(counter.ledger.database._path.parent)
    counter.ledger.close()
    salvage(home, counter.clock, whole_too=True)
    with closing(TerminalLedger(home, counter.clock)) as ledger:
        assert ledger.prove_chain().fault is None
        ledger.replica.apply(m.ChangesAnswer("x", [m.StockChange("A", 9)], float(NOW_S)))
        assert ledger.store.on_hand(("A",)) == {"A": 3}
