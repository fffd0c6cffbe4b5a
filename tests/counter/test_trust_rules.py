"""Policy at the counter, on a real ledger: approvals, challenges, holders, doubtful clocks, V3."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from sqlalchemy import select

from kiosk.domain.approval import Approval
from kiosk.domain.policy import StorePlace
from kiosk.domain.ports import ClaimAnswer
from kiosk.domain.staff import hash_pin
from kiosk.domain.verdicts import VerdictKind
from kiosk.domain.vouchers import CodeOptions, Item, LocationCheck, Place, Tier
from kiosk.ledger import tables as t
from kiosk.protocol import cose
from kiosk.protocol import messages as m
from kiosk.protocol.codes import encode_showing
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.entries import RedemptionFact, read_entry, sealed_body
from tests.counter.conftest import Counter
from tests.fakes import NOW_S
from tests.ledger.test_status_lists import whole

PHONE = cose.generate_key(Algorithm.ESP256)
SUPERVISOR = Approval("9001")


@pytest.fixture(autouse=True)
def staff(counter: Counter) -> None:
    counter.learn(
        m.StaffChange("1001", "小王", "clerk", hash_pin("2468")),
        m.StaffChange("9001", "李店长", "supervisor", hash_pin("1357")),
    )


def last_fact(counter: Counter) -> RedemptionFact:
    return read_entry(sealed_body(last_sealed(counter))).redemption()


def last_sealed(counter: Counter) -> bytes:
    query = select(t.entries.c.sealed).order_by(t.entries.c.seq.desc()).limit(1)
    with counter.ledger.database.read() as connection:
        return bytes(connection.execute(query).scalar_one())


def audit_of(counter: Counter) -> list[tuple[str | None, str, str]]:
    a = t.audit.c
    query = select(a.staff, a.action, a.detail).where(a.entry.is_not(None)).order_by(a.id)
    with counter.ledger.database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


# --- approvals --------------------------------------------------------------------------------


def test_a_supervisor_lets_an_offline_limit_pass_and_the_entry_says_so(counter: Counter) -> None:
    counter.central.gone_s = 25 * 3600.0
    text = counter.issuer.text()
    assert counter.refusal(text) == "over_offline_limit:offline_too_long"
    prepared = counter.scan(text, SUPERVISOR)
    assert prepared.card is not None
    assert prepared.card.warnings == ("approved",)
    assert counter.hand_over(prepared).verdict.kind is VerdictKind.ACCEPTED
    assert last_fact(counter).approval == Approval("9001", ("offline_too_long",))
    assert audit_of(counter) == [("1001", "redeem", ""), ("9001", "approve", "offline_too_long")]
    assert counter.ledger.prove_chain().fault is None


def test_an_approval_that_was_not_needed_leaves_no_trace(counter: Counter) -> None:
    counter.hand_over(counter.scan(counter.issuer.text(), SUPERVISOR))
    assert last_fact(counter).approval is None


def test_what_stops_the_confirmation_may_be_approved_too(counter: Counter) -> None:
    """Prepared online; then central stays silent, and nobody vouches for a dear static code."""
    dear = counter.issuer.text(options=CodeOptions(value_class=3))
    refused = counter.hand_over(counter.scan(dear)).verdict
    assert (refused.kind, refused.reason) == (
        VerdictKind.OVER_OFFLINE_LIMIT,
        "value_needs_network",
    )
    shown = Approval("9001", (refused.reason,))
    handover = counter.hand_over(counter.scan(dear, shown))
    assert handover.verdict.kind is VerdictKind.ACCEPTED
    assert last_fact(counter).approval == Approval("9001", ("value_needs_network",))


def test_an_approval_is_no_blank_cheque(counter: Counter) -> None:
    """A supervisor lets a busy holder pass; then central goes, which nobody decided about."""
    counter.govern(holder_max_redemptions=0)
    dear = CodeOptions(value_class=3, holder=b"pseudony")
    shown = Approval("9001", ("holder_velocity",))
    prepared = counter.scan(counter.issuer.text(options=dear), shown)
    assert prepared.card is not None
    assert prepared.card.approval == shown
    counter.central.gone_s = 30 * 3600.0
    refused = counter.hand_over(prepared).verdict
    assert (refused.kind, refused.reason) == (VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long")


@pytest.mark.parametrize("staff", ["1001", "7777", ""])
def test_only_a_supervisor_of_this_store_approves(counter: Counter, staff: str) -> None:
    counter.central.gone_s = 25 * 3600.0
    prepared = counter.scan(counter.issuer.text(), Approval(staff))
    assert prepared.verdict is not None
    assert prepared.verdict.kind is VerdictKind.OVER_OFFLINE_LIMIT


def test_the_policy_may_forbid_approvals(counter: Counter) -> None:
    counter.govern(supervisor_override=False, max_offline_s=60)
    counter.central.gone_s = 61.0
    assert counter.scan(counter.issuer.text(), SUPERVISOR).card is None


def test_nobody_in_the_shop_approves_what_is_forged_used_or_blocked(counter: Counter) -> None:
    code = counter.issuer.code()
    text = counter.issuer.text(code)
    counter.govern(blocked_vouchers=frozenset({code.voucher}))
    verdict = counter.scan(text, SUPERVISOR).verdict
    assert verdict is not None
    assert verdict.kind is VerdictKind.RISK_BLOCKED
    counter.govern()
    counter.hand_over(counter.scan(text))
    again = counter.scan(text, SUPERVISOR).verdict
    assert again is not None
    assert again.kind is VerdictKind.ALREADY_REDEEMED


# --- what head office publishes ---------------------------------------------------------------


def test_a_status_list_reaches_the_counter_and_must_not_be_old(counter: Counter) -> None:
    listed, revoked = (counter.issuer.text(status=(0, index)) for index in (7, 3))
    assert counter.refusal(listed) == "over_offline_limit:status_unknown"
    counter.ledger.status_lists.take(0, whole(counter.issuer, 5, 3))
    assert counter.scan(listed).card is not None
    assert counter.refusal(revoked) == "revoked:status_list"
    counter.hand_over(counter.scan(listed))
    entry = read_entry(sealed_body(last_sealed(counter)))
    assert entry.head.versions.status == 5
    counter.govern(max_status_age_s=600)
    counter.clock.pass_s(700)
    late = counter.issuer.text(status=(0, 8))
    assert counter.refusal(late) == "over_offline_limit:status_too_old"
    assert counter.refusal(revoked) == "revoked:status_list"


def test_a_key_set_must_not_be_old(counter: Counter) -> None:
    counter.govern(max_key_set_age_s=600)
    text = counter.issuer.text()
    counter.clock.pass_s(400)
    assert counter.scan(text).card is not None
    counter.clock.pass_s(300)
    assert counter.refusal(text) == "over_offline_limit:key_set_too_old"
    assert counter.scan(text, SUPERVISOR).card is not None


# --- holders ----------------------------------------------------------------------------------


def test_redemptions_of_one_holder_are_counted_here_and_elsewhere(counter: Counter) -> None:
    counter.govern(holder_max_redemptions=3)
    theirs = CodeOptions(holder=b"pseudony")
    counter.hand_over(counter.scan(counter.issuer.text(options=theirs)))
    counter.hand_over(counter.scan(counter.issuer.text(options=CodeOptions(holder=b"somebody"))))
    elsewhere = m.RedemptionChange(
        os.urandom(32), os.urandom(16), [m.Line("A", 1)], NOW_S, "S001", "S001-T02",
        holder=b"pseudony",
    )  # fmt: skip
    counter.learn(elsewhere, replace_entry(elsewhere, undone=True))
    counter.hand_over(counter.scan(counter.issuer.text(options=theirs)))
    assert counter.refusal(counter.issuer.text(options=theirs)) == "needs_review:holder_velocity"
    assert counter.scan(counter.issuer.text()).card is not None
    counter.clock.pass_s(86_401)
    fresh = counter.issuer.text(options=theirs, expires_at_s=NOW_S + 99_999)
    assert counter.scan(fresh).card is not None


def replace_entry(change: m.RedemptionChange, *, undone: bool) -> m.RedemptionChange:
    return m.RedemptionChange(
        os.urandom(32), change.voucher, change.lines, change.at_s, change.store, change.terminal,
        undone=undone, holder=change.holder,
    )  # fmt: skip


# --- V3 ---------------------------------------------------------------------------------------


def test_a_bound_code_is_redeemed_with_its_evidence(counter: Counter) -> None:
    text = counter.issuer.showing(PHONE)
    assert counter.hand_over(counter.scan(text)).verdict.kind is VerdictKind.ACCEPTED
    fact = last_fact(counter)
    assert fact.tier == 3
    code = counter.scan(text).verdict
    assert code is not None
    assert (code.kind, code.reason) == (VerdictKind.ACCEPTED, "same_request")


def test_a_showing_used_elsewhere_is_replayed_and_a_new_one_is_not(counter: Counter) -> None:
    inner = counter.issuer.bound(PHONE.public_key(), items=(Item("A", 2),))
    first, second = (encode_showing(inner, PHONE, NOW_S - age_s) for age_s in (15, 0))
    seen = counter.scan(first).card
    assert seen is not None
    counter.learn(
        m.RedemptionChange(
            os.urandom(32), seen.code.voucher, [m.Line("A", 1)], NOW_S, "S001", "S001-T02",
            instance=seen.code.instance,
        )
    )  # fmt: skip
    assert counter.refusal(first) == "replayed:instance_used_elsewhere"
    card = counter.scan(second).card
    assert card is not None
    assert card.left == (Item("A", 1),)


def test_a_screenshot_of_a_bound_code_is_worthless_after_its_window(counter: Counter) -> None:
    text = counter.issuer.showing(PHONE)
    counter.central.gone_s = 600.0
    counter.clock.pass_s(61)
    assert counter.refusal(text) == "stale:window_passed"


def test_a_phones_clock_moves_no_terminals_time(counter: Counter) -> None:
    counter.scan(counter.issuer.showing(PHONE, NOW_S + 14))
    assert counter.ledger.store.now().unix_s == NOW_S
    counter.scan(counter.issuer.text(tier=Tier.V2, issued_at_s=NOW_S + 14))
    assert counter.ledger.store.now().unix_s == NOW_S + 14


# --- the clock in doubt -----------------------------------------------------------------------


def fresh(counter: Counter) -> str:
    at_s = int(counter.clock.wall_s) - 5
    return counter.issuer.text(tier=Tier.V2, issued_at_s=at_s, expires_at_s=at_s + 9999)


def test_after_a_reboot_offline_fresh_codes_of_central_settle_the_time(counter: Counter) -> None:
    counter.clock.pass_s(3600)
    counter.clock.reboot()
    first = fresh(counter)
    assert counter.refusal(first) == "clock_untrusted:rebooted"
    assert counter.refusal(first) == "clock_untrusted:rebooted"
    assert counter.refusal(fresh(counter)) == "clock_untrusted:rebooted"
    assert counter.scan(fresh(counter)).card is not None
    assert counter.scan(first).card is not None


def test_old_screenshots_settle_nothing(counter: Counter) -> None:
    old = [counter.issuer.text(tier=Tier.V2, expires_at_s=NOW_S + 99_999) for _ in range(4)]
    counter.clock.pass_s(3600)
    counter.clock.reboot()
    for text in old:
        assert counter.refusal(text).partition(":")[0] in {"stale", "clock_untrusted"}
    assert not counter.ledger.store.now().sure


def test_a_phones_word_settles_nothing(counter: Counter) -> None:
    counter.clock.reboot()
    for _ in range(4):
        assert counter.refusal(counter.issuer.showing(PHONE)) == "clock_untrusted:rebooted"


def test_a_supervisor_vouches_for_the_moment(counter: Counter) -> None:
    counter.clock.reboot()
    text = fresh(counter)
    assert counter.hand_over(counter.scan(text, SUPERVISOR)).seq == 1
    assert last_fact(counter).approval == Approval("9001", ("rebooted",))


@pytest.mark.parametrize("jump_s", [-86_400.0, -200.0, 200.0, 86_400.0])
def test_no_jump_of_the_wall_clock_opens_anything(counter: Counter, jump_s: float) -> None:
    old = counter.issuer.text(tier=Tier.V2)
    ended = counter.issuer.text(expires_at_s=NOW_S + 50)
    later = counter.issuer.text(not_before_s=NOW_S + 500)
    counter.clock.pass_s(100)
    counter.clock.wall_s += jump_s
    assert counter.refusal(old) == "stale:window_passed"
    assert counter.refusal(ended) == "expired:expired"
    assert counter.refusal(later) == "not_yet_valid:not_before"


# --- the terminal's challenge -----------------------------------------------------------------


def test_dear_goods_want_digits_that_only_this_moment_knows(counter: Counter) -> None:
    counter.govern(challenge_value_class=2)
    dear = CodeOptions(value_class=2)
    inner = counter.issuer.bound(PHONE.public_key(), options=dear)
    assert counter.refusal(encode_showing(inner, PHONE, NOW_S)) == "needs_review:challenge_required"
    counter.challenge = "20481024"
    wrong = encode_showing(inner, PHONE, NOW_S, challenge="00000000")
    assert counter.refusal(wrong) == "needs_review:challenge_wrong"
    right = encode_showing(inner, PHONE, NOW_S + 1, challenge="20481024")
    counter.central.answer = ClaimAnswer(granted=True)
    assert counter.hand_over(counter.scan(right)).verdict.kind is VerdictKind.ACCEPTED


def test_a_phone_that_is_elsewhere_shows_on_the_card_and_may_need_a_person(
    counter: Counter,
) -> None:
    shop, away = Place(312_304_160, 1_214_737_010), Place(312_397_000, 1_214_903_000)
    trust = counter.ledger.trust
    trust.current = replace(trust.current, place=StorePlace(shop, 300))
    inner = counter.issuer.bound(PHONE.public_key())
    text = encode_showing(inner, PHONE, NOW_S, place=away)
    counter.govern(location_check=LocationCheck.WARN)
    card = counter.scan(text).card
    assert card is not None
    assert card.warnings == ("place_far",)
    assert card.distance_m == pytest.approx(1888, abs=20)
    counter.govern(location_check=LocationCheck.REVIEW)
    assert counter.refusal(text) == "needs_review:place_far"
    approved = counter.scan(text, SUPERVISOR).card
    assert approved is not None
    assert approved.warnings == ("place_far", "approved")
