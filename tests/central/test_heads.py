"""What a terminal compares itself with."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest
from sqlalchemy import delete

from kiosk.central.tables import entries
from kiosk.protocol import messages as m
from tests.central.client import Terminal, read
from tests.central.conftest import NEIGHBOUR, Shop


def ask(terminal: Terminal, **query: str | int) -> httpx.Response:
    return terminal.http.get("/v1/heads", params=query, headers=terminal.headers())


def missing(terminal: Terminal, first: int, last: int, epoch: int = 1) -> list[tuple[int, int]]:
    return read(ask(terminal, epoch=epoch, first=first, last=last), m.HeadsAnswer).missing


def lose(shop: Shop, terminal: Terminal, *numbers: int) -> None:
    """As a restored part of a database would."""
    lost = (entries.c.terminal == terminal.name, entries.c.seq.in_(numbers))
    shop.services.database.write(lambda tx: tx.connection.execute(delete(entries).where(*lost)))


def test_missing_entries_are_told_as_ranges(shop: Shop) -> None:
    terminal, other = shop.terminal(), shop.terminal()
    for one in (terminal, other):
        one.send(*(one.redeem(shop.voucher()) for _ in range(8)))
    assert missing(terminal, 1, 8) == []
    lose(shop, terminal, 1, 4, 5, 7)
    assert missing(terminal, 1, 8) == [(1, 1), (4, 5), (7, 7)]
    assert missing(terminal, 2, 4) == [(4, 4)]
    assert missing(terminal, 7, 10) == [(7, 7), (9, 10)]
    assert missing(terminal, 1, 2, epoch=2) == [(1, 2)]
    assert missing(terminal, 1, 0) == []
    assert missing(other, 1, 8) == []


def test_not_more_ranges_than_agreed(shop: Shop) -> None:
    terminal = shop.terminal()
    count = 2 * m.MAX_MISSING + 10
    terminal.send(*(terminal.redeem(voucher) for voucher in [shop.voucher()] * count))
    lose(shop, terminal, *range(1, count + 1, 2))
    told = missing(terminal, 1, count)
    assert told == [(number, number) for number in range(1, 2 * m.MAX_MISSING, 2)]


@pytest.mark.parametrize(
    "query",
    [
        {"first": 1, "last": m.MAX_COMPARED + 1},
        {"first": 0, "last": 1},
        {"epoch": 0},
        {"last": 2**53},
        {"cursor": "x" * 257},
    ],
)
def test_windows_are_bounded(shop: Shop, query: dict[str, int | str]) -> None:
    assert ask(shop.terminal(), **query).status_code == 400
    assert missing(shop.terminal(), 1, m.MAX_COMPARED) == [(1, m.MAX_COMPARED)]


def test_who_has_followed_to_the_end_holds_as_much_as_is_counted(own_shop: Shop) -> None:
    terminal, other, neighbour = (
        own_shop.terminal(),
        own_shop.terminal(),
        own_shop.terminal(NEIGHBOUR),
    )
    shared, *mine = [own_shop.voucher() for _ in range(4)]
    terminal.send(*(terminal.redeem(voucher) for voucher in mine))
    other.send(other.redeem(shared))
    neighbour.send(neighbour.redeem(shared))
    terminal.catch_up()
    counts = read(ask(terminal, cursor=terminal.cursor), m.HeadsAnswer).counts
    assert counts is not None

    kinds: Counter[str] = Counter()
    for change in terminal.seen:
        if not (isinstance(change, m.RedemptionChange) and change.terminal == terminal.name):
            kinds[type(change).__name__] += 1
    assert counts == m.ReplicaCounts(
        vouchers=kinds["VoucherChange"],
        redemptions=kinds["RedemptionChange"],
        products=kinds["ProductChange"],
        stock=kinds["StockChange"],
        staff=kinds["StaffChange"],
    )
    assert counts.redemptions == 2
    assert counts.staff


def test_nothing_is_counted_for_who_is_behind(own_shop: Shop) -> None:
    terminal = own_shop.terminal()
    assert read(ask(terminal), m.HeadsAnswer).counts is None
    terminal.catch_up()
    assert read(ask(terminal, cursor=terminal.cursor), m.HeadsAnswer).counts is not None
    own_shop.voucher()
    assert read(ask(terminal, cursor=terminal.cursor), m.HeadsAnswer).counts is None


def test_a_cursor_of_another_history_is_gone(shop: Shop) -> None:
    answer = ask(shop.terminal(), cursor="bm90aGluZw")
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor_gone")
