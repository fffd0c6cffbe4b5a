"""The modules that are the same in every symbol, held against a picture: how well a grid fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kiosk.scanning.qr_layout import Layout
from kiosk.scanning.sighting import Quad
from kiosk.scanning.vision import Grey, as_u8, cv2

Matrix = npt.NDArray[np.float64]
"""3×3: from modules (x right, y down, from the symbol's outer corner) to pixels of a picture."""
Points = npt.NDArray[np.float64]
"""k×2: x, y."""
Floats = npt.NDArray[np.float32]

_ROOM = 8
"""Modules around a symbol that are looked at too: its grid may still move."""
_SOFT = 0.4
_WINDOW = 7
_STEPS = (0.8, 0.4, 0.2)
_ROUNDS = 2
_BEYOND = 0.25
"""How far a symbol may reach out of the picture, in the picture's longer side."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A grid on a picture; `agreement` is the share of fixed modules that look as they should."""

    layout: Layout
    matrix: Matrix
    agreement: float

    @property
    def corners(self) -> Points:
        """4×2: the symbol's corners in pixels, clockwise from its own top left."""
        return project(self.matrix, square(self.layout.size))

    @property
    def module_px(self) -> float:
        """Pixels a module, about."""
        return module_px_of(self.corners, self.layout.size)

    @property
    def quad(self) -> Quad:
        """`corners` as values."""
        a, b, c, d = ((float(x), float(y)) for x, y in self.corners)
        return (a, b, c, d)


def square(size: int) -> Points:
    """A symbol's corners in modules."""
    return np.array(((0, 0), (size, 0), (size, size), (0, size)), np.float64)


def module_px_of(corners: Points, size: int) -> float:
    """Pixels a module of a symbol with these corners, about."""
    return float(np.hypot(*(corners - np.roll(corners, 1, axis=0)).T).mean() / size)


def project(matrix: Matrix, points: Points) -> Points:
    """`points` through a homography."""
    flat = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    away = np.where(np.abs(flat[:, 2:]) < 1e-9, 1e-9, flat[:, 2:])
    return np.asarray(flat[:, :2] / away, np.float64)


def on_corners(corners: Points | Quad, size: int) -> Matrix:
    """The grid of a symbol with these corners."""
    drawn, seen = square(size).astype(np.float32), np.asarray(corners, np.float32)
    return np.asarray(cv2.getPerspectiveTransform(drawn, seen), np.float64)


class Ground:
    """The part of a picture around a symbol, with what is bright and dark there."""

    def __init__(self, grey: Grey, corners: Points, module_px: float) -> None:
        self.module_px = module_px
        self._picture_shape = grey.shape
        room = _ROOM * module_px
        low = np.maximum(np.floor(corners.min(axis=0) - room), 0).astype(int)
        high = np.maximum(np.ceil(corners.max(axis=0) + room).astype(int), low + 1)
        part = grey[low[1] : high[1], low[0] : high[0]]
        if part.size == 0:
            low, part = np.zeros(2, int), grey
        self._origin = low
        self._soft = as_u8(cv2.GaussianBlur(part, (0, 0), max(0.5, _SOFT * module_px)))
        window = (max(3, int(_WINDOW * module_px) | 1),) * 2
        self._mean = as_u8(cv2.blur(self._soft, window))
        off = cv2.absdiff(self._soft, self._mean)
        # Mean distance from the mean instead of its square: bytes instead of floats.
        self._spread = as_u8(cv2.blur(off, window))

    def judged(self, layout: Layout, matrix: Matrix) -> Placed | None:
        """The grid with its agreement; None for one that leaves the picture or folds."""
        corners = project(matrix, square(layout.size))
        height, width = self._picture_shape
        beyond = _BEYOND * max(height, width)
        low, high = corners.min(axis=0), corners.max(axis=0)
        if low.min() < -beyond or high[0] > width + beyond or high[1] > height + beyond:
            return None
        if not cv2.isContourConvex(corners.astype(np.float32)):
            return None
        agreement = float((self._contrasts(layout, matrix) > 0).mean())
        return Placed(layout, matrix, agreement)

    def polished(self, placed: Placed) -> Placed:
        """The grid with each corner moved to and fro until the fixed modules fit best."""
        layout, corners = placed.layout, placed.corners
        score = self._score(layout, corners)
        for step in _STEPS:
            for _ in range(_ROUNDS):
                moved = False
                for corner in (2, 1, 3, 0):
                    for way in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                        tried = corners.copy()
                        tried[corner] += np.array(way) * step * self.module_px
                        if (now := self._score(layout, tried)) > score:
                            corners, score, moved = tried, now, True
                if not moved:
                    break
        return self.judged(layout, on_corners(corners, layout.size)) or placed

    def _score(self, layout: Layout, corners: Points) -> float:
        contrasts = self._contrasts(layout, on_corners(corners, layout.size))
        return float(contrasts.clip(-1.5, 1.5).mean())

    def _contrasts(self, layout: Layout, matrix: Matrix) -> Floats:
        """How far each fixed module lies on the right side of its surroundings, in spreads."""
        places, signs = layout.fixed_places
        x, y, away = matrix @ places
        away = np.where(np.abs(away) < 1e-9, 1e-9, away)
        x, y = x / away - self._origin[0], y / away - self._origin[1]
        height, width = self._soft.shape
        ix = x.clip(0, width - 1).astype(np.intp)
        iy = y.clip(0, height - 1).astype(np.intp)
        value = self._soft[iy, ix].astype(np.float32)
        if self.module_px < _INTERPOLATED_BELOW:
            value = cv2.remap(
                self._soft,
                x.astype(np.float32)[None],
                y.astype(np.float32)[None],
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )[0].astype(np.float32)
        return np.asarray(signs * (value - self._mean[iy, ix]) / (self._spread[iy, ix] + 2.0))


_INTERPOLATED_BELOW = 4.0
