"""The decoder: grey pictures in, QR texts with their corners out. Pure, one thread at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable

from kiosk.scanning.patient import read_patiently
from kiosk.scanning.symbols import Symbol
from kiosk.scanning.tracking import SymbolTracker
from kiosk.scanning.views import CHEAP, FRAME, HALF, PHOTO, PHOTO_RESCUE, RESCUE, View, resized
from kiosk.scanning.vision import Grey

MAX_FRAME_SIDE_PX = 1_280
"""1080p reduced to 720p reads as well at half the cost; and an 8K stream stays bounded."""
MAX_PHOTO_PX = 16_000_000
PHOTO_BUDGET_S = 3.0
FRAME_BUDGET_S = 0.5
"""For the patient reader on a single frame; it ends the look it has begun."""


_SEARCH_SCALES = ((0.56, 0.42, 0.32, 0.24), (1.0, 0.75))
"""Of which the live search takes one set at a time: codes near the camera, and those far from it,
which cost three times as much to look for."""
_SEARCH_AFTER = 3
"""So many rescue views between two searches."""


class FrameDecoder:
    """Reads a live stream's frames: the cheap views on each, one rescue view when asked.

    The rescue views take turns from frame to frame, for blur, moiré and glare change as the hand
    shakes; the one that read last is tried first, as long as it reads. Between them the patient
    reader searches; a symbol that it finds and cannot read is followed from frame to frame, and
    the looks add up.
    """

    def __init__(self) -> None:
        self._turn = 0
        self._view = 0
        self._searches = 0
        self._lucky: View | None = None
        self._tracker = SymbolTracker()

    @property
    def following(self) -> bool:
        """Whether a code is in view that could not be read yet."""
        return self._tracker.following

    def read(self, grey: Grey, *, effort: int) -> list[Symbol]:
        """The codes in an H×W uint8 frame; `effort` is how many rescue views may be tried."""
        scale = min(1.0, MAX_FRAME_SIDE_PX / max(grey.shape))
        if scale < 1:
            return [_rescaled(s, 1 / scale) for s in self._read(resized(grey, scale), effort)]
        return self._read(grey, effort)

    def _read(self, grey: Grey, effort: int) -> list[Symbol]:
        symbols = first_read(grey, CHEAP)
        if not symbols and effort:
            symbols = self._rescued(grey, effort)
        if symbols:
            self._tracker.drop()
        return symbols

    def _rescued(self, grey: Grey, effort: int) -> list[Symbol]:
        if self._tracker.following and (symbol := self._tracker.follow(grey)):
            return [symbol]
        if self._lucky:
            if symbols := self._lucky.read(grey):
                return symbols
            self._lucky = None
        for _ in range(effort):
            if symbols := self._next_view(grey):
                return symbols
        return []

    def _next_view(self, grey: Grey) -> list[Symbol]:
        self._turn += 1
        if self._turn % (_SEARCH_AFTER + 1) == 0:
            if self._tracker.following:
                return []
            scales = _SEARCH_SCALES[self._searches % len(_SEARCH_SCALES)]
            self._searches += 1
            symbol = self._tracker.search(grey, scales)
            return [symbol] if symbol else []
        view = RESCUE[self._view % len(RESCUE)]
        self._view += 1
        symbols = view.read(grey)
        if symbols:
            self._lucky = view
        return symbols


def decode_frame(grey: Grey) -> list[Symbol]:
    """Everything a single frame gives, all views tried in turn until one reads."""
    symbols = first_read(grey, (FRAME, HALF, *RESCUE))
    if symbols:
        return symbols
    patiently = read_patiently(grey, time.monotonic() + FRAME_BUDGET_S)
    return [patiently] if patiently else []


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
    if not found and (patiently := _read_reduced(grey, deadline)):
        found = {patiently.text: patiently}
    symbols = sorted(found.values(), key=_area, reverse=True)
    return [_rescaled(s, 1 / scale) for s in symbols] if scale < 1 else symbols


def _read_reduced(grey: Grey, deadline: float) -> Symbol | None:
    """What the patient reader makes of a still picture, at the size of a camera's frame."""
    deadline = min(deadline, time.monotonic() + FRAME_BUDGET_S)
    scale = min(1.0, MAX_FRAME_SIDE_PX / max(grey.shape))
    if scale == 1:
        return read_patiently(grey, deadline)
    symbol = read_patiently(resized(grey, scale), deadline)
    return _rescaled(symbol, 1 / scale) if symbol else None


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
