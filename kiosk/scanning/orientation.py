"""Turns what a camera sees the right way up."""

from __future__ import annotations

from dataclasses import replace

from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.frame import Frame, Source
from kiosk.scanning.vision import Colour, as_u8, cv2

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Oriented:
    """A source whose frames are turned, and then mirrored, as the options say."""

    def __init__(self, source: Source, options: CameraOptions) -> None:
        self.fps, self.live = source.fps, source.live
        self._source = source
        self._options = options

    def read(self) -> Frame | None:
        frame = self._source.read()
        if frame is None:
            return None
        develop = frame.develop
        return replace(
            frame,
            grey=self._turned(frame.grey),
            colour=None if frame.colour is None else self._turned(frame.colour),
            develop=None if develop is None else lambda: self._turned(develop()),
        )

    def close(self) -> None:
        self._source.close()

    def _turned(self, picture: Colour) -> Colour:
        if self._options.rotate:
            picture = as_u8(cv2.rotate(picture, _TURNS[self._options.rotate]))
        return as_u8(cv2.flip(picture, 1)) if self._options.mirror else picture


def oriented(source: Source, options: CameraOptions) -> Source:
    """`source` itself when there is nothing to turn."""
    return Oriented(source, options) if options.rotate or options.mirror else source
