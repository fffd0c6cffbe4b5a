"""Tells a hand scanner's typing from a person's, so that it cannot press a button."""

from __future__ import annotations

BURST_GAP_S = 0.06


class KeyBurst:
    """A hand scanner types a code as keys, with spaces, pluses and an Enter in it.

    A key that follows another character within 60 ms belongs to such a burst: it is no decision
    of a person. Time is an argument.
    """

    def __init__(self) -> None:
        self._last_s: float | None = None

    def within(self, now_s: float) -> bool:
        """Note a key at `now_s` (monotonic seconds); True when it belongs to a burst."""
        burst = self._last_s is not None and now_s - self._last_s < BURST_GAP_S
        self._last_s = now_s
        return burst
