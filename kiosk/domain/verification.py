"""Judging a code whose signature holds: store → time → status → policy.

The steps before (length … signature) are in :mod:`kiosk.protocol.verifier`, the step after
(what the ledger knows) in :mod:`kiosk.domain.redemption`. Each step ends in one verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.clock import Instant
from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import PickupCode, Tier, VoucherState


@dataclass(frozen=True, slots=True)
class Situation:
    """Where and when a code is judged."""

    store: str
    now: Instant
    policy: Policy
    offline_s: float = 0.0
    """How long central has been out of reach; 0 when it is in reach."""


def judge(
    code: PickupCode, situation: Situation, state: VoucherState | None = None
) -> Verdict | None:
    """The refusal for a verified code, or None when nothing speaks against it."""
    return (
        _wrong_store(code, situation)
        or _wrong_time(code, situation)
        or withdrawn(code, state)
        or _over_limits(code, situation)
    )


def _refuse(code: PickupCode, kind: VerdictKind, reason: str) -> Verdict:
    return Verdict(kind, reason, code.voucher)


def _wrong_store(code: PickupCode, situation: Situation) -> Verdict | None:
    if code.stores is None or situation.store in code.stores:
        return None
    return _refuse(code, VerdictKind.WRONG_STORE, "audience")


def _wrong_time(code: PickupCode, situation: Situation) -> Verdict | None:
    now_s, policy = situation.now.unix_s, situation.policy
    if now_s >= code.ends_at_s:
        return _refuse(code, VerdictKind.EXPIRED, "expired")
    if code.not_before_s is not None and situation.now.at_least_s < code.not_before_s:
        return _refuse(code, VerdictKind.NOT_YET_VALID, "not_before")
    behind = situation.now.reason == "wall_clock_behind"
    if behind or (code.tier.dynamic and not situation.now.sure):
        # A wall clock behind the mark was set, or its battery is dead: not even a static code's
        # end can be judged.
        return _refuse(code, VerdictKind.CLOCK_UNTRUSTED, situation.now.reason)
    if max(code.issued_at_s, code.shown_at_s) > now_s + policy.future_skew_s:
        return _refuse(code, VerdictKind.NOT_YET_VALID, "issued_in_future")
    if code.tier.dynamic:
        window_s = min(policy.window_s, code.options.window_s or policy.window_s)
        if code.shown_at_s < now_s - window_s:
            return _refuse(code, VerdictKind.STALE, "window_passed")
    return None


def withdrawn(code: PickupCode, state: VoucherState | None) -> Verdict | None:
    """The refusal of a voucher that head office has taken back or holds, or None."""
    match state:
        case VoucherState.REVOKED | VoucherState.REFUNDED:
            return _refuse(code, VerdictKind.REVOKED, state.value)
        case VoucherState.HELD:
            return _refuse(code, VerdictKind.NEEDS_REVIEW, state.value)
        case _:
            return None


def _over_limits(code: PickupCode, situation: Situation) -> Verdict | None:
    if situation.offline_s <= 0:
        return None
    return over_offline_limits(code, situation.policy, situation.offline_s)


def over_offline_limits(code: PickupCode, policy: Policy, offline_s: float) -> Verdict | None:
    """The refusal of a code that must not be honoured without central's answer, or None."""
    if offline_s > policy.max_offline_s:
        return _refuse(code, VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long")
    if code.tier not in policy.offline_tiers:
        return _refuse(code, VerdictKind.OVER_OFFLINE_LIMIT, "tier_needs_network")
    if code.tier is Tier.V1 and code.options.value_class > policy.offline_v1_max_value_class:
        return _refuse(code, VerdictKind.OVER_OFFLINE_LIMIT, "value_needs_network")
    return None
