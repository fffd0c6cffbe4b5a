"""Finds the three squares of a QR symbol where blur, noise, glare or moiré hide their edges.

A round template correlates with a finder at any angle and, since it weighs some forty modules at
once, long after no scan line shows 1:1:3:1:1 any more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt

from kiosk.scanning.vision import Grey, as_u8, cv2

_TEMPLATE_PX = 2.2
"""Pixels a module in the template: the least that still shows its rings."""
ALL_SCALES = (1.0, 0.75, 0.56, 0.42, 0.32, 0.24)
_OVERSAMPLED = 4
_RINGS = (1.65, 2.75, 3.85)
"""Modules from the middle: a square's half sides, averaged over all directions."""
_REACH = 4.6
_MIN_SCORE = 0.33
QUICK_PEAKS, MANY_PEAKS = 24, 100
_MANY_FROM = 0.7
"""The scale from which on `most` counts: small codes have the most that is like them."""
"""Peaks at each scale whose rings are measured: chequers and weaves correlate a little too."""
_MAX_IN_TRIPLES = 12
_MAX_THIRDS = 3
_MIN_RATIO, _MIN_SINE, _MIN_EVENNESS = 0.55, 0.75, 0.5
_MIN_ARM, _MAX_ARM = 8.0, 200.0
"""From finder to finder, in modules."""
_SEARCHED = 0.22
"""How far from its place a third finder may be, in arms: what perspective can do."""
_Peak = tuple[float, float, float, float]
"""Correlation, x, y, pixels a module."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Something round as a finder: middle in pixels, pixels a module, correlation up to 1."""

    x: float
    y: float
    module_px: float
    score: float


@dataclass(frozen=True, slots=True)
class Triple:
    """Three finders that may be one symbol's: top left, top right, bottom left."""

    corner: Finder
    right: Finder
    below: Finder

    @property
    def score(self) -> float:
        """The sum of the three."""
        return self.corner.score + self.right.score + self.below.score

    def near(self, other: Triple) -> bool:
        """Whether both are nearly the same places, in the same parts."""
        pairs = zip(
            (self.corner, self.right, self.below),
            (other.corner, other.right, other.below),
            strict=True,
        )
        return all(math.hypot(a.x - b.x, a.y - b.y) < 1.5 * a.module_px for a, b in pairs)


@lru_cache(maxsize=1)
def _template() -> Grey:
    reach = int(np.ceil(_REACH * _TEMPLATE_PX))
    side = (2 * reach + 1) * _OVERSAMPLED
    line = (np.arange(side) + 0.5) / _OVERSAMPLED - reach - 0.5
    distance = np.hypot(line[:, None], line[None, :]) / _TEMPLATE_PX
    inner, middle, outer = _RINGS
    light = ((distance >= inner) & (distance < middle)) | (distance >= outer)
    fine = np.where(light, np.uint8(255), np.uint8(0))
    size = (2 * reach + 1, 2 * reach + 1)
    return as_u8(cv2.resize(fine, size, interpolation=cv2.INTER_AREA))


def find_finders(
    grey: Grey, scales: tuple[float, ...] = ALL_SCALES, *, most: int = QUICK_PEAKS
) -> list[Finder]:
    """What looks like finders, best first; of at most so many peaks at each scale."""
    found = [_judged(grey, x, y, px) for _, x, y, px in _distinct(_peaks(grey, scales, most))]
    return sorted((f for f in found if f.score > _MIN_RINGS), key=lambda f: -f.score)


