"""Tells a camera that sees from one that only seems to: frozen and black pictures."""

from __future__ import annotations

import numpy as np

from kiosk.scanning.state import ScannerState
from kiosk.scanning.vision import Grey

_SAMPLE_EVERY_PX = 8
_BLACK_AFTER_S = 2.0
_BLACK_MEAN = 6.0
_BLACK_SPREAD = 4.0
_FROZEN_AFTER_S = 10.0
"""Sensor noise makes two equal frames of a real camera impossible; a network camera may repeat
a frame for a while when nothing moves."""


class PictureWatch:
    """Judges each frame of a source in order, also over several openings of it."""

    def __init__(self) -> None:
        self._last: Grey | None = None
        self._changed_at_s = 0.0
        self._bright_at_s: float | None = None

    def judge(self, grey: Grey, at_s: float, *, live: bool) -> ScannerState:
        """LIVE; BLACK after two seconds of darkness; if `live`, FROZEN after ten of sameness."""
        sample = grey[::_SAMPLE_EVERY_PX, ::_SAMPLE_EVERY_PX]
        if self._last is None or not np.array_equal(sample, self._last):
            self._last = sample.copy()
            self._changed_at_s = at_s
        dark = float(sample.mean()) < _BLACK_MEAN and float(sample.std()) < _BLACK_SPREAD
        if not dark or self._bright_at_s is None:
            self._bright_at_s = at_s
        if at_s - self._bright_at_s >= _BLACK_AFTER_S:
            return ScannerState.BLACK
        if live and at_s - self._changed_at_s >= _FROZEN_AFTER_S:
            return ScannerState.FROZEN
        return ScannerState.LIVE
