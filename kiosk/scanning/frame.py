"""What every source gives: frames, one after the other, or a reason why there are none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kiosk.scanning.vision import Colour, Grey, as_u8, cv2

MAX_STREAM_PX = 4_096 * 2_304
"""What sends larger frames than 4K is refused: they would only be made smaller."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `grey` H×W for reading; for the preview, which may be smaller, its colours.

    `colour` is H×W×3 (blue first). Where making it costs, it is None and `develop` makes it, on
    the thread that wants it. `at_s` is `time.monotonic()` when the frame arrived; `number` counts
    from 0 for each opening.
    """

    number: int
    at_s: float
    grey: Grey
    colour: Colour | None
    develop: Callable[[], Colour] | None = None

    def picture(self) -> Colour | Grey:
        """In colour if there is any, else the grey one."""
        if self.colour is not None:
            return self.colour
        return self.grey if self.develop is None else self.develop()


class Source(Protocol):
    """An open source. `live`: the world goes on whether or not anyone reads."""

    fps: float
    live: bool

    def read(self) -> Frame | None:
        """The next frame, waiting for its time; None for a missed one. Raises SourceFault."""

    def close(self) -> None:
        """Gives the device or file back."""


class Pace:
    """Makes the next frame wait for its time, so that stored pictures play like a camera."""

    def __init__(self, fps: float) -> None:
        self._interval_s = 1 / fps
        self._due_s = time.monotonic()

    def wait(self) -> None:
        """Returns when the next frame is due; frames missed by delay are not made up for."""
        now = time.monotonic()
        if now < self._due_s:
            time.sleep(self._due_s - now)
        self._due_s = max(self._due_s, now - self._interval_s) + self._interval_s


def frame_of(number: int, colour: Colour) -> Frame:
    """A frame that has just arrived."""
    at_s = time.monotonic()
    return Frame(number, at_s, as_u8(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)), colour)
