"""A folder of pictures that plays like a camera, once."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import numpy as np

from kiosk.scanning.frame import MAX_STREAM_PX, Frame, Pace, frame_of
from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.vision import Colour, as_u8, cv2

MAX_FILE_BYTES = 64 * 1024 * 1024
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})


class Folder:
    """The pictures of a folder in the order of the numbers in their names, once.

    What is no picture, or one of more than 4K, is passed over like a frame that was missed.
    """

    live = False

    def __init__(self, path: Path, fps: float) -> None:
        self.fps = fps
        files = (entry for entry in path.iterdir() if entry.suffix.lower() in _PICTURES)
        self._files = sorted(files, key=_by_number)
        if not self._files:
            raise SourceFault(ScannerState.UNREADABLE, f"{path} holds no pictures")
        self._path = path
        self._next = 0
        self._read_any = False
        self._pace = Pace(fps)

    def read(self) -> Frame | None:
        if self._next == len(self._files):
            if not self._read_any:
                raise SourceFault(ScannerState.UNREADABLE, f"no picture in {self._path} is whole")
            raise SourceFault(ScannerState.ENDED, f"{self._path} is at its end")
        number, self._next = self._next, self._next + 1
        colour = _read_colour(self._files[number])
        self._pace.wait()
        if colour is None:
            return None
        self._read_any = True
        return frame_of(number, colour)

    def close(self) -> None:
        self._files = self._files[: self._next]


def _by_number(path: Path) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"\d+", path.stem)], path.name


def _read_colour(path: Path) -> Colour | None:
    try:
        status = path.stat()
        # A pipe that is named like a picture would never end, nor would a device.
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= MAX_FILE_BYTES:
            return None
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, MemoryError, cv2.error):
        return None
    if picture is None or picture.shape[0] * picture.shape[1] > MAX_STREAM_PX:
        return None
    return as_u8(picture)
