"""Claims: of several connected counters only one hands a voucher over at a time."""

from __future__ import annotations

import secrets
import time

import pytest
from sqlalchemy import update

from kiosk.central.claims import CLAIM_LIFETIME_S, MAX_TOLD
from kiosk.central.tables import claims, vouchers
from kiosk.central.vouchers import withdraw
from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.vouchers import Item, VoucherState
from tests.central.conftest import NEIGHBOUR, STORE, Shop, together


def test_one_of_many_is_granted(shop: Shop) -> None:
    voucher = shop.voucher()
    terminals = [shop.terminal() for _ in range(8)]
    for terminal in terminals:
        terminal.headers()
    replies = together(*(lambda t=terminal: t.claim(voucher) for terminal in terminals))
    assert sorted(reply.state for reply in replies) == ["granted"] + ["held"] * 7
    [winner] = [
        terminal.name
        for terminal, reply in zip(terminals, replies, strict=True)
        if reply.state == "granted"
    ]
    assert {reply.held_by for reply in replies if reply.state == "held"} == {winner}
    assert all(0 < reply.expires_in_s <= CLAIM_LIFETIME_S for reply in replies)


def test_the_holder_renews_and_gives_back(shop: Shop) -> None:
    first, second, voucher = shop.terminal(), shop.terminal(), shop.voucher()
    assert first.claim(voucher).state == "granted"
    assert first.claim(voucher).state == "granted"
    assert second.claim(voucher, release=True).state == "released"  # not its own: stays
    assert second.claim(voucher).state == "held"
    assert first.claim(voucher, release=True).state == "released"
    assert second.claim(voucher).state == "granted"


def test_an_old_claim_gives_way(shop: Shop) -> None:
    first, second, voucher = shop.terminal(), shop.terminal(), shop.voucher()
    first.claim(voucher)
    shop.services.database.write(
        lambda tx: tx.connection.execute(
            update(claims).where(claims.c.voucher == voucher).values(expires_s=int(time.time()) - 1)
        )
    )
    assert second.claim(voucher).state == "granted"
    assert first.claim(voucher).held_by == second.name


def test_a_redemption_ends_the_claim_and_is_told(shop: Shop) -> None:
    first, second, voucher = shop.terminal(), shop.terminal(), shop.voucher()
    first.claim(voucher)
    first.send(first.redeem(voucher))
    reply = second.claim(voucher)
    assert reply.state == "granted"
    assert [redemption.terminal for redemption in reply.redemptions] == [first.name]


def test_an_unknown_voucher_is_granted_once_and_said_to_be_unknown(shop: Shop) -> None:
    first, second, voucher = shop.terminal(), shop.terminal(), secrets.token_bytes(16)
    granted, held = first.claim(voucher), second.claim(voucher)
    assert (granted.state, granted.known) == ("granted", False)
    assert (held.state, held.known) == ("held", False)


@pytest.mark.parametrize("state", [VoucherState.REVOKED, VoucherState.REFUNDED])
def test_a_withdrawn_voucher_is_told(shop: Shop, state: VoucherState) -> None:
    terminal, voucher = shop.terminal(), shop.voucher()
    terminal.send(terminal.redeem(voucher))
    now_s = int(time.time())
    shop.services.database.write(lambda tx: withdraw(tx, voucher, state, now_s))
    reply = terminal.claim(voucher)
    assert reply.state == state.value
    assert len(reply.redemptions) == 1


def test_a_voucher_on_hold_is_held_by_nobody(shop: Shop) -> None:
    terminal, voucher = shop.terminal(), shop.voucher()
    shop.services.database.write(
        lambda tx: tx.connection.execute(
            update(vouchers).where(vouchers.c.id == voucher).values(state="held")
        )
    )
    reply = terminal.claim(voucher)
    assert (reply.state, reply.held_by) == ("held", "")


def test_another_stores_voucher_is_claimed_by_nobody_else(shop: Shop) -> None:
    here, there, voucher = shop.terminal(STORE), shop.terminal(NEIGHBOUR), shop.voucher()
    foreign = there.claim(voucher)
    assert (foreign.state, foreign.known, foreign.redemptions) == ("granted", False, [])
    assert here.claim(voucher).state == "granted"
    here.send(here.redeem(voucher))
    assert there.claim(voucher) == foreign, "it learns nothing of it"


def test_a_claim_tells_the_latest_redemptions_only(shop: Shop) -> None:
    first, second, now_s = shop.terminal(), shop.terminal(), int(time.time())
    voucher = shop.voucher(Item("LIP-01", 100))
    sent = first.send(
        *(
            first.redeem(voucher, Item("LIP-01", 1), now=Instant(now_s + n, Confidence.CARRIED))
            for n in range(MAX_TOLD + 10)
        )
    )
    told = second.claim(voucher).redemptions
    assert [one.entry for one in told] == [outcome.entry for outcome in sent[-MAX_TOLD:]]


def test_a_claim_reaches_across_stores(shop: Shop) -> None:
    here, there = shop.terminal(STORE), shop.terminal(NEIGHBOUR)
    voucher = shop.voucher(stores=(STORE, NEIGHBOUR))
    assert here.claim(voucher).state == "granted"
    assert there.claim(voucher).held_by == here.name
