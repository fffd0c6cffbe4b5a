"""Tells a hand scanner's typing from a person's, so that it cannot press a button."""

from __future__ import annotations

BURST_GAP_S = 0.06
STRAY_GAP_S = 0.5
"""Slow hand scanners leave 80 ms and more between two characters."""


class KeyBurst:
    """A hand scanner types a code as keys, with pluses, minuses and an Enter in it.

    A key that follows another within 60 ms belongs to such a burst: it is no decision of a person.
    So does one that follows within half a second a character that commands nothing (a stray):
    nobody types letters at the counter, but a code is full of them. Time is an argument.
    """

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._after_stray = False

    def within(self, now_s: float, *, stray: bool = False) -> bool:
        """Note a key at `now_s` (monotonic seconds); True when it belongs to a burst."""
        gap_s = STRAY_GAP_S if self._after_stray else BURST_GAP_S
        burst = self._last_s is not None and now_s - self._last_s < gap_s
        self._last_s = now_s
        self._after_stray = stray or (burst and self._after_stray)
        return burst
