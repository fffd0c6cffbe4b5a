"""The challenge that this terminal shows: one at a time, gone once it proved a showing."""

from __future__ import annotations

import threading

from kiosk.domain.challenge import Challenge, new_challenge
from kiosk.domain.ports import Clock, Store


class Challenges:
    """Any thread: screens ask for the digits, the counter thread compares them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._shown: Challenge | None = None

    def current(self) -> Challenge:
        """The digits to show: those shown already, while they are valid."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if self._shown is None or now_s > self._shown.valid_until_s:
                self._shown = new_challenge(now_s, self._store.policy().challenge_valid_s)
            return self._shown

    def digits(self) -> str | None:
        """The digits that a showing may have signed, or None when none are shown."""
        with self._lock:
            shown = self._shown
        if shown is None or self._clock.monotonic_s() > shown.valid_until_s:
            return None
        return shown.digits

    def used(self, digits: str) -> None:
        """They proved a showing, and prove no other."""
        with self._lock:
            if self._shown is not None and self._shown.digits == digits:
                self._shown = None
