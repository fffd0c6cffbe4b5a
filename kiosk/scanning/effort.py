"""How hard to look: cheap views always, rescue views only where something has just moved."""

from __future__ import annotations

from kiosk.scanning.vision import Grey, as_u8, cv2

_THUMBNAIL = (80, 45)
_CELL_DIFFERS = 8
_CELLS_MOVED = 4
AWAKE_S = 2.0
IDLE_EVERY = 15


class Effort:
    """Decides for each frame in order how many rescue views it is worth.

    A customer comes into view, or moves the phone: one rescue view a frame for `AWAKE_S` seconds
    after the last change. Else one every `IDLE_EVERY` frames, for a code that lies still.
    """

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._moved_at_s = float("-inf")
        self._frames = 0

    def for_frame(self, grey: Grey, at_s: float) -> int:
        """How many rescue views to allow the frame that arrived at `at_s`."""
        self._frames += 1
        if self._moved(grey):
            self._moved_at_s = at_s
        awake = at_s - self._moved_at_s < AWAKE_S
        return 1 if awake or self._frames % IDLE_EVERY == 0 else 0

    def _moved(self, grey: Grey) -> bool:
        thumbnail = as_u8(cv2.resize(grey, _THUMBNAIL, interpolation=cv2.INTER_AREA))
        last, self._last = self._last, thumbnail
        if last is None:
            return True
        differing = as_u8(cv2.absdiff(thumbnail, last)) > _CELL_DIFFERS
        return int(differing.sum()) >= _CELLS_MOVED
