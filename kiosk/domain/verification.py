"""Judging a code whose signatures hold: store → time → status → policy.

The steps before (length … signature) are in :mod:`kiosk.protocol.verifier`, the step after
(what the ledger knows) in :mod:`kiosk.domain.redemption`. Each step ends in one verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kiosk.domain.clock import Instant
from kiosk.domain.explanation import Explained
from kiosk.domain.places import distance_m
from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.revocation import (
    NOT_LISTED,
    StatusAnswer,
    key_set_too_old,
    withdrawn_by_status,
)
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import LocationCheck, PickupCode, Tier, VoucherState


@dataclass(frozen=True, slots=True)
class Situation:
    """Where and when a code is judged, and what is known of it besides its text."""

    store: str
    now: Instant
    policy: Policy
    offline_s: float = 0.0
    """How long central has been out of reach; 0 when it is in reach."""
    place: StorePlace | None = None
    """Where the store is; None when nobody said."""
    challenge: str | None = None
    """The digits that this terminal shows now."""
    state: VoucherState | None = None
    """What the replica says of the voucher; None when it does not know it."""
    status: StatusAnswer = NOT_LISTED
    """What the status list says that the code names."""
    key_set_issued_at_s: int | None = None
    """When the key set was signed that vouches for the code; None when that is of no concern."""
    holder_recent: int = 0
    """Redemptions of the code's holder within the policy's window."""
    caught_up: bool = True
    """False after a restore or a salvage, until central has told everything anew."""


class Check(NamedTuple):
    """One step of the check order."""

    name: str
    find: Callable[[PickupCode, Situation], Verdict | None]
    inputs: Callable[[PickupCode, Situation], dict[str, object]]
    """What it looks at, for an explanation."""


def judge(code: PickupCode, situation: Situation) -> Verdict | None:
    """The first refusal for a verified code, or None when nothing speaks against it."""
    return next(objections(code, situation), None)


def objections(code: PickupCode, situation: Situation) -> Iterator[Verdict]:
    """Everything that speaks against a verified code, in check order."""
    for check in CHECKS:
        refusal = check.find(code, situation)
        if refusal is not None:
            yield refusal


def explain(code: PickupCode, situation: Situation) -> list[Explained]:
    """Each check up to the first refusal: what it looked at, what it found."""
    steps: list[Explained] = []
    for check in CHECKS:
        steps.append(
            Explained(check.name, check.inputs(code, situation), check.find(code, situation))
        )
        if steps[-1].refusal is not None:
            break
    return steps


def _refuse(code: PickupCode, kind: VerdictKind, reason: str) -> Verdict:
    return Verdict(kind, reason, code.voucher)


def _wrong_store(code: PickupCode, situation: Situation) -> Verdict | None:
    if code.stores is None or situation.store in code.stores:
        return None
    return _refuse(code, VerdictKind.WRONG_STORE, "audience")


def _out_of_date(code: PickupCode, situation: Situation) -> Verdict | None:
    now = situation.now
    if now.unix_s >= code.ends_at_s:
        bound = code.tier is Tier.V3 and now.unix_s < code.expires_at_s
        return _refuse(code, VerdictKind.EXPIRED, "binding_too_old" if bound else "expired")
    if code.not_before_s is not None and now.at_least_s < code.not_before_s:
        return _refuse(code, VerdictKind.NOT_YET_VALID, "not_before")
    return None


def _not_fresh(code: PickupCode, situation: Situation) -> Verdict | None:
    now, policy = situation.now, situation.policy
    if code.tier.dynamic and code.shown_at_s < now.at_least_s - _window_s(code, policy):
        return _refuse(code, VerdictKind.STALE, "window_passed")
    behind = now.reason == "wall_clock_behind"
    if behind or (code.tier.dynamic and not now.sure):
        # A wall clock behind the mark was set, or its battery is dead: not even a static code's
        # end can be judged.
        return _refuse(code, VerdictKind.CLOCK_UNTRUSTED, now.reason)
    latest_s = now.unix_s + policy.future_skew_s
    if code.issued_at_s > latest_s:
        return _refuse(code, VerdictKind.NOT_YET_VALID, "issued_in_future")
    if code.shown_at_s > latest_s:
        return _refuse(code, VerdictKind.NOT_YET_VALID, "shown_in_future")
    return None


def _window_s(code: PickupCode, policy: Policy) -> int:
    return min(policy.window_s, code.options.window_s or policy.window_s)


def _withdrawn(code: PickupCode, situation: Situation) -> Verdict | None:
    return withdrawn(code, situation.state)


def withdrawn(code: PickupCode, state: VoucherState | None) -> Verdict | None:
    """The refusal of a voucher that head office has taken back or holds, or None."""
    match state:
        case VoucherState.REVOKED | VoucherState.REFUNDED:
            return _refuse(code, VerdictKind.REVOKED, state.value)
        case VoucherState.HELD:
            return _refuse(code, VerdictKind.NEEDS_REVIEW, state.value)
        case _:
            return None


def _listed(code: PickupCode, situation: Situation) -> Verdict | None:
    return withdrawn_by_status(code, situation.status, situation.policy, situation.now)


def _keys_too_old(code: PickupCode, situation: Situation) -> Verdict | None:
    issued_at_s = situation.key_set_issued_at_s
    if issued_at_s is None or code.tier is Tier.V0:  # a serial bears no signature
        return None
    return key_set_too_old(code, issued_at_s, situation.policy, situation.now)


def _blocked(code: PickupCode, situation: Situation) -> Verdict | None:
    if code.voucher in situation.policy.blocked_vouchers:
        return _refuse(code, VerdictKind.RISK_BLOCKED, "voucher_blocked")
    if code.options.holder in situation.policy.blocked_holders:
        return _refuse(code, VerdictKind.RISK_BLOCKED, "holder_blocked")
    return None


def _too_many(code: PickupCode, situation: Situation) -> Verdict | None:
    if code.options.holder is None:
        return None
    if situation.holder_recent < situation.policy.holder_max_redemptions:
        return None
    return _refuse(code, VerdictKind.NEEDS_REVIEW, "holder_velocity")


def _over_limits(code: PickupCode, situation: Situation) -> Verdict | None:
    if not situation.caught_up:
        return _refuse(code, VerdictKind.OVER_OFFLINE_LIMIT, "not_caught_up")
    if situation.offline_s <= 0:
        return None
    return over_offline_limits(code, situation.policy, situation.offline_s)


def over_offline_limits(code: PickupCode, policy: Policy, offline_s: float) -> Verdict | None:
    """The refusal of a code that must not be honoured without central's answer, or None."""
    if offline_s > policy.max_offline_s:
        return _refuse(code, VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long")
    typed = code.tier is Tier.V0
    if not (policy.offline_v0 if typed else code.tier in policy.offline_tiers):
        return _refuse(code, VerdictKind.OVER_OFFLINE_LIMIT, "tier_needs_network")
    highest = {
        Tier.V0: policy.offline_v0_max_value_class,
        Tier.V1: policy.offline_v1_max_value_class,
    }
    if code.options.value_class > highest.get(code.tier, code.options.value_class):
        return _refuse(code, VerdictKind.OVER_OFFLINE_LIMIT, "value_needs_network")
    return None


def _challenge_missed(code: PickupCode, situation: Situation) -> Verdict | None:
    policy = situation.policy
    if code.proof is None or code.options.value_class < policy.challenge_value_class:
        return None
    if code.proof.challenge is None:
        return _refuse(code, VerdictKind.NEEDS_REVIEW, "challenge_required")
    if code.proof.challenge != situation.challenge:
        return _refuse(code, VerdictKind.NEEDS_REVIEW, "challenge_wrong")
    return None


def _elsewhere(code: PickupCode, situation: Situation) -> Verdict | None:
    reason = place_doubt(code, situation)
    if reason is None or _location_check(code, situation.policy) is not LocationCheck.REVIEW:
        return None
    return _refuse(code, VerdictKind.NEEDS_REVIEW, reason)


def place_doubt(code: PickupCode, situation: Situation) -> str | None:
    """``place_far``, ``place_unknown`` or None when the showing is near the store (or need not be).

    Only a V3 showing tells a place; a code's own wish for a check holds at every tier.
    """
    if _location_check(code, situation.policy) is LocationCheck.OFF or situation.place is None:
        return None
    away_m = place_distance_m(code, situation)
    if away_m is None:
        return "place_unknown"
    return "place_far" if away_m > situation.place.radius_m else None


def place_distance_m(code: PickupCode, situation: Situation) -> float | None:
    """How far from the store the phone says it is, metres; None when one of them does not say."""
    if code.proof is None or code.proof.place is None or situation.place is None:
        return None
    return distance_m(code.proof.place, situation.place.place)


def _location_check(code: PickupCode, policy: Policy) -> LocationCheck:
    asked = code.options.location_check
    return asked if code.proof is None else max(asked, policy.location_check)


CHECKS = (
    Check(
        "store", _wrong_store, lambda code, at: {"code for": code.stores or "*", "here": at.store}
    ),
    Check(
        "dates",
        _out_of_date,
        lambda code, at: {
            "now": at.now.unix_s,
            "not before": code.not_before_s,
            "ends": code.ends_at_s,
        },
    ),
    Check(
        "freshness",
        _not_fresh,
        lambda code, at: {
            "now": at.now.unix_s,
            "clock": at.now.reason or "trusted",
            "issued": code.issued_at_s,
            "shown": code.shown_at_s,
            "window s": _window_s(code, at.policy) if code.tier.dynamic else None,
        },
    ),
    Check(
        "withdrawn", _withdrawn, lambda _code, at: {"replica": at.state.value if at.state else None}
    ),
    Check(
        "status list",
        _listed,
        lambda code, at: {
            "list": code.status[0] if code.status else None,
            "index": code.status[1] if code.status else None,
            "revoked": at.status.revoked,
            "signed": at.status.issued_at_s,
            "most s": at.policy.max_status_age_s,
        },
    ),
    Check(
        "age of keys",
        _keys_too_old,
        lambda _code, at: {
            "now": at.now.unix_s,
            "signed": at.key_set_issued_at_s,
            "most s": at.policy.max_key_set_age_s,
        },
    ),
    Check(
        "blocked",
        _blocked,
        lambda code, at: {
            "holder": code.options.holder,
            "blocked vouchers": len(at.policy.blocked_vouchers),
            "blocked holders": len(at.policy.blocked_holders),
        },
    ),
    Check(
        "velocity",
        _too_many,
        lambda code, at: {
            "holder": code.options.holder,
            "recent": at.holder_recent,
            "most": at.policy.holder_max_redemptions,
        },
    ),
    Check(
        "offline limits",
        _over_limits,
        lambda code, at: {
            "offline s": round(at.offline_s),
            "most s": at.policy.max_offline_s,
            "tier": f"V{int(code.tier)}",
            "value class": code.options.value_class,
            "caught up": at.caught_up,
        },
    ),
    Check(
        "challenge",
        _challenge_missed,
        lambda code, at: {
            "value class": code.options.value_class,
            "from class": at.policy.challenge_value_class,
            "signed": code.proof.challenge if code.proof else None,
        },
    ),
    Check(
        "place",
        _elsewhere,
        lambda code, at: {
            "check": _location_check(code, at.policy).name.lower(),
            "away m": None if (away_m := place_distance_m(code, at)) is None else round(away_m),
            "radius m": at.place.radius_m if at.place else None,
        },
    ),
)
"""The check order behind the signatures."""
