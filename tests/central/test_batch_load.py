"""Batches at the same time, and how many statements a batch takes."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine import Connection

from kiosk.central.shops import set_stock
from kiosk.central.tables import redemptions
from kiosk.central.tokens import Bearer
from kiosk.central.vouchers import code_text, draft_voucher
from kiosk.domain.vouchers import Item, Tier
from kiosk.protocol.messages import (
    Outcome,
)
from tests.central.client import ANY_ITEM
from tests.central.conftest import NEIGHBOUR, STORE, Shop, together

BOX = Item("MOON-8", 1)


# --- at the same time -------------------------------------------------------------------------


def test_one_voucher_from_eight_terminals_at_once(shop: Shop) -> None:
    voucher = shop.voucher()
    terminals = [shop.terminal() for _ in range(8)]
    sealed = [terminal.redeem(voucher) for terminal in terminals]
    for terminal in terminals:
        terminal.headers()
    answers = together(
        *(
            lambda t=terminal, s=one: t.send(s)[0]
            for terminal, one in zip(terminals, sealed, strict=True)
        )
    )
    assert Counter((o.state, o.kind) for o in answers) == {
        ("applied", ""): 1,
        ("conflict", "duplicate_redemption"): 7,
    }
    with shop.services.database.read() as connection:
        facts = connection.scalar(
            select(func.count()).select_from(redemptions).where(redemptions.c.voucher == voucher)
        )
    assert facts == 8


def test_batches_that_name_the_same_vouchers_in_any_order(shop: Shop) -> None:
    """No deadlock reaches a terminal, and every voucher is applied exactly once."""
    now_s = int(time.time())
    known = [(issued.voucher.voucher, issued.text) for issued in shop.issue(BOX, count=15)]
    drafts = [draft_voucher((STORE, NEIGHBOUR), (BOX,), now_s + 3600) for _ in range(15)]
    unknown = [(d.voucher, code_text(d, Tier.V1, shop.services.keys, now_s)) for d in drafts]
    vouchers = known + unknown
    terminals = [shop.terminal() for _ in range(6)]

    def upload(place: int) -> list[Outcome]:
        terminal = terminals[place]
        order = vouchers[place * 5 :] + vouchers[: place * 5]
        order = order[::-1] if place % 2 else order
        return terminal.send(*(terminal.redeem(v, BOX, text=text) for v, text in order))

    answers = together(*(lambda p=place: upload(p) for place in range(6)))
    tally = Counter((o.state, o.kind) for outcomes in answers for o in outcomes)
    assert tally == {
        ("applied", ""): len(vouchers),
        ("conflict", "duplicate_redemption"): 5 * len(vouchers),
    }


# --- a constant number of statements ----------------------------------------------------------


@contextmanager
def statements_of(shop: Shop) -> Iterator[list[str]]:
    """The SQL that this thread sends to the database meanwhile: who serves has its own to ask."""
    statements: list[str] = []
    here = threading.get_ident()

    def note(_connection: Connection, _cursor: object, text: str, *_: object) -> None:
        if threading.get_ident() == here:
            statements.append(text)

    engine = shop.services.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def stock_up(shop: Shop, on_hand: int) -> None:
    counts = {ANY_ITEM.sku: on_hand}
    shop.services.database.write(lambda tx: set_stock(tx, STORE, counts))


@pytest.mark.parametrize("on_hand, most", [(100_000, 25), (1, 30)], ids=["enough", "short"])
def test_a_batch_is_set_based(shop: Shop, on_hand: int, most: int) -> None:
    counts = {}
    for size in (10, 500):
        terminal, rival = shop.terminal(), shop.terminal()
        issued = shop.issue(count=size)
        doubles = [terminal.redeem(one.voucher.voucher) for one in issued[: size // 2]]
        rival.send(*(rival.redeem(one.voucher.voucher) for one in issued[: size // 2]))
        fresh = [terminal.redeem(one.voucher.voucher) for one in issued[size // 2 + 1 :]]
        batch = [*doubles, *fresh, b"rubbish"]
        stock_up(shop, on_hand)
        with statements_of(shop) as statements:
            answer = shop.services.ingest.take(Bearer(terminal.name, STORE), batch)
        tally = Counter(outcome.state for outcome in answer.outcomes)
        assert tally == {
            "conflict": size // 2,
            "applied": size - size // 2 - 1,
            "quarantined": 1,
        }
        counts[size] = len(statements)
    assert counts[10] == counts[500] <= most
    stock_up(shop, 100_000)
