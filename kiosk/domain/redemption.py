"""What is left of a voucher, and what one redemption may take from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.domain.verdicts import RedemptionRecord, Verdict, VerdictKind
from kiosk.domain.vouchers import Item, ItemKey, PickupCode, VoucherState

SHOWING_UNDONE = "showing_undone"
"""Reason: this showing was redeemed here, and that was undone; a fresh one may be redeemed."""


@dataclass(frozen=True, slots=True)
class VoucherHistory:
    """What the ledger knows of a voucher: own facts and what the replica heard of others."""

    taken: tuple[Item, ...] = ()
    """Redeemed minus undone, here and elsewhere."""
    last: RedemptionRecord | None = None
    """The latest redemption that still counts."""
    instance: RedemptionRecord | None = None
    """The redemption that consumed the showing in question, if one did."""
    state: VoucherState | None = None
    replica_items: tuple[Item, ...] | None = None
    """What central says the voucher entitles to now; None when the replica does not know it."""
    holder_recent: int = 0
    """Redemptions by the code's holder within the policy's window, here and elsewhere."""


def entitled(code: PickupCode, history: VoucherHistory) -> tuple[Item, ...]:
    """The entitlement: the code's items, reduced (never enlarged) by the replica."""
    if history.replica_items is None:
        return code.items
    allowed = _quantities(history.replica_items)
    return tuple(
        Item(item.sku, min(item.quantity, allowed[item.key]), item.group) for item in code.items
    )


def remaining(entitlement: Iterable[Item], taken: Iterable[Item]) -> tuple[Item, ...]:
    """What may still be handed over, line by line (lines with nothing left stay at 0)."""
    gone = _quantities(taken)
    return tuple(
        Item(item.sku, max(0, item.quantity - gone[item.key]), item.group) for item in entitlement
    )


def repeated(code: PickupCode, record: RedemptionRecord, now_s: int, valid_s: int) -> Verdict:
    """The answer for a showing that this terminal has honoured: the first fact again.

    Soon after, it is the retry of an answer that got lost; later it only tells when it was.
    After an undo it is neither: goods leave for a fresh showing alone, or a retry that comes late
    would hand over what has just come back.
    """
    if record.undone:
        return Verdict(VerdictKind.STALE, SHOWING_UNDONE, code.voucher)
    if now_s - record.at_s <= valid_s:
        return Verdict(VerdictKind.ACCEPTED, "same_request", code.voucher, record)
    return Verdict(VerdictKind.ALREADY_REDEEMED, "same_showing", code.voucher, record)


def assess(code: PickupCode, history: VoucherHistory) -> Verdict | None:
    """The ledger's refusal for a code, or None when something is left to hand over."""
    if history.instance is not None and not history.instance.here:
        return Verdict(
            VerdictKind.REPLAYED, "instance_used_elsewhere", code.voucher, history.instance
        )
    if any(item.quantity for item in remaining(entitled(code, history), history.taken)):
        return None
    if history.last is None:
        return Verdict(VerdictKind.REVOKED, "nothing_entitled", code.voucher)
    return Verdict(VerdictKind.ALREADY_REDEEMED, "nothing_left", code.voucher, history.last)


def selection_fault(selected: Iterable[Item], left: Iterable[Item]) -> str | None:
    """Why a selection cannot be handed over, or None.

    Bundles leave whole: of a group that is touched, everything that is left must be selected.
    """
    wanted, available = _quantities(selected), _quantities(left)
    if not any(wanted.values()):
        return "nothing_selected"
    if any(quantity < 0 or quantity > available[key] for key, quantity in wanted.items()):
        return "more_than_left"
    touched = {group for (_, group), quantity in wanted.items() if group is not None and quantity}
    for (sku, group), quantity in available.items():
        if group in touched and wanted[(sku, group)] != quantity:
            return "bundle_split"
    return None


def _quantities(items: Iterable[Item]) -> Counter[ItemKey]:
    totals: Counter[ItemKey] = Counter()
    for item in items:
        totals[item.key] += item.quantity
    return totals
