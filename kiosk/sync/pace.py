"""When a sync loop may try again, and how it is woken before that."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from kiosk.domain.retry import LONGEST_DELAY_S, retry_delay_s

SHORTEST_REPEAT_S = 1.0
"""However good the news, two tries after a failure are at least this far apart."""


class Pace:
    """A loop's brake and bell. The loop's thread waits; any thread may ring or hurry."""

    def __init__(
        self,
        rng: random.Random,
        *,
        longest_s: float = LONGEST_DELAY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rng = rng
        self._longest_s = longest_s
        self._clock = clock
        self._bell = threading.Event()
        self._lock = threading.Lock()
        self._failures = 0
        self._failed_s = 0.0
        self._asked_until_s = 0.0
        self._shut_until_s = 0.0

    def failed(self, retry_after_s: float | None = None) -> float:
        """Note a failure; returns the seconds until the next try is allowed."""
        with self._lock:
            now_s = self._clock()
            self._failures += 1
            delay_s = retry_delay_s(
                self._failures, self._rng, retry_after_s=retry_after_s, longest_s=self._longest_s
            )
            self._failed_s = now_s
            self._asked_until_s = now_s + min(retry_after_s or 0.0, delay_s)
            self._shut_until_s = now_s + delay_s
            return delay_s

    def succeeded(self) -> None:
        """Note a success: no brake."""
        with self._lock:
            self._failures = 0
            self._shut_until_s = 0.0

    def hurry(self) -> None:
        """Central is in reach again: do not sit out the backoff; a Retry-After still holds."""
        with self._lock:
            soon_s = max(self._asked_until_s, self._failed_s + SHORTEST_REPEAT_S)
            self._shut_until_s = min(self._shut_until_s, soon_s)
        self._bell.set()

    def ring(self) -> None:
        """Wake the loop; the brake stays as it is."""
        self._bell.set()

    def left_s(self) -> float:
        """Seconds until a try is allowed; 0 = now."""
        with self._lock:
            return max(0.0, self._shut_until_s - self._clock())

    def wait(self, timeout_s: float) -> None:
        """Sleep until the time is up or the bell rings."""
        if self._bell.wait(timeout_s):
            self._bell.clear()
