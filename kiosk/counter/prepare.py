"""Prepare: a scanned text becomes an order card or a refusal. Nothing is written."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass

from kiosk.domain.orders import OrderCard, OrderLine
from kiosk.domain.policy import StockCheck
from kiosk.domain.ports import Central, ClaimTicket, Clock, Store, Verifier
from kiosk.domain.redemption import assess, entitled, remaining, repeated
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.verification import Situation, judge
from kiosk.domain.vouchers import Item, PickupCode, request_id_for


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one scan led to: a card to confirm (with its claim), or a verdict to show."""

    card: OrderCard | None
    verdict: Verdict | None
    claim: ClaimTicket | None = None

    def open_card(self) -> OrderCard:
        """The card; ValueError when the scan was refused."""
        if self.card is None:
            raise ValueError("the scan was refused: there is no card")
        return self.card


def prepare(
    text: str, *, verifier: Verifier, store: Store, central: Central, clock: Clock
) -> Prepared:
    """Judge a scanned text: signature, store, time, status, policy, then the ledger.

    Pure reading, except that a verified dynamic code may raise the time mark. Runs on the
    counter thread; takes well under 10 ms and never waits for the network.
    """
    now = store.now()
    code = verifier.verify(text, now)
    if isinstance(code, Verdict):
        return Prepared(None, code)
    terminal, store_id = store.identity()
    policy = store.policy()
    history = store.history(code)
    situation = Situation(store_id, now, policy, central.offline_s())
    # A showing that this terminal already honoured is answered before its age is judged:
    # the retry of a lost answer comes late by nature.
    if history.instance is not None and history.instance.here:
        again = repeated(code, history.instance, now.unix_s, policy.card_valid_s)
        return Prepared(None, again)
    refusal = judge(code, situation, history.state) or assess(code, history)
    if refusal is not None:
        return Prepared(None, refusal)
    if code.tier.dynamic:
        store.note_code_time(code.issued_at_s)
    lines = _lines(code, remaining(entitled(code, history), history.taken), store)
    short = _short_of_stock(lines)
    if short and policy.stock_check is StockCheck.REFUSE:
        return Prepared(None, Verdict(VerdictKind.OUT_OF_STOCK, "stock_short", code.voucher))
    warn = short and policy.stock_check is StockCheck.WARN
    instance = code.instance
    card = OrderCard(
        code=code,
        lines=lines,
        details=store.order_details(code.voucher),
        request_id=request_id_for(instance, terminal) if instance else secrets.token_bytes(16),
        judged_at_s=now.unix_s,
        valid_until_s=clock.monotonic_s() + policy.card_valid_s,
        earlier=history.last,
        warnings=("stock_short",) if warn else (),
    )
    return Prepared(card, None, central.claim(code.voucher))


def _short_of_stock(lines: tuple[OrderLine, ...]) -> bool:
    """Whether some SKU is not there in full; one SKU may stand in several lines."""
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line.item.sku] += line.left
    return any(line.on_hand is not None and line.on_hand < wanted[line.item.sku] for line in lines)


def _lines(code: PickupCode, left: tuple[Item, ...], store: Store) -> tuple[OrderLine, ...]:
    skus = tuple(item.sku for item in code.items)
    products, on_hand = store.products(skus), store.on_hand(skus)
    return tuple(
        OrderLine(item, rest.quantity, products.get(item.sku), on_hand.get(item.sku))
        for item, rest in zip(code.items, left, strict=True)
    )
