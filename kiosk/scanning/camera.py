"""Local cameras: V4L2 on Linux, Media Foundation on Windows, in the format that costs least.

At 720p, JPEG to colour takes 6.7 ms a frame, JPEG to grey 2.7; YUYV and NV12 carry the grey
picture as it is. So the camera's own bytes are taken where OpenCV hands them out, and colours are
made only for the frames that the preview shows.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.frame import Frame, frame_of
from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.video import OpenCvCapture
from kiosk.scanning.vision import Colour, Grey, as_u8, cv2

WIDTH, HEIGHT, FPS = 1_280, 720, 30.0
_SMOOTH_FPS = 20.0
"""Over USB 2, many cameras give 720p uncompressed 10 times a second only: JPEG is better then."""
if sys.platform == "linux":
    _API, _UNOPENED = cv2.CAP_V4L2, ScannerState.BUSY  # it was there a moment ago
else:
    _API, _UNOPENED = cv2.CAP_MSMF, ScannerState.NOT_FOUND
_EXPOSURE_MODES = {"linux": (1, 3), "win32": (0.25, 0.75)}
"""By hand, automatic: each system's drivers have their own numbers."""

if sys.platform == "linux":
    from kiosk.scanning import v4l2

_Raw = np.typing.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Format:
    """A pixel format: its four letters, and how grey and colours come from its bytes.

    `grey` gives None for bytes that are no whole picture.
    """

    code: str
    grey: Callable[[_Raw, int, int], Grey | None]
    colour: Callable[[_Raw, int, int], Colour]


def _yuyv_grey(raw: _Raw, width: int, height: int) -> Grey | None:
    if raw.size != width * height * 2:
        return None
    return as_u8(cv2.extractChannel(raw.reshape(height, width, 2), 0))


def _yuyv_colour(raw: _Raw, width: int, height: int) -> Colour:
    return as_u8(cv2.cvtColor(raw.reshape(height, width, 2), cv2.COLOR_YUV2BGR_YUY2))


def _nv12_grey(raw: _Raw, width: int, height: int) -> Grey | None:
    if raw.size != width * height * 3 // 2:
        return None
    return as_u8(raw.reshape(-1)[: width * height].reshape(height, width))


def _nv12_colour(raw: _Raw, width: int, height: int) -> Colour:
    whole = raw.reshape(height * 3 // 2, width)
    return as_u8(cv2.cvtColor(whole, cv2.COLOR_YUV2BGR_NV12))


def _jpeg_grey(raw: _Raw, _width: int, _height: int) -> Grey | None:
    # None for a JPEG that was cut short on its way.
    return cv2.imdecode(raw.reshape(-1), cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]


def _jpeg_colour(raw: _Raw, _width: int, _height: int) -> Colour:
    # Half the size, which is the preview's, is a third of the work.
    return as_u8(cv2.imdecode(raw.reshape(-1), cv2.IMREAD_REDUCED_COLOR_2))


_FORMATS = {
    "yuyv": _Format("YUYV", _yuyv_grey, _yuyv_colour),
    "nv12": _Format("NV12", _nv12_grey, _nv12_colour),
    "mjpeg": _Format("MJPG", _jpeg_grey, _jpeg_colour),
}


class Camera(OpenCvCapture):
    """A local camera, by number or device path; 720p at 30 frames a second if it can."""

    def __init__(self, spec: str, options: CameraOptions) -> None:
        self._path = f"/dev/video{spec}" if spec.isdecimal() else spec
        _look_at(self._path)
        capture = cv2.VideoCapture(int(spec) if spec.isdecimal() else spec, _API)
        if not capture.isOpened():
            capture.release()
            reason = f"{self._path} does not open; another program may be using it"
            raise SourceFault(_UNOPENED, reason)
        self._format = _negotiate(capture, options)
        _hint(capture, options)
        super().__init__(self._path, capture)
        self._size = (
            int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        )
        self._lit = options.torch
        self._light(on=True)

    def close(self) -> None:
        self._light(on=False)
        super().close()

    def _light(self, *, on: bool) -> None:
        if sys.platform == "linux" and self._lit:
            v4l2.light(self._path, on=on)

    def _frame(self, number: int, picture: _Raw) -> Frame | None:
        if self._format is None:
            return frame_of(number, picture)
        at_s = time.monotonic()
        grey = self._format.grey(picture, *self._size)
        if grey is None:
            return None
        develop, size = self._format.colour, self._size
        return Frame(number, at_s, grey, None, lambda: develop(picture, *size))

    def _miss(self) -> None:
        _look_at(self._path)  # gone is gone: no need to wait for it to speak up
        super()._miss()


def _look_at(path: str) -> None:
    """Raises SourceFault for what is no camera; only Linux tells without opening it."""
    if sys.platform == "linux":
        v4l2.check(path)


def _negotiate(capture: cv2.VideoCapture, options: CameraOptions) -> _Format | None:
    """Settles format, size and rate; the format whose bytes will come, None if it is pictures.

    The first that the camera gives at 720p and fast enough; else the last one tried, which is
    JPEG. A camera that knows none of them is left to OpenCV.
    """
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    wanted = options.pixel_format
    for name in _FORMATS if wanted == "auto" else (wanted,):
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*_FORMATS[name].code))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        capture.set(cv2.CAP_PROP_FPS, FPS)
        fits = (
            capture.get(cv2.CAP_PROP_FRAME_WIDTH) == WIDTH
            and capture.get(cv2.CAP_PROP_FRAME_HEIGHT) == HEIGHT
            # 0: the driver does not tell.
            and not 0 < capture.get(cv2.CAP_PROP_FPS) < _SMOOTH_FPS
        )
        if fits and _given(capture) == _FORMATS[name].code:
            break
    given = next((f for f in _FORMATS.values() if f.code == _given(capture)), None)
    # Media Foundation hands out its own formats in shapes of its own: pictures, then.
    if _API == cv2.CAP_V4L2 and given is not None and capture.set(cv2.CAP_PROP_CONVERT_RGB, 0):
        return given
    return None


def _given(capture: cv2.VideoCapture) -> str:
    return int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True).decode("latin1")


def _hint(capture: cv2.VideoCapture, options: CameraOptions) -> None:
    """Exposure and focus. A camera that has no such setting goes on as it was."""
    by_hand, automatic = _EXPOSURE_MODES.get(sys.platform, _EXPOSURE_MODES["linux"])
    if options.exposure is None:
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, automatic)
    else:
        capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, by_hand)
        capture.set(cv2.CAP_PROP_EXPOSURE, options.exposure)
    capture.set(cv2.CAP_PROP_AUTOFOCUS, int(options.focus is None))
    if options.focus is not None:
        capture.set(cv2.CAP_PROP_FOCUS, options.focus)
