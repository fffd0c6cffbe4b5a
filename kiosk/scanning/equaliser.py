"""How dark each module is: glare, shade and blur taken out of a rectified symbol.

Three steps. Levels: what black and white are around each module. A linear equaliser: the weights on
the 7×7 samples around a module's middle that best tell the modules known beforehand (finders,
timing, alignment) and those already plain; it learns the blur's inverse, whatever blur it is. Then
once more with the neighbours' own values added, so that what they spill over is taken off.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kiosk.scanning.ground import Floats
from kiosk.scanning.module_grid import MARGIN
from kiosk.scanning.qr_layout import Signs
from kiosk.scanning.vision import cv2

_WINDOW = 7
"""Modules whose darkness makes the levels of the one in their middle."""
_LEAST_CONTRAST = 3.0
_TAPS = 3
_ROUNDS = 3
_RIDGE = 0.01
_NEIGHBOURS = 2
_VARIED = 5
_USUAL_SHARE = 0.16
_LEAST_TRUST = 0.05
_KNOWN_ENOUGH = 0.45
_MAX_SAMPLE = 2.5


def equalised(thirds: Floats, known: Signs) -> Floats:
    """n×n: above zero dark, one at full contrast, near zero where glare or noise won.

    `thirds` as of `module_grid.thirds`; `known`: 1 dark, -1 light, 0 not known.
    """
    size = known.shape[0]
    level, contrast = _levels(thirds, known)
    contrast = np.maximum(contrast, _LEAST_CONTRAST)
    samples = ((_tripled(level) - thirds) / _tripled(contrast)).clip(-_MAX_SAMPLE, _MAX_SAMPLE)
    inner = slice(MARGIN, MARGIN + size)
    trust = (contrast / max(1.0, float(np.median(contrast)))).clip(0, 1)[inner, inner]
    near = _surroundings(samples.astype(np.float32), size)
    soft = ((level - _middles(thirds)) / contrast)[inner, inner]
    trust = trust * _variety(soft)
    certain = known != 0
    for round_ in range(_ROUNDS):
        target = np.where(certain, known, np.sign(soft)).astype(np.float32)
        weight = np.where(certain, 1.0, np.abs(soft).clip(0, 1) ** 2) * trust
        seen = near
        if round_:
            decided = np.where(certain, known, np.tanh(2 * soft)).astype(np.float32)
            seen = np.concatenate((near, _neighbours(decided)), axis=1)
        soft = _fitted(seen, target.ravel(), weight.astype(np.float32).ravel()).reshape(size, size)
    return np.asarray(soft * trust, np.float32)


def _variety(soft: Floats) -> Floats:
    """Near 0 where all around have one colour: masks see to it that data never looks like that.

    A burnt-out patch does: it is as white as can be, and only its being so large tells.
    """
    dark = (soft > 0).astype(np.float32)
    share = cv2.blur(dark, (_VARIED, _VARIED), borderType=cv2.BORDER_REFLECT_101)
    rarer = np.minimum(share, 1 - share)
    return np.asarray((rarer / _USUAL_SHARE).clip(_LEAST_TRUST, 1), np.float32)


def _middles(thirds: Floats) -> Floats:
    return np.asarray(cv2.blur(thirds, (3, 3))[1::3, 1::3], np.float32)


def _tripled(modules: Floats) -> Floats:
    return np.asarray(modules.repeat(3, axis=0).repeat(3, axis=1), np.float32)


def _levels(thirds: Floats, known: Signs) -> tuple[Floats, Floats]:
    """For each module with margin: what lies between black and white, and half their distance."""
    value = _middles(thirds)
    window = (_WINDOW, _WINDOW)
    level = np.asarray(cv2.blur(value, window), np.float32)
    light = dark = value
    for _ in range(2):
        share = (value > level).astype(np.float32)
        above, below = cv2.blur(share, window), cv2.blur(1 - share, window)
        light = np.asarray(cv2.blur(value * share, window) / np.maximum(above, 1e-3), np.float32)
        rest = cv2.blur(value * (1 - share), window) / np.maximum(below, 1e-3)
        dark = np.asarray(rest, np.float32)
        level = np.asarray((light + dark) / 2, np.float32)
    contrast = np.asarray(np.maximum(light - dark, 1) / 2, np.float32)
    if np.count_nonzero(known) > _KNOWN_ENOUGH * known.size:
        return _known_levels(value, np.pad(known, MARGIN), level, contrast)
    return level, contrast


def _known_levels(
    value: Floats, known: Signs, level: Floats, contrast: Floats
) -> tuple[Floats, Floats]:
    """The same from modules whose colour is known, where there are enough."""
    means, shares = [], []
    for sign in (-1, 1):
        these = (known == sign).astype(np.float32)
        share = cv2.GaussianBlur(these, (0, 0), _WINDOW / 3.5)
        mean = cv2.GaussianBlur(value * these, (0, 0), _WINDOW / 3.5)
        means.append(mean / np.maximum(share, 1e-3))
        shares.append(share)
    enough = (shares[0] > 0.05) & (shares[1] > 0.05)
    light, dark = means
    return (
        np.where(enough, (light + dark) / 2, level).astype(np.float32),
        np.where(enough, np.maximum(light - dark, 1) / 2, contrast).astype(np.float32),
    )


def _surroundings(samples: Floats, size: int) -> Floats:
    """n²×49: the samples around each module's middle."""
    side = 2 * _TAPS + 1
    windows = np.lib.stride_tricks.sliding_window_view(samples, (side, side))
    first = 3 * MARGIN + 1 - _TAPS
    chosen = windows[first : first + 3 * size : 3, first : first + 3 * size : 3]
    return np.ascontiguousarray(chosen.reshape(size * size, side * side))


def _neighbours(decided: Floats) -> Floats:
    """n²×24: the modules around each."""
    side = 2 * _NEIGHBOURS + 1
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(decided, _NEIGHBOURS), (side, side))
    flat = windows.reshape(decided.size, side * side)
    return np.delete(flat, side * side // 2, axis=1)


def _fitted(seen: Floats, target: Floats, weight: Floats) -> npt.NDArray[np.float32]:
    """Weighted ridge regression of `target` on `seen`, applied to `seen`."""
    weighted = seen * weight[:, None]
    normal = weighted.T @ seen
    normal += _RIDGE * float(weight.sum()) * np.eye(seen.shape[1], dtype=np.float32)
    normal += 1e-6 * np.eye(seen.shape[1], dtype=np.float32)
    factors = np.linalg.solve(normal, weighted.T @ target)
    return np.asarray(seen @ factors, np.float32)
