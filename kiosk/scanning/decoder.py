"""The decoder: grey pictures in, QR texts with their corners out. Pure, one thread at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable

from kiosk.scanning.symbols import Symbol
from kiosk.scanning.views import CHEAP, FRAME, HALF, PHOTO, PHOTO_RESCUE, RESCUE, View, resized
from kiosk.scanning.vision import Grey

MAX_FRAME_SIDE_PX = 1_280
"""1080p reduced to 720p reads as well at half the cost; and an 8K stream stays bounded."""
MAX_PHOTO_PX = 16_000_000
PHOTO_BUDGET_S = 3.0


class FrameDecoder:
    """Reads a live stream's frames: the cheap views on each, one rescue view when asked.

    The rescue views take turns from frame to frame, for blur, moiré and glare change as the hand
    shakes; the one that read last is tried first, as long as it reads.
    """

    def __init__(self) -> None:
        self._turn = 0
        self._lucky: View | None = None

    def read(self, grey: Grey, *, effort: int) -> list[Symbol]:
        """The codes in an H×W uint8 frame; `effort` is how many rescue views may be tried."""
        scale = min(1.0, MAX_FRAME_SIDE_PX / max(grey.shape))
        if scale < 1:
            return [_rescaled(s, 1 / scale) for s in self._read(resized(grey, scale), effort)]
        return self._read(grey, effort)

    def _read(self, grey: Grey, effort: int) -> list[Symbol]:
        if symbols := first_read(grey, CHEAP):
            return symbols
        if effort and self._lucky:
            if symbols := self._lucky.read(grey):
                return symbols
            self._lucky = None
        for _ in range(effort):
            view = RESCUE[self._turn % len(RESCUE)]
            self._turn += 1
            if symbols := view.read(grey):
                self._lucky = view
                return symbols
        return []


def decode_frame(grey: Grey) -> list[Symbol]:
    """Everything a single frame gives, all views tried in turn until one reads."""
    return first_read(grey, (FRAME, HALF, *RESCUE))


def decode_photo(grey: Grey) -> list[Symbol]:
    """All codes in a still picture, H×W uint8: texts distinct, largest symbol first.

    Looks with every view, and harder where that shows nothing, for at most about
    `PHOTO_BUDGET_S` seconds.
    """
    deadline = time.monotonic() + PHOTO_BUDGET_S
    scale = min(1.0, (MAX_PHOTO_PX / max(grey.size, 1)) ** 0.5)
    if scale < 1:
        grey = resized(grey, scale)
    found: dict[str, Symbol] = {}
    for view in PHOTO:
        if time.monotonic() < deadline:
            for symbol in view.read(grey):
                found.setdefault(symbol.text, symbol)
    if not found:
        found = {s.text: s for s in first_read(grey, PHOTO_RESCUE, deadline)}
    symbols = sorted(found.values(), key=_area, reverse=True)
    return [_rescaled(s, 1 / scale) for s in symbols] if scale < 1 else symbols


def first_read(grey: Grey, views: Iterable[View], deadline: float = float("inf")) -> list[Symbol]:
    """What the first view that reads anything reads; nothing after `deadline` (monotonic s)."""
    for view in views:
        if time.monotonic() >= deadline:
            break
        if symbols := view.read(grey):
            return symbols
    return []


def _rescaled(symbol: Symbol, factor: float) -> Symbol:
    a, b, c, d = ((x * factor, y * factor) for x, y in symbol.quad)
    return Symbol(symbol.text, (a, b, c, d))


def _area(symbol: Symbol) -> float:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = symbol.quad
    return abs((cx - ax) * (dy - by) - (dx - bx) * (cy - ay)) / 2
