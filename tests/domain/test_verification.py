"""Store, time, status, policy: each boundary from both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.policy import Policy
from kiosk.domain.verification import Situation, judge
from kiosk.domain.vouchers import CodeOptions, HolderProof, Item, PickupCode, Tier, VoucherState

NOW_S = 1_800_000_000
SURE = Instant(NOW_S, Confidence.CARRIED)
HERE = Situation("S001", SURE, Policy())
V1 = PickupCode(
    voucher=bytes(16),
    tier=Tier.V1,
    stores=("S001",),
    issued_at_s=NOW_S - 10,
    expires_at_s=NOW_S + 1000,
    not_before_s=None,
    items=(Item("A", 1),),
    key_id=bytes(8),
    presented=b"",
)
V2 = replace(V1, tier=Tier.V2)
V3 = replace(V1, tier=Tier.V3, proof=HolderProof(NOW_S - 10, bytes(8)))


def shown(at_s: int, issued_at_s: int = NOW_S - 3600) -> PickupCode:
    """A V3 code that was bound before, and shown by its phone at a time."""
    return replace(V3, issued_at_s=issued_at_s, proof=HolderProof(at_s, bytes(8)))


def answer(code: PickupCode, situation: Situation = HERE, state: VoucherState | None = None) -> str:
    refusal = judge(code, situation, state)
    return f"{refusal.kind}:{refusal.reason}" if refusal else "accepted"


@pytest.mark.parametrize(
    "code, expected",
    [
        (V1, "accepted"),
        (replace(V1, stores=None), "accepted"),
        (replace(V1, stores=("S000", "S001")), "accepted"),
        (replace(V1, stores=("S0011",)), "wrong_store:audience"),
        (replace(V1, stores=("s001",)), "wrong_store:audience"),
        (replace(V1, expires_at_s=NOW_S + 1), "accepted"),
        (replace(V1, expires_at_s=NOW_S), "expired:expired"),
        # A V1 code lives at most 48 h, whatever it claims.
        (replace(V1, issued_at_s=NOW_S - 48 * 3600 + 1, expires_at_s=NOW_S + 9**9), "accepted"),
        (replace(V1, issued_at_s=NOW_S - 48 * 3600, expires_at_s=NOW_S + 9**9), "expired:expired"),
        (replace(V2, expires_at_s=NOW_S + 9**9), "accepted"),
        (replace(V1, not_before_s=NOW_S), "accepted"),
        (replace(V1, not_before_s=NOW_S + 1), "not_yet_valid:not_before"),
        (replace(V1, issued_at_s=NOW_S + 15), "accepted"),
        (replace(V1, issued_at_s=NOW_S + 16), "not_yet_valid:issued_in_future"),
        (replace(V2, issued_at_s=NOW_S - 60), "accepted"),
        (replace(V2, issued_at_s=NOW_S - 61), "stale:window_passed"),
        (replace(V2, issued_at_s=NOW_S + 15), "accepted"),
        (replace(V2, issued_at_s=NOW_S + 16), "not_yet_valid:issued_in_future"),
        # What counts for a V3 code is when its phone showed it, not when it was bound.
        (shown(NOW_S - 60), "accepted"),
        (shown(NOW_S - 61), "stale:window_passed"),
        (shown(NOW_S + 15), "accepted"),
        (shown(NOW_S + 16), "not_yet_valid:issued_in_future"),
        (shown(NOW_S, issued_at_s=NOW_S + 16), "not_yet_valid:issued_in_future"),
        (shown(NOW_S, issued_at_s=NOW_S - 24 * 3600 + 1), "accepted"),
        (replace(shown(NOW_S), expires_at_s=NOW_S), "expired:expired"),
        (
            replace(shown(NOW_S, NOW_S - 24 * 3600), expires_at_s=NOW_S + 9**9),
            "expired:expired",
        ),
        # A code's own window may be shorter than the policy's, never longer.
        (
            replace(V2, issued_at_s=NOW_S - 31, options=CodeOptions(window_s=30)),
            "stale:window_passed",
        ),
        (
            replace(V2, issued_at_s=NOW_S - 61, options=CodeOptions(window_s=99)),
            "stale:window_passed",
        ),
    ],
)
def test_store_and_time(code: PickupCode, expected: str) -> None:
    assert answer(code) == expected


@pytest.mark.parametrize("reason", ["rebooted", "wall_clock_changed", "never_synced"])
def test_an_unsure_clock_narrows_and_never_widens(reason: str) -> None:
    unsure = replace(HERE, now=Instant(NOW_S, Confidence.UNSURE, reason))
    assert answer(V2, unsure) == f"clock_untrusted:{reason}"
    assert answer(V1, unsure) == "accepted"
    assert answer(replace(V1, expires_at_s=NOW_S), unsure) == "expired:expired"


@pytest.mark.parametrize(
    "state, expected",
    [
        (VoucherState.ACTIVE, "accepted"),
        (VoucherState.REVOKED, "revoked:revoked"),
        (VoucherState.REFUNDED, "revoked:refunded"),
        (VoucherState.HELD, "needs_review:held"),
    ],
)
def test_the_replica_can_only_reduce(state: VoucherState, expected: str) -> None:
    assert answer(V1, state=state) == expected


def test_offline_limits() -> None:
    def offline(seconds: float, **policy: object) -> Situation:
        return replace(HERE, offline_s=seconds, policy=replace(Policy(), **policy))  # type: ignore[arg-type]

    dear = replace(V1, options=CodeOptions(value_class=2))
    assert answer(V1, offline(24 * 3600)) == "accepted"
    assert answer(V1, offline(24 * 3600 + 1)) == "over_offline_limit:offline_too_long"
    assert answer(dear, HERE) == "accepted"
    assert answer(dear, offline(1)) == "over_offline_limit:value_needs_network"
    assert answer(replace(dear, tier=Tier.V2), offline(1)) == "accepted"
    only_v2 = offline(1, offline_tiers=frozenset({Tier.V2}))
    assert answer(V1, only_v2) == "over_offline_limit:tier_needs_network"


def test_the_order_of_checks() -> None:
    """Store before time before status before policy."""
    wrong = replace(V1, stores=("S009",), expires_at_s=NOW_S - 1)
    assert answer(wrong, state=VoucherState.REVOKED) == "wrong_store:audience"
    late = replace(V1, expires_at_s=NOW_S - 1)
    assert answer(late, state=VoucherState.REVOKED) == "expired:expired"
    cut_off = replace(HERE, offline_s=9e9)
    assert answer(V1, cut_off, VoucherState.REVOKED) == "revoked:revoked"
