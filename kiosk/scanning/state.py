"""How the camera and the scanning process are doing: states with reasons, never an exit."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ScannerState(enum.IntEnum):
    """The number is what goes over the pipe; `name` is the key of the sentence on screen."""

    OPENING = 1
    LIVE = 2
    NOT_FOUND = 3
    BUSY = 4
    PERMISSION_DENIED = 5
    UNREADABLE = 6
    """There is something, but not a picture, a video or a stream that can be decoded."""
    NO_FRAMES = 7
    """Open, but nothing arrives."""
    FROZEN = 8
    """The very same picture again and again, from something that should be live."""
    BLACK = 9
    ENDED = 10
    """A file or folder has been played to its end."""
    CRASHED = 11
    HUNG = 12
    STOPPED = 13

    @property
    def usable(self) -> bool:
        """Whether codes can be read in this state."""
        return self is ScannerState.LIVE


@dataclass(frozen=True, slots=True)
class StateChange:
    """The scanner's state from `at_s` (monotonic) on, and the reason in plain words."""

    state: ScannerState
    detail: str
    at_s: float


class SourceFault(Exception):
    """A source cannot be opened or goes on no longer: an environment's error, with its state."""

    def __init__(self, state: ScannerState, detail: str) -> None:
        super().__init__(f"{state.name.lower()}: {detail}")
        self.state = state
        self.detail = detail
