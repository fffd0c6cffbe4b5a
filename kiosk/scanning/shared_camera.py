"""The scanning process's end of a simulated camera: frames from shared memory."""

from __future__ import annotations

import os
import select
import time

import numpy as np

from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.frame import Frame, Source
from kiosk.scanning.orientation import oriented
from kiosk.scanning.preview import PREVIEWS, PictureBlock
from kiosk.scanning.records import RECORD_BYTES, BadRecord, Heartbeat, StateRecord, unpack
from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.vision import as_u8, cv2

_WAIT_S = 0.2
_AT_ONCE = 64
"""Records taken out of the pipe together: more than it holds."""


class SharedCamera:
    """A `Source`: frames that another process draws, the newest wins."""

    fps = 30.0
    live = True

    def __init__(self, block: PictureBlock, news: int) -> None:
        self._block = block
        self._news = news

    @classmethod
    def of(cls, block: PictureBlock, news: int, options: CameraOptions, _spec: str) -> Source:
        """As a camera is opened."""
        return oriented(cls(block, news), options)

    def read(self) -> Frame | None:
        if not select.select([self._news], [], [], _WAIT_S)[0]:
            return None
        # Each record was written whole, so whole ones come out; only the last is news.
        records = os.read(self._news, RECORD_BYTES * _AT_ONCE)
        if not records:
            raise EOFError("the simulated camera's process has ended")
        try:
            record = unpack(records[-RECORD_BYTES:])
        except BadRecord as error:
            raise SourceFault(
                ScannerState.UNREADABLE, f"the simulated camera sent {error}"
            ) from None
        match record:
            case StateRecord(change=change):
                raise SourceFault(change.state, change.detail)
            case Heartbeat():
                return self._newest()
            case _:
                return None

    def close(self) -> None:
        # Both ends stay: the same camera is opened again.
        pass

    def _newest(self) -> Frame | None:
        picture = self._block.latest()
        if picture is None:
            return None
        shape = (picture.height, picture.width, 3)
        whole = np.frombuffer(picture.pixels, np.uint8).reshape(shape)
        # The slot is leased until the next read, so what is kept is copied: grey for reading, and
        # colours at the preview's size.
        grey = as_u8(cv2.cvtColor(whole, cv2.COLOR_BGR2GRAY))
        scale = min(PREVIEWS.width / picture.width, PREVIEWS.height / picture.height, 1.0)
        small = cv2.resize(whole, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return Frame(picture.frame, time.monotonic(), grey, as_u8(small))
