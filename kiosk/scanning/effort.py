"""How hard to look: cheap views always, rescue views only where something has just moved."""

from __future__ import annotations

from kiosk.scanning.vision import Grey, as_u8, cv2

_THUMBNAIL = (80, 45)
_CELL_DIFFERS = 8
_CELLS_MOVED = 4
AWAKE_S = 2.0
ALERT_S = 0.7
IDLE_EVERY = 15
UNSEEN_EVERY = 2


class Effort:
    """Decides for each frame in order how many rescue views it is worth.

    Somebody comes into view: one rescue view a frame for `ALERT_S` seconds, and for as long as
    something like a code is seen. Where movement goes on without one, people are walking by: one
    every `UNSEEN_EVERY` frames until `AWAKE_S` seconds after the last change. Else one every
    `IDLE_EVERY` frames, for a code that lies still.
    """

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._moved_at_s = float("-inf")
        self._alert_until_s = float("-inf")
        self._frames = 0

    def for_frame(self, grey: Grey, at_s: float, *, seen: bool = False) -> int:
        """How many rescue views to allow the frame that arrived at `at_s`.

        `seen`: whether something like a code was in the frame before.
        """
        self._frames += 1
        if self._moved(grey):
            if at_s - self._moved_at_s >= AWAKE_S:
                self._alert_until_s = at_s + ALERT_S
            self._moved_at_s = at_s
        if seen or at_s < self._alert_until_s:
            return 1
        awake = at_s - self._moved_at_s < AWAKE_S
        return 1 if self._frames % (UNSEEN_EVERY if awake else IDLE_EVERY) == 0 else 0

    def _moved(self, grey: Grey) -> bool:
        thumbnail = as_u8(cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA))
        last, self._last = self._last, thumbnail
        if last is None:
            return True
        differing = as_u8(cv2.absdiff(thumbnail, last)) > _CELL_DIFFERS
        return int(differing.sum()) >= _CELLS_MOVED
