"""The counter's state machine, without Qt."""

from dataclasses import dataclass, field

import pytest

from kiosk.counter.prepare import Prepared
from kiosk.devices.signals import Sound
from kiosk.domain.orders import Handover
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import Item
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.presenters.counter import CounterPresenter
from kiosk.ui.presenters.states import (
    CardOpen,
    CounterState,
    Fault,
    Judging,
    Notice,
    Ready,
    SignedOut,
    Trouble,
    TypingCode,
    VerdictShown,
)
from tests.ui.fakes import (
    CRAB,
    LI,
    VINEGAR,
    FakeClock,
    FakeDesk,
    FakeSignals,
    deliver,
    line,
    prepared,
    record,
    refused,
    voucher,
)


@dataclass
class Counter:
    """A presenter with everything around it."""

    desk: FakeDesk = field(default_factory=FakeDesk)
    clock: FakeClock = field(default_factory=FakeClock)
    signals: FakeSignals = field(default_factory=FakeSignals)
    shown: list[CounterState] = field(default_factory=list)
    committed: int = 0

    def __post_init__(self) -> None:
        self.presenter = CounterPresenter(
            desk=self.desk,
            clock=self.clock,
            deliver=deliver,
            signals=self.signals,
            show=self.shown.append,
            committed=self._count,
        )
        self.presenter.signed_in(LI)

    def _count(self) -> None:
        self.committed += 1

    @property
    def state(self) -> CounterState:
        return self.presenter.state

    def scan(self, text: str, answer: Prepared | Exception | None = None) -> None:
        if answer is not None:
            self.desk.answers[text] = answer
        self.presenter.scanned(text, self.clock.now_s)

    def wait(self, seconds: float) -> None:
        self.clock.now_s += seconds
        self.presenter.tick()


@pytest.fixture
def counter() -> Counter:
    return Counter()


def now(counter: Counter) -> CounterState:
    return counter.presenter.state


def card_of(state: CounterState) -> CardOpen:
    assert isinstance(state, CardOpen), state
    return state


def verdict_of(state: CounterState) -> VerdictShown:
    assert isinstance(state, VerdictShown), state
    return state


def test_a_good_code_goes_by_card_and_confirmation_to_the_answer_and_back(
    counter: Counter,
) -> None:
    counter.scan("a", prepared(1))
    assert card_of(counter.state).choice.pieces == 3
    counter.presenter.confirm()
    shown = verdict_of(counter.state)
    assert shown.verdict.kind is VerdictKind.ACCEPTED
    assert counter.desk.confirmed[0][1:] == ((Item(CRAB.sku, 2), Item(VINEGAR.sku, 1)), "s01")
    assert counter.signals.played == [Sound.SUCCESS]
    assert counter.committed == 1
    counter.wait(3.9)
    assert isinstance(counter.state, VerdictShown)
    counter.wait(0.2)
    assert now(counter) == Ready()
    assert counter.desk.dismissed == []


