"""Which three finders belong to one symbol, and which versions it may have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiosk.scanning import qr_layout
from kiosk.scanning.finders import Triple
from kiosk.scanning.vision import Grey, as_u8, cv2

_VERSIONS_GUESSED = 5
_GUESS_BLURS_PX = (0.8, 1.4, 2.4)
_VERSION_TOLERANCE = 0.22
_RING_BIAS = 1.05
"""Rings of a tilted, blurred square measure a little large."""
_SOFT = 0.35
"""Blur of what is compared, in modules."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Three finders, how square they look along their own axes, and versions they may have."""

    triple: Triple
    squareness: float
    versions: tuple[int, ...]


class Guesser:
    """Tells the triples that are from those that only lie like one; for one picture.

    In a symbol each finder is a square along the symbol's own axes: 3 × 81 samples tell, whatever
    the version and whatever lies between.
    """

    def __init__(self, grey: Grey) -> None:
        self._blurred = {
            sigma: as_u8(cv2.GaussianBlur(grey, (0, 0), sigma)) for sigma in _GUESS_BLURS_PX
        }
        signs = -qr_layout.finder_signs().astype(np.float32).ravel()
        self._signs = (signs - signs.mean()) / float(signs.std())
        y, x = np.mgrid[-4:5, -4:5].reshape(2, -1).astype(np.float64)
        self._x, self._y = x, y

    def guess(self, triple: Triple) -> Guess | None:
        """None where no version fits the finders' size and distance."""
        versions = _versions(triple)
        if not versions:
            return None
        corner = np.array((triple.corner.x, triple.corner.y))
        right = np.array((triple.right.x, triple.right.y)) - corner
        below = np.array((triple.below.x, triple.below.y)) - corner
        spans = np.array([qr_layout.size_of(v) - 7 for v in versions], np.float64)[:, None, None]
        module_px = float(np.hypot(*right) + np.hypot(*below)) / 2 / float(spans.mean())
        picture = self._blurred[min(_GUESS_BLURS_PX, key=lambda s: abs(s - _SOFT * module_px))]
        middles = np.array((corner, corner + right, corner + below))
        axis_x, axis_y = right / spans, below / spans
        x = middles[None, :, :1] + axis_x[..., :1] * self._x + axis_y[..., :1] * self._y
        y = middles[None, :, 1:] + axis_x[..., 1:] * self._x + axis_y[..., 1:] * self._y
        shape = x.shape
        values = cv2.remap(
            picture,
            x.reshape(1, -1).astype(np.float32),
            y.reshape(1, -1).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).reshape(shape)
        values = values.astype(np.float32)
        values -= values.mean(axis=2, keepdims=True)
        alike = (values @ self._signs) / (values.std(axis=2) + 2) / values.shape[2]
        sums = alike.clip(0, 1).sum(axis=1)
        order = np.argsort(-sums)[:_VERSIONS_GUESSED]
        return Guess(triple, float(sums.max()), tuple(versions[i] for i in order))


def _versions(triple: Triple) -> list[int]:
    corner, right, below = triple.corner, triple.right, triple.below
    arms = np.hypot(right.x - corner.x, right.y - corner.y)
    arms += np.hypot(below.x - corner.x, below.y - corner.y)
    module_px = (corner.module_px + right.module_px + below.module_px) / 3 / _RING_BIAS
    wanted = arms / 2 / module_px + qr_layout.FINDER
    off = [
        (abs(float(np.log((qr_layout.size_of(v) - 7) / (wanted - 7)))), v)
        for v in range(qr_layout.MIN_VERSION + 1, qr_layout.MAX_VERSION + 1)
    ]
    return [v for error, v in sorted(off) if error < _VERSION_TOLERANCE]
