"""Prepare: a scanned text becomes an order card or a refusal. Nothing is written."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass

from kiosk.domain.approval import Approval, decide, passes_at_prepare
from kiosk.domain.orders import OrderCard, OrderLine
from kiosk.domain.policy import StockCheck
from kiosk.domain.ports import Central, ClaimTicket, Clock, Store, Verifier
from kiosk.domain.redemption import assess, entitled, remaining, repeated
from kiosk.domain.revocation import NOT_LISTED
from kiosk.domain.staff import Role
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.verification import Situation, objections, place_distance_m, place_doubt
from kiosk.domain.vouchers import Item, PickupCode, Tier, request_id_for


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
    text: str,
    *,
    verifier: Verifier,
    store: Store,
    central: Central,
    clock: Clock,
    challenge: str | None = None,
    approval: Approval | None = None,
) -> Prepared:
    """Judge a scanned text: signatures, store, time, status, policy, then the ledger.

    ``challenge``: the digits that the terminal shows now. ``approval``: of a supervisor, who
    lets pass what may be. Pure reading, except that a verified dynamic code may raise the time
    mark. Runs on the counter thread; takes well under 10 ms and never waits for the network.
    """
    code = verifier.verify(text, store.now())
    if isinstance(code, Verdict):
        return Prepared(None, code)
    return prepare_code(
        code, store=store, central=central, clock=clock, challenge=challenge, approval=approval
    )


def prepare_code(
    code: PickupCode,
    *,
    store: Store,
    central: Central,
    clock: Clock,
    challenge: str | None = None,
    approval: Approval | None = None,
) -> Prepared:
    """Judge a code that is what it says: store, time, status, policy, then the ledger."""
    # Only V2 is central's word about the moment; the time in a V3 showing is the phone's.
    now = (
        store.witness_time(code.voucher, code.issued_at_s) if code.tier is Tier.V2 else store.now()
    )
    terminal, store_id = store.identity()
    policy = store.policy()
    history = store.history(code)
    situation = Situation(
        store=store_id,
        now=now,
        policy=policy,
        offline_s=central.offline_s(),
        place=store.place(),
        challenge=challenge,
        state=history.state,
        status=NOT_LISTED if code.status is None else store.status(*code.status),
        key_set_issued_at_s=store.key_set_issued_at_s(),
        holder_recent=history.holder_recent,
        caught_up=store.caught_up(),
    )
    # A showing that this terminal already honoured is answered before its age is judged:
    # the retry of a lost answer comes late by nature.
    if history.instance is not None and history.instance.here:
        again = repeated(code, history.instance, now.unix_s, policy.card_valid_s)
        return Prepared(None, again)
    approval = _granted(approval, store)
    refusal, passed = decide(objections(code, situation), passes_at_prepare(approval))
    refusal = refusal or assess(code, history)
    if refusal is not None:
        return Prepared(None, refusal)
    if code.tier is Tier.V2 and now.sure:
        store.note_code_time(code.issued_at_s)
    lines = _lines(code, remaining(entitled(code, history), history.taken), store)
    short = _short_of_stock(lines)
    if short and policy.stock_check is StockCheck.REFUSE:
        return Prepared(None, Verdict(VerdictKind.OUT_OF_STOCK, "stock_short", code.voucher))
    warnings = (
        "stock_short" if short and policy.stock_check is StockCheck.WARN else None,
        place_doubt(code, situation),
        "approved" if approval is not None else None,
    )
    instance = code.instance
    card = OrderCard(
        code=code,
        lines=lines,
        details=store.order_details(code.voucher),
        request_id=request_id_for(instance, terminal) if instance else secrets.token_bytes(16),
        judged_at_s=now.unix_s,
        valid_until_s=clock.monotonic_s() + policy.card_valid_s,
        earlier=history.last,
        warnings=tuple(warning for warning in warnings if warning is not None),
        distance_m=place_distance_m(code, situation),
        approval=None if approval is None else _told(approval, passed),
        let_pass=passed,
    )
    return Prepared(card, None, central.claim(code.voucher))


def _told(approval: Approval, passed: tuple[str, ...]) -> Approval:
    """What the card says was approved: what the supervisor was shown, and what passed with it."""
    return Approval(approval.staff, tuple(dict.fromkeys((*approval.reasons, *passed))))


def _granted(approval: Approval | None, store: Store) -> Approval | None:
    """An approval that counts: by a supervisor of this store, where the policy has any."""
    if approval is None or not store.policy().supervisor_override:
        return None
    member = store.staff_member(approval.staff)
    return approval if member is not None and member.role is Role.SUPERVISOR else None


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
