"""Hands and eyes for tours and benchmarks: works a counter window from another thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from kiosk.ui.presenters.states import (
    CardOpen,
    CounterState,
    SupervisorAsked,
    TypingCode,
    VerdictShown,
)
from kiosk.ui.screens.parts import lay_out
from kiosk.ui.screens.serial_form import SerialForm
from kiosk.ui.screens.typing_page import TypingPage
from kiosk.ui.window import CounterWindow

T = TypeVar("T")
S = TypeVar("S")
_POLL_S = 0.005


class RobotTimeout(Exception):
    """The window did not come to the awaited state in time; the message says where it was."""


class WindowRobot:
    """Not the Qt thread. Every action runs on the Qt thread as a clerk's would."""

    def __init__(self, window: CounterWindow) -> None:
        self._window = window

    @property
    def state(self) -> CounterState:
        """What the counter shows; a frozen value, safe to read from here."""
        return self._window.counter_presenter.state

    def do(self, action: Callable[[], T]) -> T:
        """Run ``action`` on the Qt thread and wait for it."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(action())
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                done.set_exception(error)

        self._window.bridge.post(run)
        return done.result(30.0)

    def wait(self, what: str, reached: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until ``reached``; RobotTimeout else."""
        until_s = time.monotonic() + timeout_s
        while not reached():
            if time.monotonic() > until_s:
                raise RobotTimeout(f"no {what} within {timeout_s:.0f} s; shown: {self.state}")
            time.sleep(_POLL_S)

    def _wait_for(self, what: str, kind: type[S], timeout_s: float = 20.0) -> S:
        """Wait for a state of this kind."""
        self.wait(what, lambda: isinstance(self.state, kind), timeout_s)
        state = self.state
        if isinstance(state, kind):
            return state
        raise RobotTimeout(f"the {what} is gone again; shown: {state}")

    def wait_for_staff(self) -> None:
        """Wait until the names of the staff are on screen."""
        presenter = self._window.sign_in_presenter
        self.wait("staff list", lambda: bool(presenter.state.members))

    def camera_is_live(self) -> bool:
        """Whether the viewfinder has had a picture."""
        return self._window.counter.viewfinder.has_picture

    def sign_in(self, staff: str, pin: str) -> None:
        """Choose a name and type the PIN."""
        presenter = self._window.sign_in_presenter
        self.wait_for_staff()
        self.do(lambda: presenter.choose(staff))
        for digit in pin:
            self.do(lambda digit=digit: presenter.digit(digit))  # type: ignore[misc]
        self.do(presenter.submit)
        self.wait("sign-in", lambda: self._window.counter_presenter.staff is not None)

    def answer(self, timeout_s: float = 20.0) -> CardOpen | VerdictShown:
        """Wait for an order card or an answer."""
        self.wait("answer", lambda: isinstance(self.state, CardOpen | VerdictShown), timeout_s)
        state = self.state
        if isinstance(state, CardOpen | VerdictShown):
            return state
        raise RobotTimeout(f"the answer is gone again; shown: {state}")

    def type_serial(self, serial: str) -> None:
        """Open the typing page and fill in the serial number."""
        self.do(self._window.counter_presenter.type_code)
        self._wait_for("typing page", TypingCode)
        self.do(lambda: self._typing_form().serial.setText(serial))

    def type_password(self, password: str) -> None:
        """Fill in the password and have both checked."""
        self.do(lambda: self._typing_form().password.setText(password))
        self.do(self._typing_page().check.click)

    def _typing_page(self) -> TypingPage:
        page = self._window.counter.typing
        if page is None:
            raise RobotTimeout(f"no typing page; shown: {self.state}")
        return page

    def _typing_form(self) -> SerialForm:
        return self._typing_page().form

    def decide(self, staff: str, pin: str, note: str = "") -> None:
        """Call the supervisor, who types the PIN; waits until that led somewhere."""
        supervisor = self._window.counter_presenter.supervisor
        self.do(self._window.counter_presenter.call_supervisor)
        self._wait_for("supervisor's page", SupervisorAsked)
        self.wait("names of supervisors", lambda: bool(supervisor.state.pin.members))
        self.do(lambda: supervisor.choose(staff))
        self.do(lambda: supervisor.write(note))
        for digit in pin:
            self.do(lambda digit=digit: supervisor.digit(digit))  # type: ignore[misc]
        self.do(supervisor.submit)
        self.wait("decision", lambda: not isinstance(self.state, SupervisorAsked))

    def take_only(self, line: int, quantity: int) -> None:
        """Partial pickup: ``quantity`` of one line, nothing of the others."""
        presenter = self._window.counter_presenter
        card = self._wait_for("card", CardOpen).card
        self.do(presenter.start_partial)
        for index in range(len(card.lines)):
            wanted = quantity if index == line else 0
            self.do(lambda index=index, wanted=wanted: presenter.set_quantity(index, wanted))  # type: ignore[misc]

    def confirm(self) -> VerdictShown:
        """Confirm the card and wait for the answer."""
        self.do(self._window.counter_presenter.confirm)
        return self._wait_for("verdict", VerdictShown)

    def go_on(self) -> None:
        """Close what is shown, ready for the next customer."""
        self.do(self._window.counter_presenter.back)

    def picture(self, path: Path) -> None:
        """Save what the window shows as PNG, once bar and list have caught up."""

        def save() -> bool:
            lay_out()
            return self._window.grab().save(str(path))

        self.wait("bar and list", lambda: self._window.up_to_date)
        self.do(save)

    def close(self) -> None:
        """Close the window."""
        self._window.bridge.post(self._close)

    def _close(self) -> None:
        self._window.close()
