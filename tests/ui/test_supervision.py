"""A supervisor approves, for one customer and with a PIN; without Qt."""

import pytest
from structlog.testing import capture_logs

from kiosk.devices.signals import Sound
from kiosk.domain.approval import Approval
from kiosk.domain.orders import Handover
from kiosk.domain.staff import Role, SignInRefusal, StaffMember
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.presenters.offers import Offer
from kiosk.ui.presenters.states import (
    CardOpen,
    Fault,
    Notice,
    Ready,
    SignedOut,
    Task,
    Trouble,
    VerdictShown,
)
from tests.ui.fakes import LI, prepared, refused, voucher
from tests.ui.supervised import (
    LIMIT,
    Counter,
    approved_card,
    asked,
    refusal,
    verdict_of,
)


@pytest.fixture
def counter() -> Counter:
    return Counter()


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
    assert counter.desk.approvals == [("a", Approval("s02", ("offline_too_long",)))]
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


def test_a_judgement_that_comes_after_its_clerk_left_opens_nothing(counter: Counter) -> None:
    counter.scan("a", LIMIT)
    counter.presenter.call_supervisor()
    late = counter.desk.approved["a"] = approved_card()
    counter.desk.hold = True
    counter.enter_pin("2468")
    ((pin, member),) = counter.desk.held[-1:]
    counter.desk.held = []
    pin.set_result(member)
    assert asked(counter).working
    counter.presenter.sign_out()
    counter.presenter.signed_in(LI)
    counter.desk.answer_held()
    assert counter.state() == Ready()
    assert counter.desk.dismissed == [late]
