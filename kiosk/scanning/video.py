"""Network cameras and video files, through FFmpeg; and what they share with local cameras."""

from __future__ import annotations

import time

import numpy as np

from kiosk.scanning.frame import MAX_STREAM_PX, Frame, Pace, frame_of
from kiosk.scanning.place import is_network
from kiosk.scanning.redaction import without_password
from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.vision import as_u8, cv2

NETWORK_TIMEOUT_MS = 5_000
_MISSED_FOR_S = 1.0


class OpenCvCapture:
    """An open capture of OpenCV's: frames in, a reason when they stay away."""

    fps = 30.0
    live = True

    def __init__(self, shown: str, capture: cv2.VideoCapture) -> None:
        self._shown = shown
        self._capture = capture
        self._number = 0
        self._missing_since_s: float | None = None
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self._refuse_if_huge(width, height)
        told = capture.get(cv2.CAP_PROP_FPS)
        if 1 <= told <= 240:
            self.fps = told

    def read(self) -> Frame | None:
        try:
            whole, picture = self._capture.read()
        except (cv2.error, MemoryError) as error:
            # A stream that turns into something that cannot be held.
            self._capture.release()
            reason = f"{self._shown}: a frame cannot be unpacked ({error})"
            raise SourceFault(ScannerState.UNREADABLE, reason) from error
        if not whole or picture is None or picture.size == 0:
            self._miss()
            return None
        # A stream may change its size while it runs.
        self._refuse_if_huge(picture.shape[1], picture.shape[0])
        frame = self._frame(self._number, as_u8(picture))
        if frame is None:
            self._miss()
            return None
        self._missing_since_s = None
        self._number += 1
        return frame

    def close(self) -> None:
        self._capture.release()

    def _frame(self, number: int, picture: np.typing.NDArray[np.uint8]) -> Frame | None:
        return frame_of(number, picture)

    def _miss(self) -> None:
        now_s = time.monotonic()
        self._missing_since_s = self._missing_since_s or now_s
        if now_s - self._missing_since_s >= _MISSED_FOR_S or not self.live:
            raise self._end()
        time.sleep(1 / self.fps)

    def _end(self) -> SourceFault:
        return SourceFault(ScannerState.NO_FRAMES, f"{self._shown} stopped sending")

    def _refuse_if_huge(self, width: int, height: int) -> None:
        if width * height > MAX_STREAM_PX:
            self._capture.release()
            reason = f"{self._shown} sends {width}×{height}, more than 4K"
            raise SourceFault(ScannerState.UNREADABLE, reason)


class Stream(OpenCvCapture):
    """A network camera or a video file. A file plays at its own pace.

    One decoding thread: each further one keeps frames of its own, and none is faster at 720p.
    """

    def __init__(self, spec: str) -> None:
        network = is_network(spec)
        options = [cv2.CAP_PROP_N_THREADS, 1]
        if network:
            options += [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, NETWORK_TIMEOUT_MS]
            options += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, NETWORK_TIMEOUT_MS]
        shown = without_password(spec)
        try:
            capture = cv2.VideoCapture(spec, cv2.CAP_FFMPEG, options)
        except (cv2.error, MemoryError) as error:
            raise SourceFault(ScannerState.UNREADABLE, f"{shown}: {error}") from error
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
            return SourceFault(ScannerState.UNREADABLE, f"{self._shown} has no readable frame")
        return SourceFault(ScannerState.ENDED, f"{self._shown} is at its end")
