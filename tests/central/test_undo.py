"""Undo at central: the redemption counts no more, stock comes back, everybody is told."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import select

from kiosk.central.judging import HandedOver, Told
from kiosk.central.tables import undos
from kiosk.domain.vouchers import Item
from kiosk.protocol.entries import Entry, sealed_body
from kiosk.protocol.messages import (
    ConflictChange,
    Line,
    Outcome,
    RedemptionChange,
    StockChange,
    WalletAnswer,
    WalletRequest,
)
from kiosk.protocol.undo_entries import UNDO, UndoFact, undo_payload
from tests.central.client import ANY_ITEM, Terminal, read
from tests.central.conftest import NEIGHBOUR, Shop

BOX = Item("MOON-8", 1)


def undo(terminal: Terminal, sealed: bytes, of: bytes, /, *items: Item, **changed: object) -> bytes:
    """A sealed undo of a sealed redemption."""
    fact = UndoFact(hash_of(sealed), of, items or (ANY_ITEM,), "拿错了", "9001")
    fact = dataclasses.replace(fact, **changed)  # type: ignore[arg-type]  # the test names fields
    return terminal.seal(terminal.entry(undo_payload(fact), kind=UNDO))


def hash_of(sealed: bytes) -> bytes:
    from kiosk.protocol.entries import read_entry

    entry: Entry = read_entry(sealed_body(sealed))
    return entry.hash


def told(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.state, outcome.kind) for outcome in outcomes]


def stock(terminal: Terminal, sku: str) -> int | None:
    counts = [c.count for c in terminal.seen if isinstance(c, StockChange) and c.sku == sku]
    return counts[-1] if counts else None


def redemptions(terminal: Terminal, voucher: bytes) -> list[RedemptionChange]:
    terminal.catch_up()
    seen = [c for c in terminal.seen if isinstance(c, RedemptionChange) and c.voucher == voucher]
    return list({change.entry: change for change in seen}.values())


def test_another_counter_may_hand_over_again(shop: Shop) -> None:
    one, two = shop.terminal(), shop.terminal()
    two.catch_up()
    before = stock(two, "TEA-LJ")
    voucher = shop.voucher()
    sealed = one.redeem(voucher)
    assert told(one.send(sealed)) == [("applied", "")]
    [change] = redemptions(two, voucher)
    assert not change.undone
    assert told(one.send(undo(one, sealed, voucher))) == [("applied", "")]
    [change] = redemptions(two, voucher)
    assert (change.undone, change.entry) == (True, hash_of(sealed))
    assert stock(two, "TEA-LJ") == before
    assert two.claim(voucher).redemptions == []
    assert told(two.send(two.redeem(voucher))) == [("applied", "")]
    assert len(two.claim(voucher).redemptions) == 1


def test_in_one_batch_and_again(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher(BOX)
    terminal.catch_up()
    before = stock(terminal, "MOON-8")
    first = terminal.redeem(voucher, BOX)
    sealed = [first, undo(terminal, first, voucher, BOX), terminal.redeem(voucher, BOX)]
    assert told(terminal.send(*sealed)) == [("applied", "")] * 3
    assert [o.state for o in terminal.send(*sealed)] == ["duplicate"] * 3
    terminal.catch_up()
    assert before is not None
    assert stock(terminal, "MOON-8") == before - 1
    assert [change.undone for change in redemptions(terminal, voucher)] == [True, False]


def test_what_is_left_is_judged_after_it(shop: Shop) -> None:
    terminal, other = shop.terminal(), shop.terminal()
    voucher = shop.voucher(Item("TEA-LJ", 2))
    first = terminal.redeem(voucher)
    assert told(terminal.send(first, terminal.redeem(voucher))) == [("applied", "")] * 2
    assert told(other.send(other.redeem(voucher))) == [("conflict", "duplicate_redemption")]
    assert told(terminal.send(undo(terminal, first, voucher))) == [("applied", "")]
    # Two were handed over in the end, as the voucher says: nothing is left for one more.
    assert told(other.send(other.redeem(voucher))) == [("conflict", "duplicate_redemption")]


def test_undone_twice_gives_back_once(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher(BOX)
    first = terminal.redeem(voucher, BOX)
    terminal.send(first, undo(terminal, first, voucher, BOX))
    terminal.catch_up()
    before = stock(terminal, "MOON-8")
    again = undo(terminal, first, voucher, BOX, reason="noch einmal")
    [outcome] = terminal.send(again)
    assert (outcome.state, outcome.kind) == ("conflict", "undo_repeated")
    assert outcome.other is not None
    assert outcome.other.entry == hash_of(first)
    terminal.catch_up()
    assert stock(terminal, "MOON-8") == before
    conflicts = [c for c in terminal.seen if isinstance(c, ConflictChange)]
    assert (hash_of(again), "undo_repeated") in {(c.entry, c.kind) for c in conflicts}


@pytest.mark.parametrize(
    "changed",
    [
        {"redemption": bytes(32)},
        {"voucher": bytes(16)},
        {"items": (Item("MOON-8", 2),)},
        {"items": (BOX, ANY_ITEM)},
        {"items": (Item("MOON-8", 1, 1),)},
    ],
)
def test_an_undo_of_something_else_is_kept_and_told(shop: Shop, changed: dict[str, object]) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher(BOX)
    first = terminal.redeem(voucher, BOX)
    terminal.send(first)
    terminal.catch_up()
    before = stock(terminal, "MOON-8")
    sealed = undo(terminal, first, voucher, BOX, **changed)
    assert told(terminal.send(sealed)) == [("conflict", "undo_unknown")]
    assert [change.undone for change in redemptions(terminal, voucher)] == [False]
    assert stock(terminal, "MOON-8") == before
    with shop.services.database.read() as connection:
        kept = connection.execute(select(undos).where(undos.c.entry == hash_of(sealed))).one()
    assert (kept.supervisor, kept.reason) == ("9001", "拿错了")


@pytest.mark.parametrize("store", ["S001", NEIGHBOUR])
def test_nobody_undoes_what_another_terminal_did(shop: Shop, store: str) -> None:
    one, two = shop.terminal(), shop.terminal(store)
    voucher = shop.voucher(BOX)
    first = one.redeem(voucher, BOX)
    one.send(first)
    [outcome] = two.send(undo(two, first, voucher, BOX))
    assert (outcome.state, outcome.kind) == ("conflict", "undo_unknown")
    assert [change.undone for change in redemptions(one, voucher)] == [False]


def test_what_nothing_proves_is_undone_where_it_counted(shop: Shop) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher(BOX)
    first = terminal.redeem(voucher, BOX, text="")
    assert told(terminal.send(first)) == [("conflict", "unknown_voucher")]
    assert told(terminal.send(undo(terminal, first, voucher, BOX))) == [("applied", "")]
    assert [change.undone for change in redemptions(shop.terminal(), voucher)] == [True]


def test_the_customer_sees_that_it_is_there_again(shop: Shop) -> None:
    terminal = shop.terminal()
    [issued] = shop.issue(BOX)
    voucher = issued.voucher.voucher
    first = terminal.redeem(voucher, BOX)
    terminal.send(first)
    asked = WalletRequest(voucher, issued.voucher.wallet_token)
    answer = read(terminal.post("/v1/wallet", asked), WalletAnswer)
    assert [item.left for item in answer.items] == [0]
    terminal.send(undo(terminal, first, voucher, BOX))
    answer = read(terminal.post("/v1/wallet", asked), WalletAnswer)
    assert ([item.left for item in answer.items], answer.redemptions) == ([1], [])


@pytest.mark.parametrize(
    "changed, why",
    [
        ({"reason": ""}, "entry_undo"),
        ({"items": (Item("x" * 65, 1),)}, "entry_item"),
        ({"items": tuple(Item(f"S{n}", 1) for n in range(201))}, "entry_lines"),
        ({"supervisor": "a\x00b"}, "entry_text"),
    ],
)
def test_a_bad_one_is_quarantined_alone(shop: Shop, changed: dict[str, object], why: str) -> None:
    terminal = shop.terminal()
    voucher = shop.voucher()
    first = terminal.redeem(voucher)
    bad = undo(terminal, first, voucher, **changed)
    outcomes = terminal.send(first, bad, terminal.redeem(shop.voucher()))
    assert [o.state for o in outcomes] == ["applied", "quarantined", "applied"]
    assert outcomes[1].why == why


def test_the_latest_that_counts_is_told() -> None:
    def fact(number: int, *lines: Line) -> Told:
        entry = bytes([number]) * 32
        return Told(RedemptionChange(entry, bytes(16), list(lines), 0, "S1", "T1"), proved=True)

    one, two = fact(1, Line("A", 1), Line("B", 1)), fact(2, Line("A", 2))
    gone = HandedOver([one, two])
    assert gone.latest("S1", [("A", None)]) == two.fact
    gone.take_back(two)
    assert (gone.quantity("S1", ("A", None)), gone.latest("S1", [("A", None)])) == (1, one.fact)
    gone.take_back(two)
    assert gone.quantity("S1", ("A", None)) == 1
    gone.take_back(one)
    assert (gone.quantity("S1", ("B", None)), gone.latest("S1", [("B", None)])) == (0, None)
