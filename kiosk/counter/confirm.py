"""Confirm: the goods on an order card are handed over, once, durably."""

from __future__ import annotations

from kiosk.domain.orders import Handover, OrderCard
from kiosk.domain.ports import Central, ClaimTicket, Clock, RedemptionDraft, Store
from kiosk.domain.redemption import assess, entitled, remaining, selection_fault
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import Item, VoucherState


def confirm(
    card: OrderCard,
    selected: tuple[Item, ...],
    *,
    staff: str | None,
    claim: ClaimTicket | None,
    store: Store,
    central: Central,
    clock: Clock,
) -> Handover:
    """Hand over ``selected`` items of a card; returns only after the durable commit.

    Waits for the claim's answer at most the policy's 250 ms, then the offline rules hold.
    Runs on the counter thread. Raises LedgerError when the disk fails: nothing was handed over.
    """
    code = card.code
    if clock.monotonic_s() > card.valid_until_s:
        return Handover(Verdict(VerdictKind.STALE, "card_expired", code.voucher))
    fault = selection_fault(selected, card.left)
    if fault is not None:
        return Handover(Verdict(VerdictKind.NEEDS_REVIEW, fault, code.voucher))
    answer = claim.wait(store.policy().claim_wait_s) if claim is not None else None
    history = store.history(code)
    if history.state not in {None, VoucherState.ACTIVE}:
        return Handover(Verdict(VerdictKind.REVOKED, history.state.value, code.voucher))
    # Facts that arrived since prepare count; a card left open must not hand over twice.
    refusal = assess(code, history)
    if refusal is not None and not (history.instance and history.instance.here):
        return Handover(refusal)
    if answer is not None and answer.refusal is not None:
        return Handover(answer.refusal)
    entitlement = entitled(code, history)
    if history.instance is None:
        fault = selection_fault(selected, remaining(entitlement, history.taken))
        if fault is not None:
            return Handover(Verdict(VerdictKind.NEEDS_REVIEW, fault, code.voucher))
    handover = store.commit_redemption(
        RedemptionDraft(
            code=code,
            entitlement=entitlement,
            items=tuple(item for item in selected if item.quantity > 0),
            request_id=card.request_id,
            staff=staff,
            offline=answer is None,
        )
    )
    central.nudge()
    return handover
