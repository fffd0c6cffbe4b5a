"""The life of a terminal at central, over real HTTP."""

from __future__ import annotations

from kiosk.protocol.messages import (
    ProductChange,
    RedemptionChange,
    StaffChange,
    StockChange,
    VoucherChange,
)
from tests.central.conftest import Shop


def test_enrol_follow_claim_redeem(shop: Shop) -> None:
    first, second = shop.terminal(), shop.terminal()
    voucher = shop.voucher()
    first.catch_up()
    second.catch_up()
    kinds = {type(change) for change in first.seen}
    assert kinds >= {VoucherChange, ProductChange, StaffChange, StockChange}
    stock = {c.sku: c.count for c in first.seen if isinstance(c, StockChange)}

    assert first.claim(voucher).state == "granted"
    held = second.claim(voucher)
    assert (held.state, held.held_by) == ("held", first.name)

    [outcome] = first.send(first.redeem(voucher))
    assert outcome.state == "applied"
    news = second.catch_up()
    assert [c.entry for c in news if isinstance(c, RedemptionChange)] == [outcome.entry]
    assert {c.sku: c.count for c in news if isinstance(c, StockChange)} == {
        "TEA-LJ": stock["TEA-LJ"] - 1
    }
    told = second.claim(voucher)
    assert told.state == "granted"
    assert [c.terminal for c in told.redemptions] == [first.name]
