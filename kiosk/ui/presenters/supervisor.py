"""A supervisor decides at a clerk's counter: name, PIN and, for a review, what was checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from kiosk.domain.ports import Clock
from kiosk.domain.staff import Role, StaffMember
from kiosk.ui.ports import CounterDesk, Deliver
from kiosk.ui.presenters.sign_in import SignInPresenter, SignInState

LONGEST_NOTE = 80  # characters


@dataclass(frozen=True, slots=True)
class SupervisorState:
    """What the supervisor's page shows."""

    pin: SignInState = field(default_factory=SignInState)
    note: str = ""
    note_wanted: bool = False

    @property
    def can_submit(self) -> bool:
        """Whether the PIN is long enough, and the note is there if one is wanted."""
        return self.pin.can_submit and (bool(self.note) or not self.note_wanted)


class SupervisorPresenter:
    """Whoever is signed in at the counter stays so. One thread (the screens')."""

    def __init__(
        self,
        *,
        desk: CounterDesk,
        clock: Clock,
        deliver: Deliver,
        decided: Callable[[StaffMember, str], None],
    ) -> None:
        """``decided``: the PIN of this supervisor was right; with the note."""
        self._decided = decided
        self.show: Callable[[SupervisorState], None] = lambda _state: None
        """Draws each new state; the page sets it."""
        self.state = SupervisorState()
        self._pin = SignInPresenter(
            desk=desk,
            clock=clock,
            deliver=deliver,
            show=self._pin_moved,
            signed_in=self._came,
            roles=frozenset({Role.SUPERVISOR}),
            log_as=("supervisor's PIN accepted", "supervisor's PIN refused"),
        )

    def open(self, *, note_wanted: bool) -> None:
        """Begin anew: nobody chosen, nothing typed."""
        self._move(SupervisorState(self.state.pin, note_wanted=note_wanted))
        self._pin.start()

    def ask_again(self) -> None:
        """What was decided could not be done: the PIN once more, the note is still there."""
        self._pin.start()

    def close(self) -> None:
        """Forget what was typed; a PIN that is being checked decides nothing any more."""
        self._pin.stop()
        self._move(replace(self.state, note=""))

    def choose(self, staff: str) -> None:
        """A name was touched."""
        self._pin.choose(staff)

    def digit(self, digit: str) -> None:
        """One more digit of the PIN."""
        self._pin.digit(digit)

    def erase(self) -> None:
        """Take the last digit back."""
        self._pin.erase()

    def write(self, note: str) -> None:
        """What was checked, in the supervisor's words."""
        self._move(replace(self.state, note=" ".join(note.split())[:LONGEST_NOTE]))

    def submit(self) -> None:
        """Check the PIN and decide."""
        if self.state.can_submit:
            self._pin.submit()

    def _pin_moved(self, pin: SignInState) -> None:
        self._move(replace(self.state, pin=pin))

    def _came(self, member: StaffMember) -> None:
        self._decided(member, self.state.note)

    def _move(self, state: SupervisorState) -> None:
        if state != self.state:
            self.state = state
            self.show(state)
