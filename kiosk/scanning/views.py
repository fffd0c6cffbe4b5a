"""Views: ways of looking at one picture that make a reader see what it missed in the raw one.

Measured on rendered and photographed codes; CLAHE, which is often advised, made reading worse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.scanning.symbols import MIN_SIDE_PX, Symbol, read_zbar, read_zxing
from kiosk.scanning.vision import Grey, as_u8, cv2

_SMALL_PX = 1_000_000
_LARGE_PX = 4_000_000
"""zbar takes 30 ms a megapixel; what is larger is shown to it reduced."""


def _thorough(grey: Grey) -> list[Symbol]:
    return read_zxing(grey, thorough=True)


@dataclass(frozen=True, slots=True)
class View:
    """One way to look: `scale` the picture, change its pixels, read.

    `max_px`: the view is left out for pictures with more pixels (it would take too long).
    """

    name: str
    scale: float = 1.0
    change: Callable[[Grey], Grey] | None = None
    reader: Callable[[Grey], list[Symbol]] = read_zxing
    max_px: int = 1 << 62

    def picture(self, grey: Grey) -> Grey:
        """What the reader gets to see."""
        if self.scale != 1.0:
            grey = resized(grey, self.scale)
        return self.change(grey) if self.change else grey

    def applies(self, grey: Grey) -> bool:
        """Whether the picture is neither too large nor too small for it."""
        return grey.size <= self.max_px and min(grey.shape) * self.scale >= MIN_SIDE_PX

    def read(self, grey: Grey) -> list[Symbol]:
        """The codes seen in this view, corners in pixels of `grey`."""
        if not self.applies(grey):
            return []
        picture = self.picture(grey)
        symbols = self.reader(picture)
        if picture.shape == grey.shape:
            return symbols
        x, y = grey.shape[1] / picture.shape[1], grey.shape[0] / picture.shape[0]
        return [_scaled(symbol, x, y) for symbol in symbols]


def resized(grey: Grey, scale: float) -> Grey:
    """`grey` with both sides times `scale`, at least one pixel each."""
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return as_u8(cv2.resize(grey, size, interpolation=how))


def _scaled(symbol: Symbol, x: float, y: float) -> Symbol:
    a, b, c, d = ((point[0] * x, point[1] * y) for point in symbol.quad)
    return Symbol(symbol.text, (a, b, c, d))


def _median(size: int) -> Callable[[Grey], Grey]:
    return lambda grey: as_u8(cv2.medianBlur(grey, size))


def _unsharp(sigma: float) -> Callable[[Grey], Grey]:
    def sharpen(grey: Grey) -> Grey:
        return as_u8(cv2.addWeighted(grey, 2, cv2.GaussianBlur(grey, (0, 0), sigma), -1, 0))

    return sharpen


def _binary(blur: int, window: int) -> Callable[[Grey], Grey]:
    """Smooth, then black or white by the mean of the surroundings: evens out glare and shade."""

    def binarize(grey: Grey) -> Grey:
        smooth = cv2.GaussianBlur(grey, (blur, blur), 0)
        mean = cv2.ADAPTIVE_THRESH_MEAN_C
        return as_u8(cv2.adaptiveThreshold(smooth, 255, mean, cv2.THRESH_BINARY, window, 2))

    return binarize


FRAME = View("frame")
HALF = View("half", scale=0.5)
THOROUGH = View("thorough", reader=_thorough)

CHEAP = (FRAME, HALF)
"""Together 1.3 ms at 720p: for every frame."""

_UNSHARP = View("unsharp", change=_unsharp(2))
_BINARY = View("binary", change=_binary(3, 21))
_MEDIAN = View("median", change=_median(3))
_BINARY_WIDE = View("binary-wide", change=_binary(5, 31))

RESCUE = (
    _BINARY,
    View("enlarged", scale=1.5, max_px=_SMALL_PX),
    _MEDIAN,
    _UNSHARP,
    _BINARY_WIDE,
    THOROUGH,
    View("zbar-half", scale=0.5, reader=read_zbar, max_px=2 * _LARGE_PX),
)
"""For a frame that shows nothing to the cheap views, one or all, best first."""

PHOTO = (
    THOROUGH,
    _UNSHARP,
    _BINARY,
    _MEDIAN,
    _BINARY_WIDE,
    HALF,
    View("third", scale=1 / 3, reader=_thorough),
)
"""For a still picture, all of them: time hardly counts and there is no next frame."""

PHOTO_RESCUE = (
    View("zbar", reader=read_zbar, max_px=_LARGE_PX),
    View("zbar-half", scale=0.5, reader=read_zbar, max_px=2 * _LARGE_PX),
    View("quarter", scale=1 / 4, reader=_thorough),
    View("median-wide", change=_median(5)),
    View("zbar-enlarged", scale=1.5, reader=read_zbar, max_px=_SMALL_PX),
    View("enlarged", scale=2, max_px=_SMALL_PX),
    View("enlarged-unsharp", scale=2, change=_unsharp(3), max_px=_SMALL_PX),
)
"""For a still picture that shows nothing to `PHOTO`, in turn until something is read."""
