"""Confirm: the goods on an order card are handed over, once, durably."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kiosk.domain.approval import Approval, decide, passes_at_confirm
from kiosk.domain.orders import Handover, OrderCard
from kiosk.domain.ports import (
    Central,
    ClaimAnswer,
    ClaimTicket,
    Clock,
    RedemptionDraft,
    Store,
)
from kiosk.domain.redemption import (
    VoucherHistory,
    assess,
    entitled,
    remaining,
    selection_fault,
)
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.verification import over_offline_limits, withdrawn
from kiosk.domain.vouchers import Item


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
    chosen = tuple(item for item in selected if item.quantity > 0)
    # A retry is answered first: what is committed stays so, however late it is asked for.
    earlier = store.handover_of(card.request_id)
    if earlier is not None:
        return _repeated(earlier, chosen)
    refusal = _outlived(card, store, clock) or _wrong_selection(card, chosen, card.left)
    if refusal is not None:
        return Handover(refusal)
    answer = claim.wait(store.policy().claim_wait_s) if claim is not None else None
    # Facts that arrived since prepare count; a card left open must not hand over twice.
    history = store.history(card.code)
    entitlement = entitled(card.code, history)
    refusal, passed = decide(
        _contradictions(card, history, answer, store, central), passes_at_confirm(card.approval)
    )
    refusal = refusal or _wrong_selection(card, chosen, remaining(entitlement, history.taken))
    if refusal is not None:
        return Handover(refusal)
    handover = store.commit_redemption(
        RedemptionDraft(
            code=card.code,
            entitlement=entitlement,
            items=chosen,
            request_id=card.request_id,
            staff=staff,
            offline=answer is None,
            approval=_used(card, passed),
        )
    )
    central.nudge()
    return handover


def _repeated(earlier: Handover, chosen: tuple[Item, ...]) -> Handover:
    """The first fact again; other items than then are a new wish, and need a new scan.

    What was undone since is no fact to repeat.
    """
    if not earlier.verdict.handed_over:
        return earlier
    if sorted(earlier.items, key=repr) == sorted(chosen, key=repr):
        return earlier
    verdict = replace(
        earlier.verdict, kind=VerdictKind.ALREADY_REDEEMED, reason="card_used_for_other_items"
    )
    return Handover(verdict)


def _outlived(card: OrderCard, store: Store, clock: Clock) -> Verdict | None:
    """A card ends by the monotonic clock, and by trusted time, which goes on in suspend."""
    age_s = store.now().unix_s - card.judged_at_s
    if clock.monotonic_s() > card.valid_until_s or age_s > store.policy().card_valid_s:
        return Verdict(VerdictKind.STALE, "card_expired", card.code.voucher)
    return None


def _wrong_selection(
    card: OrderCard, chosen: tuple[Item, ...], left: tuple[Item, ...]
) -> Verdict | None:
    fault = selection_fault(chosen, left)
    return None if fault is None else Verdict(VerdictKind.NEEDS_REVIEW, fault, card.code.voucher)


def _contradictions(
    card: OrderCard,
    history: VoucherHistory,
    answer: ClaimAnswer | None,
    store: Store,
    central: Central,
) -> Iterator[Verdict]:
    """What the replica, the ledger or central's answer has against it by now."""
    code = card.code
    found = (
        withdrawn(code, history.state),
        assess(code, history),
        over_offline_limits(code, store.policy(), central.offline_s())
        if answer is None
        else answer.refusal,
    )
    return (refusal for refusal in found if refusal is not None)


def _used(card: OrderCard, passed: tuple[str, ...]) -> Approval | None:
    """What the entry keeps of an approval: nothing when it turned out not to be needed."""
    reasons = tuple(dict.fromkeys((*card.let_pass, *passed)))
    return Approval(card.approval.staff, reasons) if card.approval and reasons else None