def _peaks(grey: Grey, scales: tuple[float, ...], most: int) -> list[_Peak]:
    """Where the template fits: correlation, x, y, pixels a module."""
    template = _template()
    reach = template.shape[0] // 2
    found: list[_Peak] = []
    for scale in scales:
        if min(grey.shape) * scale <= template.shape[0]:
            continue
        if scale == 1:  # the others are smoothed by being reduced
            small = as_u8(cv2.GaussianBlur(grey, (3, 3), 0))
        else:
            small = as_u8(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        match = cv2.matchTemplate(small, template, cv2.TM_CCOEFF_NORMED)
        peaks = cv2.dilate(match, np.ones((9, 9), np.uint8))
        ys, xs = np.nonzero((match == peaks) & (match > _MIN_SCORE) & (match < 1.01))
        scores = match[ys, xs]
        for at in np.argsort(-scores)[: most if scale > _MANY_FROM else QUICK_PEAKS]:
            x, y = (float(v[at] + reach + 0.5) / scale - 0.5 for v in (xs, ys))
            found.append((float(scores[at]), x, y, _TEMPLATE_PX / scale))
    return found


def _distinct(peaks: list[_Peak]) -> list[_Peak]:
    kept: list[_Peak] = []
    for peak in sorted(peaks, reverse=True):
        _, x, y, px = peak
        if all((x - a) ** 2 + (y - b) ** 2 > (2.5 * max(px, p)) ** 2 for _, a, b, p in kept):
            kept.append(peak)
    return kept


_SIZES = np.geomspace(0.6, 3.2, 14)
_RAYS = 32
_MIN_RINGS = 0.25
_STEPS_A_MODULE = 3.0
_SPANS = ((0, 1.4), (1.75, 2.6), (2.85, 3.6), (4.1, 4.8))


@lru_cache(maxsize=1)
def _spans() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """For each size and ring, its first and last step along a ray."""
    sizes = (_SIZES * _STEPS_A_MODULE)[:, None]
    first = np.rint(sizes * np.array([a for a, _ in _SPANS])).astype(np.intp)
    last = np.rint(sizes * np.array([b for _, b in _SPANS])).astype(np.intp)
    return first, np.maximum(last, first + 1)


def _judged(grey: Grey, x: float, y: float, module_px: float) -> Finder:
    """Measures the rings around a peak: their contrast, and at what size it is best.

    A blob correlates with the template too, but has no second dark ring.
    """
    first, last = _spans()
    steps = int(last.max())
    reach = steps / _STEPS_A_MODULE * module_px
    how = cv2.WARP_FILL_OUTLIERS | cv2.INTER_LINEAR
    rays = cv2.warpPolar(grey, (steps, _RAYS), (x, y), reach, how).astype(np.float32)
    inside = np.concatenate(((0.0,), np.cumsum(rays.mean(axis=0))))
    squares = np.concatenate(((0.0,), np.cumsum((rays * rays).mean(axis=0))))
    core, gap, ring, around = ((inside[last] - inside[first]) / (last - first)).T
    contrast = np.minimum(np.minimum(gap - core, gap - ring), around - ring)
    end = last[:, -1]
    spread = np.sqrt(np.maximum(squares[end] / end - (inside[end] / end) ** 2, 0))
    scores = contrast / (spread + 4)
    at = int(scores.argmax())
    return Finder(x, y, float(module_px * _SIZES[at]), float(scores[at]))


def triples(finders: list[Finder]) -> list[Triple]:
    """The triples that a tilted square could make, the likeliest first."""
    fits = []
    for three in combinations(finders[:_MAX_IN_TRIPLES], 3):
        for at in range(3):
            corner, a, b = three[at], three[(at + 1) % 3], three[(at + 2) % 3]
            ax, ay, bx, by = a.x - corner.x, a.y - corner.y, b.x - corner.x, b.y - corner.y
            cross = ax * by - ay * bx
            triple = Triple(corner, a, b) if cross > 0 else Triple(corner, b, a)
            if fit := _fit(triple):
                fits.append((fit, triple))
    return [triple for _, triple in sorted(fits, key=lambda each: -each[0])]


def _fit(triple: Triple) -> float:
    """How well a triple fits a square seen aslant; 0 for not at all."""
    corner, a, b = triple.corner, triple.right, triple.below
    ax, ay, bx, by = a.x - corner.x, a.y - corner.y, b.x - corner.x, b.y - corner.y
    long_a, long_b = math.hypot(ax, ay), math.hypot(bx, by)
    longer = max(long_a, long_b, 1e-6)
    ratio = min(long_a, long_b) / longer
    sine = (ax * by - ay * bx) / max(long_a * long_b, 1e-6)
    small, middle, large = sorted(f.module_px for f in (corner, a, b))
    if ratio < _MIN_RATIO or sine < _MIN_SINE or small < _MIN_EVENNESS * large:
        return 0.0
    if not _MIN_ARM < longer / middle < _MAX_ARM:
        return 0.0
    return max(1e-3, triple.score - 0.6 * (1 - ratio) - 0.8 * (1 - sine) + 0.3 * small / large)


def completed(grey: Grey, a: Finder, b: Finder) -> list[Triple]:
    """The triples that two finders may belong to, the third looked for where it would be."""
    if min(a.module_px, b.module_px) < _MIN_EVENNESS * max(a.module_px, b.module_px):
        return []
    module_px = (a.module_px + b.module_px) / 2
    dx, dy = b.x - a.x, b.y - a.y
    arm = math.hypot(dx, dy)
    found: list[Triple] = []

    def thirds(x: float, y: float) -> list[Finder]:
        return _thirds(grey, x, y, module_px, arm)

    if _MIN_ARM < arm / module_px < _MAX_ARM:
        # Corner and right, right and corner, corner and below, below and corner.
        found += [Triple(a, b, third) for third in thirds(a.x - dy, a.y + dx)]
        found += [Triple(b, a, third) for third in thirds(b.x + dy, b.y - dx)]
        found += [Triple(a, third, b) for third in thirds(a.x + dy, a.y - dx)]
        found += [Triple(b, third, a) for third in thirds(b.x - dy, b.y + dx)]
    if _MIN_ARM < arm / math.sqrt(2) / module_px < _MAX_ARM:
        ux, uy = (dy - dx) / 2, -(dx + dy) / 2
        found += [Triple(third, a, b) for third in thirds(a.x - ux, a.y - uy)]
        found += [Triple(third, b, a) for third in thirds(b.x + ux, b.y + uy)]
    return [triple for triple in found if _fit(triple)]


def _thirds(grey: Grey, x: float, y: float, module_px: float, arm: float) -> list[Finder]:
    """The likeliest finders near a place, and the place itself: it may be hidden by glare."""
    reach = _SEARCHED * arm + 5 * module_px
    left, top = max(0, int(x - reach)), max(0, int(y - reach))
    part = grey[top : int(max(y + reach, 0)), left : int(max(x + reach, 0))]
    found = [Finder(x, y, module_px, 0.0)]
    if min(part.shape) > 0:
        for _, px, py, size in _distinct(_peaks(part, (_TEMPLATE_PX / module_px,), QUICK_PEAKS))[
            :_MAX_THIRDS
        ]:
            each = _judged(part, px, py, size)
            found.append(Finder(px + left, py + top, module_px, max(0.0, each.score)))
    return found
