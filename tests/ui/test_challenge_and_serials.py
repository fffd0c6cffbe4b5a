"""A phone answers a challenge, a clerk types a serial; without Qt."""

import pytest

from kiosk.counter.prepare import Prepared
from kiosk.devices.signals import Sound
from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.presenters.offers import Offer
from kiosk.ui.presenters.scans import TypedSerial
from kiosk.ui.presenters.states import (
    CardOpen,
    ChallengeShown,
    Judging,
    Notice,
    Ready,
    Task,
    TypingCode,
)
from tests.ui.fakes import CHALLENGE, LI, ZHANG, prepared, refused, voucher
from tests.ui.supervised import (
    LOCKED,
    SERIAL,
    WANTED,
    WRONG,
    Counter,
    approved_card,
    asked,
    challenge_of,
    verdict_of,
)


@pytest.fixture
def counter() -> Counter:
    return Counter()


# ---------------------------------------------------------------- challenge


def test_the_right_challenge_opens_the_card_by_itself(counter: Counter) -> None:
    counter.scan("a", WANTED)
    assert challenge_of(counter).challenge == CHALLENGE
    assert counter.signals.played == [Sound.ATTENTION]
    counter.scan("still without", WANTED)
    assert challenge_of(counter).verdict.reason == "challenge_required"
    counter.scan("with the digits", prepared(1))
    assert isinstance(counter.state(), CardOpen)
    assert counter.signals.played == [Sound.ATTENTION]


def test_other_digits_are_told_where_the_right_ones_stand(counter: Counter) -> None:
    counter.scan("a", WANTED)
    counter.scan("a, mistyped", WRONG)
    assert challenge_of(counter).verdict.reason == "challenge_wrong"
    counter.wait(1)
    counter.presenter.back()
    assert counter.state() == Ready()
    counter.scan("an old one", WRONG)
    assert challenge_of(counter).verdict.reason == "challenge_wrong"


def test_a_challenge_that_ran_out_says_so(counter: Counter) -> None:
    counter.scan("a", WANTED)
    counter.wait(179)
    assert isinstance(counter.state(), ChallengeShown)
    counter.wait(2)
    assert counter.state() == Ready(Notice.CHALLENGE_EXPIRED)


def test_another_customer_waits_while_the_digits_are_typed(counter: Counter) -> None:
    counter.scan("a", WANTED)
    counter.scan("b", prepared(2))
    assert challenge_of(counter).notice is Notice.NEXT_WAITING
    counter.scan("https://example.org", Prepared(None, Verdict(VerdictKind.MALFORMED, "prefix")))
    assert challenge_of(counter).notice is Notice.NOT_A_CODE
    counter.wait(5)
    assert challenge_of(counter).notice is Notice.NEXT_WAITING
    counter.presenter.back()
    state = counter.state()
    assert isinstance(state, CardOpen)
    assert state.card.code.voucher == voucher(2)


def test_another_refusal_of_the_same_voucher_is_shown(counter: Counter) -> None:
    counter.scan("a", WANTED)
    counter.scan("frozen", refused(VerdictKind.STALE, "window_passed"))
    assert verdict_of(counter).verdict.kind is VerdictKind.STALE


def test_a_supervisor_can_decide_in_place_of_the_digits(counter: Counter) -> None:
    counter.scan("a", WANTED)
    counter.presenter.call_supervisor()
    counter.presenter.back()
    assert challenge_of(counter).challenge == CHALLENGE
    counter.presenter.call_supervisor()
    counter.desk.approved["a"] = approved_card()
    counter.enter_pin("2468")
    assert isinstance(counter.state(), CardOpen)


def test_digits_that_ran_out_meanwhile_do_not_come_back(counter: Counter) -> None:
    counter.scan("a", WANTED)
    counter.wait(100)
    counter.presenter.call_supervisor()
    counter.wait(100)
    counter.presenter.back()
    assert counter.state() == Ready()


# ---------------------------------------------------------------- serials


def test_a_typed_serial_is_judged_once(counter: Counter) -> None:
    counter.desk.serials[SERIAL, "111111"] = prepared(4)
    counter.presenter.type_code()
    counter.desk.hold = True
    counter.presenter.typed_serial(SERIAL, "111111")
    assert isinstance(counter.state(), Judging)
    counter.desk.answer_held()
    assert isinstance(counter.state(), CardOpen)
    assert counter.desk.tried == [(SERIAL, "111111")]
    assert "111111" not in repr(TypedSerial(SERIAL, "111111"))


