"""Store, time, status, policy: each boundary from both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.revocation import StatusAnswer
from kiosk.domain.verification import CHECKS, Situation, explain, judge, place_doubt
from kiosk.domain.vouchers import (
    CodeOptions,
    HolderProof,
    Item,
    LocationCheck,
    PickupCode,
    Place,
    Tier,
    VoucherState,
)

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


def answer(code: PickupCode, situation: Situation = HERE, state: VoucherState | None = None) -> str:
    refusal = judge(code, replace(situation, state=state))
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


PROOF = HolderProof(NOW_S, bytes(8))
V3 = replace(V1, tier=Tier.V3, proof=PROOF)


@pytest.mark.parametrize(
    "code, expected",
    [
        (V3, "accepted"),
        # The phone's time is the showing's; the issuer's may be hours old.
        (replace(V3, issued_at_s=NOW_S - 20 * 3600), "accepted"),
        (replace(V3, proof=replace(PROOF, signed_at_s=NOW_S - 60)), "accepted"),
        (replace(V3, proof=replace(PROOF, signed_at_s=NOW_S - 61)), "stale:window_passed"),
        (replace(V3, proof=replace(PROOF, signed_at_s=NOW_S + 15)), "accepted"),
        (
            replace(V3, proof=replace(PROOF, signed_at_s=NOW_S + 16)),
            "not_yet_valid:shown_in_future",
        ),
        # A binding is renewed every day, whatever the voucher's end.
        (replace(V3, issued_at_s=NOW_S - 24 * 3600 + 1, expires_at_s=NOW_S + 9**9), "accepted"),
        (
            replace(V3, issued_at_s=NOW_S - 24 * 3600, expires_at_s=NOW_S + 9**9),
            "expired:binding_too_old",
        ),
        (replace(V3, expires_at_s=NOW_S), "expired:expired"),
    ],
)
def test_the_time_of_a_bound_code(code: PickupCode, expected: str) -> None:
    assert answer(code) == expected


@given(
    unsure=st.sampled_from(["rebooted", "wall_clock_changed", "never_synced", "wall_clock_behind"]),
    guessed_s=st.integers(-(10**6), 10**6),
    floor_s=st.integers(0, 10**6),
    code=st.sampled_from([V1, V2, V3]),
    shown_s=st.integers(-(10**6), 10**6),
)
def test_no_doubt_about_the_time_accepts_more_than_certainty_at_its_floor(
    unsure: str, guessed_s: int, floor_s: int, code: PickupCode, shown_s: int
) -> None:
    """Whatever the wall clock says: a changing code is never accepted, a late one not either."""
    earliest_s = NOW_S - floor_s
    now = Instant(max(earliest_s, NOW_S + guessed_s), Confidence.UNSURE, unsure, earliest_s)
    shown = replace(code, issued_at_s=NOW_S + shown_s, expires_at_s=NOW_S + 5 * 10**5)
    if shown.proof is not None:
        shown = replace(shown, proof=replace(PROOF, signed_at_s=NOW_S + shown_s))
    doubtful = answer(shown, replace(HERE, now=now))
    if code.tier.dynamic:
        assert doubtful != "accepted"
    if shown.ends_at_s <= earliest_s:
        assert doubtful.startswith("expired")


def test_what_is_certainly_stale_is_so_even_when_the_clock_is_in_doubt() -> None:
    now = Instant(NOW_S + 9999, Confidence.UNSURE, "rebooted", NOW_S)
    late = replace(V2, issued_at_s=NOW_S - 61, expires_at_s=NOW_S + 99_999)
    assert answer(late, replace(HERE, now=now)) == "stale:window_passed"


SHOP = StorePlace(Place(312_304_160, 1_214_737_010), 300)
NEAR, FAR = Place(312_304_160, 1_214_750_000), Place(312_397_000, 1_214_903_000)


def at(place: Place | None) -> PickupCode:
    return replace(V3, proof=replace(PROOF, place=place))


def asking(code: PickupCode, check: LocationCheck) -> PickupCode:
    return replace(code, options=CodeOptions(location_check=check))


STRICT_FAR, STRICT_V1 = (asking(code, LocationCheck.REVIEW) for code in (at(FAR), V1))


@pytest.mark.parametrize(
    "code, check, expected, doubt",
    [
        (at(FAR), LocationCheck.OFF, "accepted", None),
        (at(FAR), LocationCheck.WARN, "accepted", "place_far"),
        (at(FAR), LocationCheck.REVIEW, "needs_review:place_far", "place_far"),
        (at(None), LocationCheck.WARN, "accepted", "place_unknown"),
        (at(None), LocationCheck.REVIEW, "needs_review:place_unknown", "place_unknown"),
        (at(NEAR), LocationCheck.REVIEW, "accepted", None),
        # The strictest wish holds.
        (STRICT_FAR, LocationCheck.OFF, "needs_review:place_far", "place_far"),
        (asking(at(FAR), LocationCheck.OFF), LocationCheck.WARN, "accepted", "place_far"),
        # Only a V3 showing can tell a place; a code of another tier may still ask for one.
        (V2, LocationCheck.REVIEW, "accepted", None),
        (STRICT_V1, LocationCheck.OFF, "needs_review:place_unknown", "place_unknown"),
    ],
)  # fmt: skip
def test_where_the_phone_says_it_is(
    code: PickupCode, check: LocationCheck, expected: str, doubt: str | None
) -> None:
    situation = replace(HERE, place=SHOP, policy=replace(Policy(), location_check=check))
    assert answer(code, situation) == expected
    assert place_doubt(code, situation) == doubt


def test_a_store_without_a_place_checks_none() -> None:
    strict = replace(HERE, policy=replace(Policy(), location_check=LocationCheck.REVIEW))
    assert answer(at(FAR), strict) == "accepted"


def test_dear_goods_want_the_terminals_digits() -> None:
    policy = replace(Policy(), challenge_value_class=2)
    situation = replace(HERE, policy=policy, challenge="20481024")
    dear = replace(V3, options=CodeOptions(value_class=2))
    signed = replace(dear, proof=replace(PROOF, challenge="20481024"))
    assert answer(dear, situation) == "needs_review:challenge_required"
    assert answer(signed, situation) == "accepted"
    wrong = replace(dear, proof=replace(PROOF, challenge="20481025"))
    assert answer(wrong, situation) == "needs_review:challenge_wrong"
    assert answer(signed, replace(situation, challenge=None)) == "needs_review:challenge_wrong"
    assert answer(replace(V3, options=CodeOptions(value_class=1)), situation) == "accepted"
    assert answer(dear, replace(situation, policy=Policy())) == "accepted"


def test_status_lists_and_the_age_of_keys() -> None:
    listed = replace(V1, status=(0, 7))
    assert answer(listed) == "over_offline_limit:status_unknown"
    fresh = replace(HERE, status=StatusAnswer(False, NOW_S - 60))
    assert answer(listed, fresh) == "accepted"
    assert answer(V1) == "accepted"
    old = replace(HERE, status=StatusAnswer(False, NOW_S - 3 * 86_400 - 1))
    assert answer(listed, old) == "over_offline_limit:status_too_old"
    # What is revoked is so however old the list is, and before any policy.
    revoked = replace(old, status=StatusAnswer(True, NOW_S - 10**8), offline_s=9e9)
    assert answer(listed, revoked) == "revoked:status_list"
    aged = replace(HERE, key_set_issued_at_s=NOW_S - 90 * 86_400 - 1)
    assert answer(V1, aged) == "over_offline_limit:key_set_too_old"
    assert answer(V1, replace(HERE, key_set_issued_at_s=NOW_S - 90 * 86_400)) == "accepted"


def test_block_lists() -> None:
    policy = replace(
        Policy(), blocked_vouchers=frozenset({bytes(16)}), blocked_holders=frozenset({b"pseudony"})
    )
    blocking = replace(HERE, policy=policy)
    assert answer(V1, blocking) == "risk_blocked:voucher_blocked"
    other = replace(V1, voucher=b"0" * 16)
    assert answer(other, blocking) == "accepted"
    theirs = replace(other, options=CodeOptions(holder=b"pseudony"))
    assert answer(theirs, blocking) == "risk_blocked:holder_blocked"


def test_more_redemptions_of_one_holder_than_allowed_need_a_review() -> None:
    theirs = replace(V1, options=CodeOptions(holder=b"pseudony"))
    assert answer(theirs, replace(HERE, holder_recent=49)) == "accepted"
    assert answer(theirs, replace(HERE, holder_recent=50)) == "needs_review:holder_velocity"
    assert answer(V1, replace(HERE, holder_recent=50)) == "accepted"


@pytest.mark.parametrize("code", [V1, replace(V1, expires_at_s=NOW_S), at(FAR)])
def test_an_explanation_ends_where_the_verdict_came_from(code: PickupCode) -> None:
    steps = explain(code, HERE)
    assert steps[-1].refusal == judge(code, HERE)
    assert all(step.refusal is None for step in steps[:-1])
    assert len(steps) == len(CHECKS) or steps[-1].refusal is not None


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
    restored = replace(HERE, caught_up=False)
    assert answer(V1, restored) == "over_offline_limit:not_caught_up"
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
