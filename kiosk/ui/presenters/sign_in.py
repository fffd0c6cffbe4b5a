"""Signing in: choose a name, enter a PIN."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial

import structlog

from kiosk.domain.ports import Clock
from kiosk.domain.staff import (
    PIN_MAX_DIGITS,
    PIN_MIN_DIGITS,
    Role,
    SignInRefusal,
    StaffMember,
)
from kiosk.ui.ports import CounterDesk, Deliver

_log = structlog.get_logger(__name__)

ASK_AGAIN_S = 2.0
ALL_ROLES = frozenset(Role)


@dataclass(frozen=True, slots=True)
class SignInState:
    """What the sign-in screen shows. The PIN itself never leaves the presenter."""

    members: tuple[StaffMember, ...] = ()
    loaded: bool = False
    """False until the ledger answered once."""
    chosen: StaffMember | None = None
    digits: int = 0
    checking: bool = False
    refusal: SignInRefusal | None = None
    failed: bool = False
    """The ledger could not be asked."""

    @property
    def can_submit(self) -> bool:
        """Whether the PIN is long enough to be checked."""
        return self.chosen is not None and self.digits >= PIN_MIN_DIGITS and not self.checking


class SignInPresenter:
    """One thread (the screens')."""

    def __init__(
        self,
        *,
        desk: CounterDesk,
        clock: Clock,
        deliver: Deliver,
        show: Callable[[SignInState], None],
        signed_in: Callable[[StaffMember], None],
        roles: frozenset[Role] = ALL_ROLES,
        log_as: tuple[str, str] = ("signed in", "sign-in refused"),
    ) -> None:
        """``roles``: only these are listed and let in. ``log_as``: of a right and a wrong PIN."""
        self._roles, self._log_as = roles, log_as
        self._turn = 0
        self._desk, self._clock, self._deliver = desk, clock, deliver
        self._show, self._signed_in = show, signed_in
        self._pin = ""
        self._asked_at_s: float | None = None
        self.state = SignInState()

    def start(self) -> None:
        """Nobody is signed in: begin anew, with the staff as it is now."""
        self.stop()
        self._ask()

    def stop(self) -> None:
        """Forget what was typed; a check that is under way signs nobody in any more."""
        self._pin = ""
        self._turn += 1
        self._move(replace(self.state, chosen=None, digits=0, checking=False, refusal=None))

    def tick(self) -> None:
        """Before the first synchronisation there is no staff: ask again from time to time."""
        waited = self._asked_at_s is None or (
            self._clock.monotonic_s() - self._asked_at_s >= ASK_AGAIN_S
        )
        if not self.state.members and waited:
            self._ask()

    def choose(self, staff: str) -> None:
        """A name was touched."""
        member = next((each for each in self.state.members if each.staff == staff), None)
        if member is not None and not self.state.checking:
            self._pin = ""
            self._move(replace(self.state, chosen=member, digits=0, refusal=None))

    def digit(self, digit: str) -> None:
        """One more digit of the PIN."""
        if self.state.chosen is None or self.state.checking or len(self._pin) >= PIN_MAX_DIGITS:
            return
        self._pin += digit
        self._move(replace(self.state, digits=len(self._pin), refusal=None))

    def erase(self) -> None:
        """Take the last digit back."""
        self._pin = self._pin[:-1]
        self._move(replace(self.state, digits=len(self._pin), refusal=None))

    def submit(self) -> None:
        """Check the PIN."""
        if not self.state.can_submit or self.state.chosen is None:
            return
        pin, self._pin = self._pin, ""
        self._move(replace(self.state, checking=True, refusal=None))
        staff = self.state.chosen.staff
        checked = partial(self._checked, self._turn, staff)
        self._deliver(self._desk.sign_in(staff, pin), checked)

    def _checked(self, turn: int, staff: str, done: Future[StaffMember | SignInRefusal]) -> None:
        if turn != self._turn:
            return
        fault = done.exception()
        if fault is not None:
            _log.error("sign-in could not be checked", exc_info=fault)
            self._move(replace(self.state, checking=False, digits=0, failed=True))
            return
        answer = done.result()
        if isinstance(answer, StaffMember) and answer.role not in self._roles:
            answer = SignInRefusal.UNKNOWN_STAFF  # the role was taken away meanwhile
        if isinstance(answer, SignInRefusal):
            _log.info(self._log_as[1], staff=staff, reason=answer.value)
            self._move(replace(self.state, checking=False, digits=0, refusal=answer, failed=False))
            return
        _log.info(self._log_as[0], staff=answer.staff)
        self._move(replace(self.state, checking=False, digits=0, chosen=None, failed=False))
        self._signed_in(answer)

    def _ask(self) -> None:
        self._asked_at_s = self._clock.monotonic_s()
        self._deliver(self._desk.staff_list(), self._listed)

    def _listed(self, done: Future[tuple[StaffMember, ...]]) -> None:
        fault = done.exception()
        if fault is not None:
            _log.warning("staff list could not be read", error=str(fault))
            self._move(replace(self.state, failed=True))
            return
        members = tuple(each for each in done.result() if each.role in self._roles)
        chosen = self.state.chosen
        if chosen is None and len(members) == 1:
            chosen = members[0]
        self._move(replace(self.state, members=members, loaded=True, chosen=chosen, failed=False))

    def _move(self, state: SignInState) -> None:
        if state != self.state:
            self.state = state
            self._show(state)
