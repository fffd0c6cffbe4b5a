"""Where frames come from: cameras, network streams, video files, folders of pictures, a scene.

Every source is read by one thread. What goes wrong is a `SourceFault` with its state and reason;
opening again is the caller's business (`capture`).
"""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.vision import Colour, Grey, as_u8, cv2

WIDTH, HEIGHT, FPS = 1_280, 720, 30.0
MAX_STREAM_PX = 4_096 * 2_304
_NETWORK = ("rtsp://", "rtsps://", "http://", "https://")
_NETWORK_TIMEOUT_MS = 5_000
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
_MAX_MISSED_READS = 30


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `grey` H×W for reading, `colour` H×W×3 (blue first) for the preview.

    `at_s` is `time.monotonic()` when it arrived; `number` counts from 0 for each opening.
    """

    number: int
    at_s: float
    grey: Grey
    colour: Colour | None


class Source(Protocol):
    """An open source. `live`: the world goes on whether or not anyone reads."""

    fps: float
    live: bool

    def read(self) -> Frame | None:
        """The next frame, waiting for its time; None for a missed one. Raises SourceFault."""

    def close(self) -> None:
        """Gives the device or file back."""


def open_source(spec: str, *, fps: float = FPS) -> Source:
    """Opens `N`, `/dev/videoN`, `rtsp://…`, a video file, a folder of pictures or `sim:SCENE`.

    `fps` is the pace of folders and scenes. Raises SourceFault.
    """
    if spec.startswith("sim:"):
        from kiosk.scanning.simulated import SimulatedCamera

        return SimulatedCamera(Path(spec.removeprefix("sim:")), fps=fps)
    if spec.isdecimal() or spec.startswith("/dev/"):
        return _Camera(spec)
    if spec.lower().startswith(_NETWORK):
        return _Stream(spec)
    path = Path(spec)
    try:
        if path.is_dir():
            return Folder(path, fps)
        if path.is_file():
            return _Stream(spec)
    except PermissionError as error:
        raise SourceFault(ScannerState.PERMISSION_DENIED, str(error)) from error
    raise SourceFault(ScannerState.NOT_FOUND, f"there is no {spec}")


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


class Folder:
    """The pictures of a folder in the order of the numbers in their names, once."""

    live = False

    def __init__(self, path: Path, fps: float = FPS) -> None:
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


class _Capture:
    """What cameras and streams have in common: an OpenCV capture."""

    fps = FPS
    live = True

    def __init__(self, spec: str, capture: cv2.VideoCapture) -> None:
        self._spec = spec
        self._capture = capture
        self._number = 0
        self._missed = 0
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > MAX_STREAM_PX:
            capture.release()
            reason = f"{spec} sends {width}×{height}, more than 4K"
            raise SourceFault(ScannerState.UNREADABLE, reason)
        told = capture.get(cv2.CAP_PROP_FPS)
        if 1 <= told <= 240:
            self.fps = told

    def read(self) -> Frame | None:
        whole, colour = self._capture.read()
        if not whole or colour is None or colour.size == 0:
            self._missed += 1
            if self._missed >= _MAX_MISSED_READS or not self.live:
                raise self._end()
            time.sleep(1 / self.fps)
            return None
        self._missed = 0
        self._number += 1
        return frame_of(self._number - 1, as_u8(colour))

    def _end(self) -> SourceFault:
        return SourceFault(ScannerState.NO_FRAMES, f"{self._spec} stopped sending")

    def close(self) -> None:
        self._capture.release()


class _Camera(_Capture):
    """A local camera, by number or device path; 720p, one frame of buffer."""

    def __init__(self, spec: str) -> None:
        path = f"/dev/video{spec}" if spec.isdecimal() else spec
        if sys.platform == "linux":
            _check_device(path)
        api = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
        index: int | str = int(spec) if spec.isdecimal() else spec
        capture = cv2.VideoCapture(index, api)
        if not capture.isOpened():
            capture.release()
            known_to_exist = sys.platform == "linux"
            state = ScannerState.BUSY if known_to_exist else ScannerState.NOT_FOUND
            raise SourceFault(state, f"{path} does not open; another program may be using it")
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        capture.set(cv2.CAP_PROP_FPS, FPS)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        super().__init__(path, capture)


class _Stream(_Capture):
    """A network camera or a video file, through FFmpeg. A file plays at its own pace."""

    def __init__(self, spec: str) -> None:
        network = spec.lower().startswith(_NETWORK)
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            _NETWORK_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            _NETWORK_TIMEOUT_MS,
        ]
        capture = cv2.VideoCapture(spec, cv2.CAP_FFMPEG, limits if network else [])
        shown = without_password(spec)
        if not capture.isOpened():
            capture.release()
            if network:
                raise SourceFault(ScannerState.NOT_FOUND, f"{shown} does not answer")
            raise SourceFault(ScannerState.UNREADABLE, f"{shown} is not a video")
        super().__init__(shown, capture)
        self.live = network
        self._pace = None if network else Pace(self.fps)

    def read(self) -> Frame | None:
        if self._pace:
            self._pace.wait()
        return super().read()

    def _end(self) -> SourceFault:
        if self.live:
            return super()._end()
        if self._number == 0:
            return SourceFault(ScannerState.UNREADABLE, f"{self._spec} has no readable frame")
        return SourceFault(ScannerState.ENDED, f"{self._spec} is at its end")


def frame_of(number: int, colour: Colour) -> Frame:
    """A frame that has just arrived."""
    at_s = time.monotonic()
    return Frame(number, at_s, as_u8(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)), colour)


def without_password(url: str) -> str:
    """`rtsp://user:secret@host/` as it may be shown and logged."""
    return re.sub(r"//[^/@]*@", "//…@", url)


def _check_device(path: str) -> None:
    if not Path(path).exists():
        raise SourceFault(ScannerState.NOT_FOUND, f"there is no {path}")
    if not os.access(path, os.R_OK | os.W_OK):
        reason = f"no right to use {path}: add the user to the group video"
        raise SourceFault(ScannerState.PERMISSION_DENIED, reason)


def _by_number(path: Path) -> tuple[list[int], str]:
    return [int(digits) for digits in re.findall(r"\d+", path.stem)], path.name


def _read_colour(path: Path) -> Colour | None:
    try:
        picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    if picture is None or picture.shape[0] * picture.shape[1] > MAX_STREAM_PX:
        return None
    return as_u8(picture)