def test_nothing_looks_done_before_the_ledger_answered(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    counter.desk.hold = True
    counter.presenter.confirm()
    assert card_of(counter.state).committing
    assert counter.signals.played == []
    counter.presenter.confirm()
    counter.presenter.back()
    counter.presenter.sign_out()
    assert len(counter.desk.confirmed) == 1, "a second press must not confirm again"
    assert card_of(counter.state).committing, "neither Esc nor sign-out may interrupt a commit"
    counter.desk.answer_held()
    assert verdict_of(counter.state).verdict.handed_over


def test_a_refusal_is_shown_for_eight_seconds(counter: Counter) -> None:
    counter.scan("a", refused(VerdictKind.EXPIRED))
    assert verdict_of(counter.state).verdict.kind is VerdictKind.EXPIRED
    assert counter.signals.played == [Sound.REFUSAL]
    counter.wait(7.9)
    assert isinstance(counter.state, VerdictShown)
    counter.wait(0.2)
    assert now(counter) == Ready()


def test_a_new_scan_takes_the_place_of_an_answer_at_once(counter: Counter) -> None:
    counter.scan("a", refused(VerdictKind.STALE))
    counter.wait(0.7)
    counter.shown.clear()
    counter.scan("b", prepared(2))
    assert card_of(counter.state).card.code.voucher == voucher(2)
    assert len(counter.shown) == 1, "nothing flickers between two customers"


def test_an_answer_is_to_be_seen_before_the_second_code_in_view_takes_its_place(
    counter: Counter,
) -> None:
    counter.scan("a", refused(VerdictKind.WRONG_STORE))
    counter.scan("b", prepared(2))
    assert verdict_of(counter.state).next_waiting
    counter.wait(0.65)
    assert verdict_of(counter.state).verdict.kind is VerdictKind.WRONG_STORE
    counter.wait(0.1)
    assert card_of(counter.state).card.code.voucher == voucher(2)
    assert counter.desk.dismissed == []
    counter.wait(1.0)
    counter.presenter.primary()
    counter.scan("c", refused(VerdictKind.EXPIRED, number=3))
    counter.wait(0.95)
    assert verdict_of(counter.state).verdict.kind is VerdictKind.ACCEPTED
    counter.wait(0.1)
    assert verdict_of(counter.state).verdict.kind is VerdictKind.EXPIRED
    assert counter.signals.played == [Sound.REFUSAL, Sound.SUCCESS, Sound.REFUSAL]


def test_a_foreign_code_beside_an_answer_waits_too(counter: Counter) -> None:
    counter.scan("a", refused(VerdictKind.WRONG_STORE))
    counter.scan("https://example.org")
    assert not verdict_of(counter.state).next_waiting, "nobody to announce"
    counter.wait(0.8)
    assert verdict_of(counter.state).verdict.kind is VerdictKind.MALFORMED


def test_a_foreign_code_does_not_push_the_next_customer_away(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    counter.scan("b", prepared(2))
    counter.presenter.confirm()
    for wait_s in (0.0, 1.5):
        counter.wait(wait_s)
        counter.scan("https://example.org")
        assert verdict_of(counter.state).next_waiting
    counter.presenter.back()
    assert card_of(counter.state).card.code.voucher == voucher(2)


def test_the_clerk_need_not_wait_for_the_least_time(counter: Counter) -> None:
    counter.scan("a", refused(VerdictKind.WRONG_STORE))
    counter.scan("b", prepared(2))
    counter.presenter.back()
    assert card_of(counter.state).card.code.voucher == voucher(2)


def test_a_press_meant_for_the_answer_does_not_confirm_the_card_that_replaced_it(
    counter: Counter,
) -> None:
    counter.scan("a", refused(VerdictKind.WRONG_STORE))
    counter.wait(0.7)
    counter.scan("b", prepared(2))
    counter.wait(0.35)
    counter.presenter.primary()
    assert counter.desk.confirmed == []
    assert isinstance(counter.state, CardOpen)
    counter.wait(0.1)
    counter.presenter.primary()
    assert len(counter.desk.confirmed) == 1


def test_the_same_showing_again_neither_looks_nor_sounds_like_a_handover(
    counter: Counter,
) -> None:
    again = Verdict(VerdictKind.ACCEPTED, "same_request", voucher(1), record())
    counter.scan("a", Prepared(None, again))
    assert counter.signals.played == [Sound.ATTENTION]
    counter.wait(4.1)
    assert isinstance(counter.state, VerdictShown), "there is more to read than on a green"
    counter.wait(4.0)
    counter.scan("b", prepared(1))
    counter.desk.outcome = Handover(again, seq=7, repeated=True)
    counter.presenter.confirm()
    assert counter.signals.played == [Sound.ATTENTION, Sound.ATTENTION]


def test_the_code_of_the_customer_just_served_does_not_turn_green_into_red(
    counter: Counter,
) -> None:
    counter.scan("a", prepared(1))
    counter.presenter.confirm()
    counter.scan("a-next", refused(VerdictKind.ALREADY_REDEEMED, number=1))
    assert verdict_of(counter.state).verdict.kind is VerdictKind.ACCEPTED


def test_another_customer_while_a_card_is_open_is_offered_not_lost(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    counter.scan("b", prepared(2))
    state = card_of(counter.state)
    assert state.card.code.voucher == voucher(1)
    assert state.notice is Notice.NEXT_WAITING
    counter.presenter.confirm()
    assert verdict_of(counter.state).next_waiting
    counter.presenter.back()
    following = card_of(counter.state)
    assert following.card.code.voucher == voucher(2)
    assert following.scanned_at_s is None, "waiting customers are not slow screens"


def test_a_third_customer_replaces_the_one_waiting_and_gives_the_claim_back(
    counter: Counter,
) -> None:
    second = prepared(2)
    counter.scan("a", prepared(1))
    counter.scan("b", second)
    counter.scan("c", prepared(3))
    assert counter.desk.dismissed == [second]
    counter.presenter.back()
    assert card_of(counter.state).card.code.voucher == voucher(3)


def test_a_waiting_customer_whose_card_ran_out_has_to_scan_again(counter: Counter) -> None:
    second = prepared(2, valid_until_s=1010.0)
    counter.scan("a", prepared(1))
    counter.scan("b", second)
    counter.wait(20)
    counter.presenter.back()
    assert now(counter) == Ready(Notice.CARD_EXPIRED)
    assert second in counter.desk.dismissed


def test_the_same_voucher_while_its_card_is_open_changes_nothing(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    before = counter.state
    counter.scan("a-refreshed", prepared(1))
    assert now(counter) is before
    assert counter.desk.dismissed == [], "its claim is the open card's claim"


def test_cancel_gives_back_what_the_next_code_of_the_same_customer_claimed(
    counter: Counter,
) -> None:
    first, renewed = prepared(1), prepared(1)
    counter.scan("a", first)
    counter.scan("a-refreshed", renewed)
    counter.presenter.back()
    assert now(counter) == Ready()
    assert [each.claim for each in counter.desk.dismissed] == [first.claim, renewed.claim]
    assert first.claim is not renewed.claim


def test_a_foreign_code_while_a_card_is_open_is_only_mentioned(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    counter.scan("https://example.org", Prepared(None, Verdict(VerdictKind.MALFORMED, "prefix")))
    assert card_of(counter.state).notice is Notice.NOT_A_CODE
    counter.wait(5)
    assert card_of(counter.state).notice is None


def test_scans_during_a_judgement_become_one(counter: Counter) -> None:
    counter.desk.hold = True
    counter.scan("a", refused(VerdictKind.EXPIRED))
    assert isinstance(counter.state, Judging)
    counter.scan("b", prepared(2))
    counter.scan("c", prepared(3))
    counter.desk.hold = False
    counter.desk.answer_held()
    counter.wait(0.8)
    assert card_of(counter.state).card.code.voucher == voucher(3)


def test_cancel_gives_the_claim_back(counter: Counter) -> None:
    first = prepared(1)
    counter.scan("a", first)
    counter.presenter.back()
    assert now(counter) == Ready()
    assert counter.desk.dismissed == [first]


def test_a_card_runs_out_with_a_word(counter: Counter) -> None:
    first = prepared(1)
    counter.scan("a", first)
    counter.wait(181)
    assert now(counter) == Ready(Notice.CARD_EXPIRED)
    assert counter.desk.dismissed == [first]


def test_a_partial_pickup_hands_over_what_was_chosen(counter: Counter) -> None:
    counter.scan("a", prepared(1, line(CRAB, 3), line(VINEGAR, 2)))
    counter.presenter.start_partial()
    counter.presenter.set_quantity(0, 1)
    counter.presenter.set_quantity(1, 0)
    counter.presenter.confirm()
    assert verdict_of(counter.state).verdict.kind is VerdictKind.PARTIALLY_REDEEMED
    assert counter.desk.confirmed[0][1] == (Item(CRAB.sku, 1),)
    assert counter.signals.played == [Sound.PARTIAL]


def test_escape_leaves_the_partial_choice_before_it_leaves_the_card(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    counter.presenter.start_partial()
    counter.presenter.set_quantity(0, 0)
    counter.presenter.back()
    state = card_of(counter.state)
    assert not state.choice.partial
    assert state.choice.pieces == 3
    counter.presenter.back()
    assert now(counter) == Ready()


def test_nothing_chosen_cannot_be_confirmed(counter: Counter) -> None:
    counter.scan("a", prepared(1, line(CRAB)))
    counter.presenter.start_partial()
    counter.presenter.set_quantity(0, 0)
    counter.presenter.confirm()
    assert counter.desk.confirmed == []


def test_a_refusal_at_confirm_gives_the_claim_back(counter: Counter) -> None:
    first = prepared(1)
    counter.scan("a", first)
    counter.desk.outcome = Handover(Verdict(VerdictKind.REPLAYED, "elsewhere", voucher(1)))
    counter.presenter.confirm()
    assert verdict_of(counter.state).verdict.kind is VerdictKind.REPLAYED
    assert counter.desk.dismissed == [first]


def test_a_full_disk_says_so_and_a_retry_confirms_the_same_choice(counter: Counter) -> None:
    counter.scan("a", prepared(1, line(CRAB, 3), line(VINEGAR, 2)))
    counter.presenter.start_partial()
    counter.presenter.set_quantity(0, 1)
    counter.desk.outcome = DiskTrouble("ledger.db: disk is full")
    counter.presenter.confirm()
    assert now(counter) == Fault(Trouble.CONFIRMING, "ledger.db: disk is full")
    assert counter.signals.played == []
    counter.desk.outcome = None
    counter.presenter.primary()
    assert verdict_of(counter.state).verdict.handed_over
    first, second = counter.desk.confirmed
    assert first == second


def test_after_a_full_disk_the_card_can_be_given_up(counter: Counter) -> None:
    first = prepared(1)
    counter.scan("a", first)
    counter.desk.outcome = DiskTrouble("full")
    counter.presenter.confirm()
    counter.presenter.back()
    assert now(counter) == Ready()
    assert counter.desk.dismissed == [first]


def test_a_bug_while_confirming_is_an_unknown_result_and_keeps_the_claim(
    counter: Counter,
) -> None:
    counter.scan("a", prepared(1))
    counter.desk.outcome = ZeroDivisionError("bug")
    counter.presenter.confirm()
    assert now(counter) == Fault(Trouble.UNKNOWN_RESULT, "bug")
    counter.scan("b", prepared(2))
    assert isinstance(counter.state, Fault), "the open question comes before the next customer"
    counter.presenter.back()
    assert card_of(counter.state).card.code.voucher == voucher(2)
    assert counter.desk.dismissed == []


def test_an_unreadable_ledger_is_tried_again_until_it_works(counter: Counter) -> None:
    counter.scan("a", DiskTrouble("input/output error"))
    assert now(counter) == Fault(Trouble.JUDGING, "input/output error")
    counter.desk.read_fault = DiskTrouble("still")
    counter.wait(3.1)
    assert isinstance(counter.state, Fault)
    counter.desk.read_fault = None
    counter.wait(1.0)
    assert isinstance(counter.state, Fault), "not more often than every three seconds"
    counter.wait(2.1)
    assert now(counter) == Ready()


def test_a_judgement_that_fails_leaves_the_open_card_alone(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    before = counter.state
    counter.scan("b", DiskTrouble("io"))
    assert now(counter) is before


def test_signed_out_judges_nothing_and_says_so() -> None:
    counter = Counter()
    counter.presenter.sign_out()
    counter.scan("a", prepared(1))
    assert now(counter) == SignedOut(Notice.SIGN_IN_FIRST)


def test_signing_out_gives_every_claim_back(counter: Counter) -> None:
    first, second = prepared(1), prepared(2)
    counter.scan("a", first)
    counter.scan("b", second)
    counter.presenter.sign_out()
    assert now(counter) == SignedOut()
    assert counter.desk.dismissed == [first, second]


def test_an_answer_after_signing_out_is_given_back(counter: Counter) -> None:
    first = prepared(1)
    counter.desk.hold = True
    counter.scan("a", first)
    counter.presenter.sign_out()
    counter.desk.answer_held()
    assert now(counter) == SignedOut()
    assert counter.desk.dismissed == [first]


def test_typing_a_code_is_a_scan_without_a_frame(counter: Counter) -> None:
    counter.presenter.type_code()
    assert now(counter) == TypingCode()
    counter.desk.answers["a"] = prepared(1)
    counter.presenter.scanned("a", None)
    assert card_of(counter.state).scanned_at_s is None


def test_typing_does_not_push_an_open_card_away(counter: Counter) -> None:
    counter.scan("a", prepared(1))
    counter.presenter.type_code()
    assert isinstance(counter.state, CardOpen)
