"""A counter's presenter on fakes, with a supervisor within call."""

from dataclasses import dataclass, field, replace

from kiosk.counter.prepare import Prepared
from kiosk.domain.approval import Approval
from kiosk.domain.staff import SignInRefusal
from kiosk.domain.verdicts import VerdictKind
from kiosk.ui.presenters.counter import CounterPresenter
from kiosk.ui.presenters.states import (
    ChallengeShown,
    CounterState,
    SupervisorAsked,
    VerdictShown,
)
from tests.ui.fakes import (
    LI,
    FakeClock,
    FakeDesk,
    FakeSignals,
    deliver,
    prepared,
    refused,
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
