"""A supervisor approves or reviews, and a phone answers a challenge; without Qt."""

from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from kiosk.counter.prepare import Prepared
from kiosk.devices.signals import Sound
from kiosk.domain.approval import Approval
from kiosk.domain.orders import Handover
from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.staff import Role, SignInRefusal, StaffMember
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.presenters.counter import CounterPresenter
from kiosk.ui.presenters.offers import Offer
from kiosk.ui.presenters.scans import TypedSerial
from kiosk.ui.presenters.states import (
    CardOpen,
    ChallengeShown,
    CounterState,
    Fault,
    Judging,
    Notice,
    Ready,
    SignedOut,
    SupervisorAsked,
    Task,
    Trouble,
    TypingCode,
    VerdictShown,
)
from tests.ui.fakes import (
    CHALLENGE,
    LI,
    ZHANG,
    FakeClock,
    FakeDesk,
    FakeSignals,
    deliver,
    prepared,
    refused,
    voucher,
)

LIMIT = refused(VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long")
WANTED = refused(VerdictKind.NEEDS_REVIEW, "challenge_required")
WRONG = refused(VerdictKind.NEEDS_REVIEW, "challenge_wrong")
LOCKED = refused(VerdictKind.LOCKED, "wrong_passwords")
SERIAL = "123456789014"


def approved_card(number: int = 1) -> Prepared:
    plain = prepared(number)
    assert plain.card is not None
    approval = Approval("s02", ("offline_too_long",))
    return replace(plain, card=replace(plain.card, approval=approval, warnings=("approved",)))


@dataclass
class Counter:
    desk: FakeDesk = field(default_factory=FakeDesk)
    clock: FakeClock = field(default_factory=FakeClock)
    signals: FakeSignals = field(default_factory=FakeSignals)

    def __post_init__(self) -> None:
        self.shown: list[CounterState] = []
        self.presenter = CounterPresenter(
            desk=self.desk,
            clock=self.clock,
            deliver=deliver,
            signals=self.signals,
            show=self.shown.append,
            committed=lambda: None,
        )
        self.presenter.signed_in(LI)

    def state(self) -> CounterState:
        return self.presenter.state

    def scan(self, text: str, answer: Prepared | Exception) -> None:
        self.desk.answers[text] = answer
        self.presenter.scanned(text, self.clock.now_s)

    def wait(self, seconds: float) -> None:
        self.clock.now_s += seconds
        self.presenter.tick()

    def enter_pin(self, pin: str, staff: str = "s02") -> None:
        self.presenter.supervisor.choose(staff)
        for digit in pin:
            self.presenter.supervisor.digit(digit)
        self.presenter.supervisor.submit()


@pytest.fixture
def counter() -> Counter:
    return Counter()


def refusal(counter: Counter) -> SignInRefusal | None:
    return counter.presenter.supervisor.state.pin.refusal


def asked(counter: Counter) -> SupervisorAsked:
    state = counter.state()
    assert isinstance(state, SupervisorAsked), state
    return state


def verdict_of(counter: Counter) -> VerdictShown:
    state = counter.state()
    assert isinstance(state, VerdictShown), state
    return state


def challenge_of(counter: Counter) -> ChallengeShown:
    state = counter.state()
    assert isinstance(state, ChallengeShown), state
    return state


# ---------------------------------------------------------------- approval


def test_a_supervisor_lets_this_customer_pass_and_the_clerk_stays(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    assert verdict_of(counter).offer is Offer.APPROVAL
    counter.presenter.call_supervisor()
    assert asked(counter).task is Task.APPROVE
    assert [each.name for each in counter.presenter.supervisor.state.pin.members] == ["张晓梅"]
    counter.desk.approved["a"] = approved_card()
    counter.enter_pin("2468")
    state = counter.state()
    assert isinstance(state, CardOpen)
    assert state.card.approval == Approval("s02", ("offline_too_long",))
    assert counter.desk.approvals == [("a", Approval("s02"))]
    assert counter.presenter.staff == LI
    counter.presenter.confirm()
    assert counter.desk.confirmed[0][2] == "s01", "the clerk hands over"


def test_an_approval_is_for_one_judgement(counter: Counter) -> None:
    counter.desk.approved["a"] = approved_card()
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.enter_pin("2468")
    counter.presenter.back()
    counter.scan("a", LIMIT)
    assert verdict_of(counter).offer is Offer.APPROVAL
    assert len(counter.desk.approvals) == 1


@pytest.mark.parametrize(
    "kind, reason",
    [
        (VerdictKind.BAD_SIGNATURE, "issuer_signature"),
        (VerdictKind.ALREADY_REDEEMED, "nothing_left"),
        (VerdictKind.REVOKED, "status_list"),
        (VerdictKind.STALE, "window_passed"),
        (VerdictKind.RISK_BLOCKED, "holder_blocked"),
        (VerdictKind.NEEDS_REVIEW, "held"),
    ],
)
def test_what_says_no_cannot_be_approved(counter: Counter, kind: VerdictKind, reason: str) -> None:
    counter.scan("a", refused(kind, reason))
    before = verdict_of(counter)
    assert before.offer is None
    counter.presenter.call_supervisor()
    assert counter.state() == before


def test_a_wrong_pin_and_a_locked_one_approve_nothing(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    with capture_logs() as lines:
        counter.enter_pin("9999")
    assert [line["event"] for line in lines] == ["supervisor's PIN refused"]
    assert refusal(counter) is SignInRefusal.WRONG_PIN
    counter.desk.locked.add("s02")
    counter.enter_pin("2468")
    assert refusal(counter) is SignInRefusal.LOCKED
    assert asked(counter).task is Task.APPROVE
    assert counter.desk.approvals == []


def test_a_clerks_pin_is_no_supervisors(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.enter_pin("1234", "s01")
    assert counter.desk.approvals == []
    counter.desk.staff = (LI, StaffMember("s02", "张晓梅", Role.CLERK, ""))
    counter.enter_pin("2468")
    assert counter.presenter.supervisor.state.pin.refusal is SignInRefusal.UNKNOWN_STAFF
    assert counter.desk.approvals == []


def test_escape_goes_back_to_the_refusal_with_its_whole_time(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.presenter.supervisor.choose("s02")
    counter.presenter.supervisor.digit("2")
    counter.wait(60)
    counter.presenter.back()
    shown = verdict_of(counter)
    assert shown.offer is Offer.APPROVAL
    assert counter.presenter.supervisor.state.pin.digits == 0
    counter.wait(19.9)
    assert isinstance(counter.state(), VerdictShown)
    counter.wait(0.2)
    assert counter.state() == Ready()


def test_a_pin_that_is_right_too_late_approves_nothing(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.desk.hold = True
    counter.enter_pin("2468")
    counter.presenter.back()
    counter.desk.hold = False
    counter.presenter.call_supervisor()
    counter.desk.answer_held()
    assert asked(counter).working is False
    assert counter.desk.approvals == []


def test_a_supervisor_who_does_not_come_is_not_waited_for_for_ever(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.wait(181)
    assert counter.state() == Ready()


def test_the_newest_showing_of_a_changing_code_is_approved(counter: Counter) -> None:
    counter.scan("first", LIMIT)
    counter.scan("second", LIMIT)
    counter.presenter.call_supervisor()
    counter.scan("third", LIMIT)
    counter.desk.approved["third"] = approved_card()
    counter.enter_pin("2468")
    assert [text for text, _ in counter.desk.approvals] == ["third"]
    assert isinstance(counter.state(), CardOpen)
    assert [sound for sound in counter.signals.played if sound is Sound.ATTENTION] == [
        Sound.ATTENTION
    ], "a renewed code of the same customer is nothing new to hear"


def test_a_claim_that_came_while_the_supervisor_typed_is_given_back(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    late = prepared(1)
    counter.scan("renewed", late)
    assert asked(counter)
    assert counter.desk.dismissed == [late]


def test_another_customer_waits_while_the_supervisor_decides(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.scan("b", prepared(2))
    assert asked(counter).notice is Notice.NEXT_WAITING
    counter.desk.approved["a"] = approved_card()
    counter.enter_pin("2468")
    state = counter.state()
    assert isinstance(state, CardOpen)
    assert state.notice is Notice.NEXT_WAITING
    counter.presenter.back()
    following = counter.state()
    assert isinstance(following, CardOpen)
    assert following.card.code.voucher == voucher(2)


def test_a_code_that_comes_during_the_judgement_does_not_swallow_the_approval(
    counter: Counter,
) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.desk.approved["a"] = approved_card()
    counter.desk.hold = True
    counter.scan("b", refused(VerdictKind.EXPIRED, number=2))
    held, counter.desk.held = counter.desk.held, []
    counter.desk.hold = False
    counter.enter_pin("2468")
    assert counter.desk.approvals == [], "one judgement after the other"
    counter.scan("c", prepared(3))
    counter.desk.held = held
    counter.desk.answer_held()
    state = counter.state()
    assert isinstance(state, CardOpen)
    assert state.card.code.voucher == voucher(1)
    assert state.notice is Notice.NEXT_WAITING


def test_an_approval_in_vain_is_told_and_not_offered_again(counter: Counter) -> None:
    counter.desk.approved["a"] = LIMIT
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.enter_pin("2468")
    shown = verdict_of(counter)
    assert shown.approval_denied
    assert shown.offer is None
    counter.presenter.call_supervisor()
    assert verdict_of(counter) == shown


def test_a_ledger_that_cannot_be_read_ends_the_approval_on_its_page(counter: Counter) -> None:
    counter.desk.approved["a"] = DiskTrouble("io")
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.enter_pin("2468")
    assert counter.state() == Fault(Trouble.JUDGING, "io")


def test_a_refusal_at_confirm_can_be_approved_too(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    verdict = Verdict(VerdictKind.OVER_OFFLINE_LIMIT, "offline_too_long", voucher(1))
    counter.desk.outcome = Handover(verdict)
    counter.presenter.confirm()
    assert verdict_of(counter).offer is Offer.APPROVAL
    counter.presenter.call_supervisor()
    counter.desk.approved["a"] = approved_card()
    counter.enter_pin("2468")
    assert isinstance(counter.state(), CardOpen)


def test_signing_out_forgets_who_was_asked(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    counter.desk.hold = True
    counter.enter_pin("2468")
    counter.presenter.sign_out()
    counter.desk.answer_held()
    assert counter.state() == SignedOut()
    assert counter.desk.approvals == []


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
