"""The use cases on a real ledger: prepare, confirm, retry, two cards, sign-in."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from kiosk.counter.sign_in import sign_in
from kiosk.domain.policy import Policy, StockCheck
from kiosk.domain.ports import ClaimAnswer
from kiosk.domain.staff import SignInRefusal, StaffMember, hash_pin
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import CodeOptions, Item, Tier
from kiosk.protocol import messages as m
from tests.counter.conftest import Counter
from tests.fakes import NOW_S, Issuer


def test_scan_confirm_scan_again(counter: Counter) -> None:
    text = counter.issuer.text()
    handover = counter.hand_over(counter.scan(text))
    assert handover.verdict.kind is VerdictKind.ACCEPTED
    assert counter.central.nudges == 1
    again = counter.scan(text)
    assert again.card is None
    assert again.verdict is not None
    assert again.verdict.kind is VerdictKind.ALREADY_REDEEMED
    assert again.verdict.record is not None
    assert (again.verdict.record.at_s, again.verdict.record.terminal) == (NOW_S, "S001-T01")


def test_scanning_writes_nothing(counter: Counter) -> None:
    counter.scan(counter.issuer.text())
    assert counter.ledger.prove_chain().entries == 0


def test_the_rest_after_a_part(counter: Counter) -> None:
    text = counter.issuer.text(items=(Item("A", 3), Item("B", 1)))
    part = counter.hand_over(counter.scan(text), Item("A", 1))
    assert part.verdict.kind is VerdictKind.PARTIALLY_REDEEMED
    card = counter.scan(text).card
    assert card is not None
    assert card.left == (Item("A", 2), Item("B", 1))
    assert card.earlier is not None


def test_a_dynamic_code_shown_again_is_the_same_fact_also_after_its_window(
    counter: Counter,
) -> None:
    text = counter.issuer.text(tier=Tier.V2)
    counter.hand_over(counter.scan(text))
    counter.clock.pass_s(100)
    again = counter.scan(text)
    assert again.verdict is not None
    assert (again.verdict.kind, again.verdict.reason) == (VerdictKind.ACCEPTED, "same_request")
    counter.clock.pass_s(100)
    assert counter.refusal(text) == "already_redeemed:same_showing"
    assert counter.ledger.prove_chain().entries == 1


def test_a_late_retry_of_a_confirmation_is_its_fact(counter: Counter) -> None:
    prepared = counter.scan(counter.issuer.text(items=(Item("A", 2),)))
    first = counter.hand_over(prepared, Item("A", 1))
    counter.clock.pass_s(1000)
    again = counter.hand_over(prepared, Item("A", 1))
    assert (again.repeated, again.seq) == (True, first.seq)
    other = counter.hand_over(prepared, Item("A", 2)).verdict
    assert (other.kind, other.reason) == (
        VerdictKind.ALREADY_REDEEMED,
        "card_used_for_other_items",
    )


def test_a_card_does_not_outlive_a_sleeping_machine(counter: Counter) -> None:
    prepared = counter.scan(counter.issuer.text(tier=Tier.V2))
    counter.clock.sleep_s(3 * 86_400)
    assert counter.hand_over(prepared).verdict.reason == "card_expired"


def test_a_silent_central_leaves_the_offline_limits(counter: Counter) -> None:
    """The link still looks good, but nobody vouches for a dear static code."""
    dear = counter.issuer.text(options=CodeOptions(value_class=3))
    verdict = counter.hand_over(counter.scan(dear)).verdict
    assert (verdict.kind, verdict.reason) == (
        VerdictKind.OVER_OFFLINE_LIMIT,
        "value_needs_network",
    )
    counter.central.answer = ClaimAnswer(granted=True)
    assert counter.hand_over(counter.scan(dear)).verdict.kind is VerdictKind.ACCEPTED


def test_stock_counts_a_sku_over_all_its_lines(counter: Counter) -> None:
    counter.learn(m.StockChange("A", 1))
    card = counter.scan(counter.issuer.text(items=(Item("A", 1), Item("A", 1, 1)))).card
    assert card is not None
    assert card.warnings == ("stock_short",)


def test_a_slow_confirmation_never_turns_stale_but_ends(counter: Counter) -> None:
    prepared = counter.scan(counter.issuer.text(tier=Tier.V2))
    counter.clock.pass_s(170)
    assert counter.hand_over(prepared).verdict.kind is VerdictKind.ACCEPTED
    prepared = counter.scan(counter.issuer.text())
    counter.clock.pass_s(181)
    assert counter.hand_over(prepared).verdict.reason == "card_expired"


def test_two_cards_of_one_voucher_hand_over_once(counter: Counter) -> None:
    text = counter.issuer.text()
    first, second = counter.scan(text), counter.scan(text)
    assert counter.hand_over(first).verdict.kind is VerdictKind.ACCEPTED
    assert counter.hand_over(second).verdict.kind is VerdictKind.ALREADY_REDEEMED
    assert counter.ledger.prove_chain().entries == 1


def test_confirming_one_card_twice_is_one_fact(counter: Counter) -> None:
    prepared = counter.scan(counter.issuer.text(tier=Tier.V2))
    first, second = counter.hand_over(prepared), counter.hand_over(prepared)
    assert second.repeated
    assert second.seq == first.seq


def test_what_another_counter_did_meanwhile_counts(counter: Counter) -> None:
    code = counter.issuer.code(items=(Item("A", 1),))
    prepared = counter.scan(counter.issuer.text(code))
    counter.learn(
        m.RedemptionChange(
            os.urandom(32), code.voucher, [m.Line("A", 1)], NOW_S, "S001", "S001-T02"
        )
    )
    verdict = counter.hand_over(prepared).verdict
    assert verdict.kind is VerdictKind.ALREADY_REDEEMED
    assert verdict.record is not None
    assert verdict.record.terminal == "S001-T02"


def test_an_instance_used_at_another_terminal_is_replayed(counter: Counter) -> None:
    code = counter.issuer.code(tier=Tier.V2, items=(Item("A", 2),))
    counter.learn(
        m.RedemptionChange(
            os.urandom(32), code.voucher, [m.Line("A", 1)], NOW_S, "S001", "S001-T02",
            instance=code.instance,
        )
    )  # fmt: skip
    assert counter.refusal(counter.issuer.text(code)) == "replayed:instance_used_elsewhere"


def test_centrals_refusal_stops_the_handover(counter: Counter) -> None:
    held = Verdict(VerdictKind.NEEDS_REVIEW, "claimed_elsewhere")
    counter.central.answer = ClaimAnswer(granted=False, refusal=held)
    prepared = counter.scan(counter.issuer.text())
    assert counter.hand_over(prepared).verdict is held
    assert counter.ledger.prove_chain().entries == 0


def test_a_claim_held_by_who_has_redeemed_says_already_redeemed(counter: Counter) -> None:
    code = counter.issuer.code(items=(Item("A", 1),))
    held = Verdict(VerdictKind.NEEDS_REVIEW, "claimed_elsewhere")
    counter.central.answer = ClaimAnswer(granted=False, refusal=held)
    prepared = counter.scan(counter.issuer.text(code))
    told = m.RedemptionChange(
        os.urandom(32), code.voucher, [m.Line("A", 1)], NOW_S, "S001", "S001-T02"
    )
    counter.learn(told)  # as the claim's answer does
    assert counter.hand_over(prepared).verdict.kind is VerdictKind.ALREADY_REDEEMED


def test_a_silent_central_costs_the_claims_budget_and_no_more(counter: Counter) -> None:
    prepared = counter.scan(counter.issuer.text())
    assert counter.hand_over(prepared).verdict.kind is VerdictKind.ACCEPTED
    assert counter.central.tickets[0].waited_s == [0.25]


def test_a_revocation_between_scan_and_confirm_counts(counter: Counter) -> None:
    code = counter.issuer.code()
    prepared = counter.scan(counter.issuer.text(code))
    items = [m.Line(item.sku, item.quantity) for item in code.items]
    counter.learn(m.VoucherChange(code.voucher, 2, "revoked", NOW_S + 99, items))
    assert counter.hand_over(prepared).verdict.kind is VerdictKind.REVOKED


def test_a_voucher_put_on_hold_meanwhile_needs_a_review(counter: Counter) -> None:
    code = counter.issuer.code()
    prepared = counter.scan(counter.issuer.text(code))
    items = [m.Line(item.sku, item.quantity) for item in code.items]
    counter.learn(m.VoucherChange(code.voucher, 2, "held", NOW_S + 99, items))
    verdict = counter.hand_over(prepared).verdict
    assert (verdict.kind, verdict.reason) == (VerdictKind.NEEDS_REVIEW, "held")


@pytest.mark.parametrize(
    "selected, reason",
    [((Item("A", 4),), "more_than_left"), ((Item("A", 0),), "nothing_selected")],
)
def test_wrong_selections_write_nothing(
    counter: Counter, selected: tuple[Item, ...], reason: str
) -> None:
    prepared = counter.scan(counter.issuer.text(items=(Item("A", 3),)))
    assert counter.hand_over(prepared, *selected).verdict.reason == reason
    assert counter.ledger.prove_chain().entries == 0


@pytest.mark.parametrize(
    "check, expected",
    [(StockCheck.OFF, ()), (StockCheck.WARN, ("stock_short",)), (StockCheck.REFUSE, None)],
)
def test_short_stock(counter: Counter, check: StockCheck, expected: tuple[str, ...] | None) -> None:
    policy = counter.issuer.signed_policy(replace(Policy(version=9), stock_check=check))
    counter.learn(m.DocumentChange("policy", policy), m.StockChange("A", 1))
    prepared = counter.scan(counter.issuer.text(items=(Item("A", 2),)))
    assert (prepared.card.warnings if prepared.card else None) == expected
    if expected is None:
        assert prepared.verdict is not None
        assert prepared.verdict.kind is VerdictKind.OUT_OF_STOCK


def test_refusals_reach_the_counter(counter: Counter) -> None:
    issuer = counter.issuer
    assert counter.refusal("rubbish") == "malformed:charset"
    assert counter.refusal(Issuer().text()) == "unknown_key:key_id_unknown"
    assert counter.refusal(issuer.text(stores=("S002",))) == "wrong_store:audience"
    assert counter.refusal(issuer.text(expires_at_s=NOW_S)) == "expired:expired"
    stale = issuer.text(tier=Tier.V2, issued_at_s=NOW_S - 61)
    assert counter.refusal(stale) == "stale:window_passed"
    counter.central.gone_s = 25 * 3600.0
    assert counter.refusal(issuer.text()) == "over_offline_limit:offline_too_long"


def test_sign_in_locks_after_five_and_remembers(counter: Counter) -> None:
    counter.learn(m.StaffChange("1001", "小王", "clerk", hash_pin("2468")))
    store = counter.ledger.store
    member = sign_in("1001", "2468", store=store)
    assert isinstance(member, StaffMember)
    assert sign_in("7777", "2468", store=store) is SignInRefusal.UNKNOWN_STAFF
    for _ in range(4):
        assert sign_in("1001", "0000", store=store) is SignInRefusal.WRONG_PIN
    assert sign_in("1001", "0000", store=store) is SignInRefusal.LOCKED
    assert sign_in("1001", "2468", store=store) is SignInRefusal.LOCKED
    counter.clock.pass_s(301)
    assert isinstance(sign_in("1001", "2468", store=store), StaffMember)
