"""Signing in, without Qt."""

from dataclasses import dataclass, field

from structlog.testing import capture_logs

from kiosk.domain.staff import SignInRefusal, StaffMember
from kiosk.ledger.errors import DiskTrouble
from kiosk.ui.presenters.sign_in import SignInPresenter, SignInState
from tests.ui.fakes import LI, STAFF, FakeClock, FakeDesk, deliver


@dataclass
class Door:
    desk: FakeDesk = field(default_factory=FakeDesk)
    clock: FakeClock = field(default_factory=FakeClock)
    entered: list[StaffMember] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.presenter = SignInPresenter(
            desk=self.desk,
            clock=self.clock,
            deliver=deliver,
            show=lambda _state: None,
            signed_in=self.entered.append,
        )
        self.presenter.start()

    @property
    def state(self) -> SignInState:
        return self.presenter.state

    def enter(self, staff: str, pin: str) -> None:
        self.presenter.choose(staff)
        for digit in pin:
            self.presenter.digit(digit)
        self.presenter.submit()


def test_a_right_pin_lets_in_and_leaves_no_trace() -> None:
    door = Door()
    assert door.state.members == STAFF
    door.enter("s01", "1234")
    assert door.entered == [LI]
    assert (door.state.chosen, door.state.digits) == (None, 0)


def test_a_wrong_pin_clears_the_digits_and_says_so() -> None:
    door = Door()
    door.enter("s01", "9999")
    assert door.entered == []
    assert door.state.refusal is SignInRefusal.WRONG_PIN
    assert door.state.digits == 0
    door.presenter.digit("1")
    assert door.state.refusal is None, "the message goes with the next try"


def test_locked_is_told() -> None:
    door = Door(FakeDesk(locked={"s01"}))
    door.enter("s01", "1234")
    assert door.state.refusal is SignInRefusal.LOCKED


def test_three_digits_are_not_submitted_and_digits_can_be_erased() -> None:
    door = Door()
    door.enter("s01", "123")
    assert door.state.digits == 3
    assert not door.state.can_submit
    door.presenter.erase()
    assert door.state.digits == 2
    for digit in "34":
        door.presenter.digit(digit)
    door.presenter.submit()
    assert door.entered == [LI]


def test_a_long_pin_stops_at_twelve_digits() -> None:
    door = Door()
    door.presenter.choose("s01")
    for _ in range(20):
        door.presenter.digit("1")
    assert door.state.digits == 12


def test_another_name_starts_a_new_pin() -> None:
    door = Door()
    door.presenter.choose("s01")
    door.presenter.digit("1")
    door.presenter.choose("s02")
    assert door.state.digits == 0


def test_without_staff_it_asks_again_every_two_seconds() -> None:
    door = Door(FakeDesk(staff=()))
    assert door.state.loaded
    door.desk.staff = (LI,)
    door.clock.now_s += 1
    door.presenter.tick()
    assert door.state.members == ()
    door.clock.now_s += 1.1
    door.presenter.tick()
    assert list(door.state.members) == [LI]
    assert door.state.chosen == LI, "a single person need not be chosen"


def test_a_ledger_that_cannot_be_asked_is_told_and_overcome() -> None:
    door = Door(FakeDesk(read_fault=DiskTrouble("io")))
    assert door.state.failed
    door.desk.read_fault = None
    door.clock.now_s += 3
    door.presenter.tick()
    assert not door.state.failed
    assert door.state.members == STAFF


def test_keys_are_dead_while_a_pin_is_checked() -> None:
    door = Door()
    door.desk.hold = True
    door.enter("s01", "1234")
    assert door.state.checking
    door.presenter.digit("5")
    door.presenter.submit()
    door.presenter.choose("s02")
    door.desk.answer_held()
    assert door.entered == [LI]


def test_the_log_tells_who_came_in_and_who_did_not_but_no_pin() -> None:
    door = Door()
    with capture_logs() as lines:
        door.enter("s01", "9999")
        door.enter("s01", "1234")
    assert [(line["event"], line["staff"]) for line in lines] == [
        ("sign-in refused", "s01"),
        ("signed in", "s01"),
    ]
    assert not any(pin in str(lines) for pin in ("9999", "1234"))