def test_a_wrong_password_leaves_the_serial_to_try_again(counter: Counter) -> None:
    counter.desk.serials[SERIAL, "111111"] = refused(VerdictKind.UNKNOWN_VOUCHER, "wrong_password")
    counter.presenter.type_code()
    counter.presenter.typed_serial(SERIAL, "111111")
    assert verdict_of(counter).offer is Offer.RETYPE
    counter.presenter.type_code()
    assert counter.state() == TypingCode(SERIAL)
    counter.presenter.back()
    counter.presenter.type_code()
    assert counter.state() == TypingCode(), "the next customer begins anew"


def test_a_locked_serial_is_cleared_after_a_review_and_tried_again(counter: Counter) -> None:
    counter.desk.serials[SERIAL, "111111"] = LOCKED
    counter.presenter.type_code()
    counter.presenter.typed_serial(SERIAL, "111111")
    assert verdict_of(counter).offer is Offer.REVIEW
    counter.presenter.call_supervisor()
    assert asked(counter).task is Task.REVIEW
    counter.enter_pin("2468")
    assert counter.desk.reviews == [], "what was checked is not said yet"
    counter.presenter.supervisor.write("  身份证件 \n 已核对 ")
    counter.presenter.supervisor.submit()
    assert counter.desk.reviews == [(voucher(1), "s02", "身份证件 已核对")]
    assert counter.state() == TypingCode(SERIAL, unlocked=True)
    assert counter.presenter.supervisor.state.note == ""


def test_a_review_that_was_not_recorded_clears_nothing(counter: Counter) -> None:
    counter.desk.serials[SERIAL, "111111"] = LOCKED
    counter.desk.review_fault = DiskTrouble("full")
    counter.presenter.type_code()
    counter.presenter.typed_serial(SERIAL, "111111")
    counter.presenter.call_supervisor()
    counter.presenter.supervisor.write("ID")
    counter.enter_pin("2468")
    assert asked(counter).failed
    assert not asked(counter).working
    counter.desk.review_fault = None
    counter.enter_pin("2468")
    assert [note for _, _, note in counter.desk.reviews] == ["ID", "ID"]
    assert counter.state() == TypingCode(SERIAL, unlocked=True)


@pytest.mark.parametrize(
    "why", [ReviewRefusal.NOTE_UNUSABLE, ReviewRefusal.NOT_A_SUPERVISOR], ids=str
)
def test_a_review_that_does_not_count_clears_nothing(counter: Counter, why: ReviewRefusal) -> None:
    counter.desk.serials[SERIAL, "111111"] = LOCKED
    counter.desk.review_fault = why
    counter.presenter.type_code()
    counter.presenter.typed_serial(SERIAL, "111111")
    counter.presenter.call_supervisor()
    counter.presenter.supervisor.write("ID")
    counter.enter_pin("2468")
    assert asked(counter).refusal is why
    assert not asked(counter).working
    assert counter.presenter.supervisor.state.pin.digits == 0


def test_a_foreign_code_in_view_does_not_disturb_who_is_typing(counter: Counter) -> None:
    counter.presenter.type_code()
    counter.scan("https://example.org", Prepared(None, Verdict(VerdictKind.MALFORMED, "prefix")))
    assert counter.state() == TypingCode()
    counter.scan("a", prepared(1))
    assert isinstance(counter.state(), CardOpen), "the customer found the phone after all"


def test_nothing_moves_while_the_ledger_writes_a_review(counter: Counter) -> None:
    counter.desk.serials[SERIAL, "111111"] = LOCKED
    counter.presenter.type_code()
    counter.presenter.typed_serial(SERIAL, "111111")
    counter.presenter.call_supervisor()
    counter.presenter.supervisor.write("ID")
    counter.desk.hold = True
    counter.enter_pin("2468")
    counter.desk.hold = False
    ((pin, value),) = counter.desk.held
    counter.desk.held = []
    counter.desk.hold = True
    pin.set_result(value)
    assert asked(counter).working
    counter.presenter.back()
    counter.wait(500)
    assert asked(counter).working
    counter.desk.answer_held()
    assert counter.state() == TypingCode(SERIAL, unlocked=True)
    assert counter.presenter.staff == LI
    assert ZHANG.name not in str(counter.state())
