"""Laying a module grid over a symbol in a picture, more and more exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kiosk.scanning import qr_layout
from kiosk.scanning.finders import Triple
from kiosk.scanning.ground import (
    Floats,
    Ground,
    Matrix,
    Placed,
    Points,
    module_px_of,
    project,
    square,
)
from kiosk.scanning.guess import Guess
from kiosk.scanning.qr_layout import Layout
from kiosk.scanning.vision import Grey, as_u8, cv2

MARGIN = 3
"""Modules around the symbol in `rectified` and `thirds`."""
_LANDMARK_PX = 4
_SOFT = 0.35
"""Blur of what is compared with landmarks, in modules: noise goes, shapes stay."""
_MIN_MATCH = 0.35
_INLIER_MODULES = 0.6
_PERSPECTIVES = np.linspace(-0.32, 0.32, 33)
"""How much nearer one side is than the other."""
_STRAIGHTER = 0.1
_REACHES = (1.2, 0.6)
_AGAIN_REACHES = (2.5, 0.8)
"""Modules that a held phone moves between two looks, at most."""
WORTH_TRYING = 0.6
"""Agreement of the fixed modules below which moving the grid's corners does not help."""
_VERSIONS_REFINED = 2


def rectified(grey: Grey, matrix: Matrix, size: int, px: int) -> Grey:
    """The symbol seen straight on, `px` pixels a module, with MARGIN modules around."""
    side = (size + 2 * MARGIN) * px
    # Pixel middles are whole numbers; module 0 reaches from 0 to 1.
    offset = 0.5 / px - MARGIN
    to_modules = np.array(((1 / px, 0, offset), (0, 1 / px, offset), (0, 0, 1)))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    edge = cv2.BORDER_REPLICATE
    return as_u8(
        cv2.warpPerspective(grey, matrix @ to_modules, (side, side), flags=how, borderMode=edge)
    )


def thirds(grey: Grey, placed: Placed) -> Floats:
    """The symbol at three samples a module and side, with MARGIN modules around."""
    px = 6 if placed.module_px > 4.5 else 3
    picture = rectified(grey, placed.matrix, placed.layout.size, px)
    if px != 3:
        side = picture.shape[0] // 2
        picture = as_u8(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA))
    return picture.astype(np.float32)


# ------------------------------------------------------------------ from three finders


def place(grey: Grey, guess: Guess) -> Placed | None:
    """The version and grid that make the most of three finders; None when none fits at all."""
    middle = qr_layout.size_of(guess.versions[len(guess.versions) // 2])
    affine = _affine(guess.triple, middle)
    corners = project(affine, square(middle))
    ground = Ground(grey, corners, module_px_of(corners, middle))
    firsts = []
    for version in guess.versions:
        layout = qr_layout.layout(version)
        firsts.append(_first(grey, ground, layout, _affine(guess.triple, layout.size)))
    best = None
    for _, layout, matrix in sorted(firsts, key=lambda f: -f[0])[:_VERSIONS_REFINED]:
        placed = refined(grey, ground, layout, matrix, _REACHES)
        if placed and (best is None or placed.agreement > best.agreement):
            best = placed
    if best is None or best.agreement < WORTH_TRYING:
        return None
    return ground.polished(best)


def again(grey: Grey, placed: Placed) -> Placed | None:
    """The same symbol's grid in the next frame; None when it is gone."""
    ground = Ground(grey, placed.corners, placed.module_px)
    found = refined(grey, ground, placed.layout, placed.matrix, _AGAIN_REACHES)
    if found is None or found.agreement < WORTH_TRYING:
        return None
    return ground.polished(found)


def _affine(triple: Triple, size: int) -> Matrix:
    seen = [(f.x, f.y) for f in (triple.corner, triple.right, triple.below)]
    far = size - 3.5
    drawn = np.array(((3.5, 3.5), (far, 3.5), (3.5, far)), np.float32)
    affine = cv2.getAffineTransform(drawn, np.array(seen, np.float32))
    return np.vstack((affine, (0, 0, 1))).astype(np.float64)


def _first(
    grey: Grey, ground: Ground, layout: Layout, affine: Matrix
) -> tuple[float, Layout, Matrix]:
    """Perspective: three finders leave two numbers open, found by what all alignments say.

    Each alignment pattern's likeness is looked up where each perspective would put it; the
    perspective with the highest sum wins, even where several patterns are hidden.
    """
    px = _LANDMARK_PX
    picture = rectified(grey, affine, layout.size, px)
    picture = as_u8(cv2.GaussianBlur(picture, (0, 0), _SOFT * px))
    drawn = np.array([(x + 0.5, y + 0.5) for x, y in layout.alignments], np.float64)
    span = layout.size - 7
    u, v = ((drawn - 3.5) / span).T
    g, h = (axis.reshape(-1, 1) for axis in np.meshgrid(_PERSPECTIVES, _PERSPECTIVES))
    away = 1 + g * u + h * v
    x = 3.5 + span * (1 + g) * u / away
    y = 3.5 + span * (1 + h) * v / away
    likeness = np.zeros(x.shape, np.float32)
    half = 2.5
    for index in range(len(drawn)):
        window, left, top = _window(picture, x[:, index], y[:, index], half)
        if min(window.shape) < 5 * px:
            continue
        scores = cv2.matchTemplate(window, _template(finder=False), cv2.TM_CCOEFF_NORMED)
        column = np.rint((x[:, index] + MARGIN - half) * px).astype(np.intp) - left
        row = np.rint((y[:, index] + MARGIN - half) * px).astype(np.intp) - top
        inside = (column >= 0) & (row >= 0)
        inside &= (column < scores.shape[1]) & (row < scores.shape[0])
        likeness[inside, index] = scores[row[inside], column[inside]].clip(0, 1)
    sums = likeness.mean(axis=1) - _STRAIGHTER * (np.abs(g) + np.abs(h))[:, 0]
    best = int(sums.argmax())
    bend = _bent(float(g[best, 0]), float(h[best, 0]), span)
    matrix = affine @ bend
    placed = ground.judged(layout, matrix)
    return placed.agreement if placed else 0.0, layout, matrix


def _window(
    picture: Grey, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], half: float
) -> tuple[Grey, int, int]:
    px = _LANDMARK_PX
    left, top = (max(0, int((v.min() + MARGIN - half) * px) - 1) for v in (x, y))
    right, low = (int((v.max() + MARGIN + half) * px) + 2 for v in (x, y))
    return picture[top:low, left:right], left, top


def _bent(g: float, h: float, span: int) -> Matrix:
    """The perspective g, h that leaves the three finders where they are."""
    to_unit = np.array(((1 / span, 0, -3.5 / span), (0, 1 / span, -3.5 / span), (0, 0, 1)))
    bend = np.array(((1 + g, 0, 0), (0, 1 + h, 0), (g, h, 1)))
    return np.asarray(np.linalg.inv(to_unit) @ bend @ to_unit, np.float64)


# ------------------------------------------------------------------ landmarks


def refined(
    grey: Grey, ground: Ground, layout: Layout, matrix: Matrix, reaches: Sequence[float]
) -> Placed | None:
    """The grid moved onto its finders and alignment patterns, looked for ever nearer."""
    for reach in reaches:
        drawn, seen, match = _landmarks(grey, layout, matrix, reach)
        good = match > _MIN_MATCH
        if good.sum() < 4:
            break
        unit = abs(np.linalg.det(matrix[:2, :2])) ** 0.5 / max(abs(matrix[2, 2]), 1e-9)
        found, _ = cv2.findHomography(
            drawn[good], project(matrix, seen[good]), cv2.RANSAC, _INLIER_MODULES * unit
        )
        if found is None or not np.isfinite(found).all():
            break
        matrix = np.asarray(found, np.float64)
    return ground.judged(layout, matrix)


@lru_cache(maxsize=2)
def _template(*, finder: bool) -> Grey:
    signs = qr_layout.finder_signs() if finder else qr_layout.alignment_signs()
    drawn = np.where(signs > 0, np.uint8(0), np.uint8(255))
    large = drawn.repeat(_LANDMARK_PX, axis=0).repeat(_LANDMARK_PX, axis=1)
    return as_u8(cv2.GaussianBlur(large, (0, 0), _SOFT * _LANDMARK_PX))


def _landmarks(
    grey: Grey, layout: Layout, matrix: Matrix, reach: float
) -> tuple[Points, Points, npt.NDArray[np.float64]]:
    """Where each landmark is drawn, where it is seen (both in modules), and how alike they are."""
    px = _LANDMARK_PX
    picture = rectified(grey, matrix, layout.size, px)
    picture = as_u8(cv2.GaussianBlur(picture, (0, 0), _SOFT * px))
    drawn = [*layout.finders, *((x + 0.5, y + 0.5) for x, y in layout.alignments)]
    seen, match = [], []
    for index, (x, y) in enumerate(drawn):
        template = _template(finder=index < 3)
        half = template.shape[0] / px / 2
        first = [max(0, round((v + MARGIN - half - reach) * px)) for v in (x, y)]
        last = [round((v + MARGIN + half + reach) * px) for v in (x, y)]
        window = picture[first[1] : last[1], first[0] : last[0]]
        if min(window.shape) < template.shape[0]:
            seen.append((x, y))
            match.append(0.0)
            continue
        scores = np.asarray(cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED), np.float32)
        _, best, _, at = cv2.minMaxLoc(np.nan_to_num(scores, posinf=0.0, neginf=0.0))
        exact = [at[k] + _peak(scores, at, axis=1 - k) for k in (0, 1)]
        seen.append(
            ((first[0] + exact[0]) / px + half - MARGIN, (first[1] + exact[1]) / px + half - MARGIN)
        )
        match.append(float(best) if best <= 1.01 else 0.0)
    return np.array(drawn), np.array(seen), np.array(match)


def _peak(scores: Floats, at: Sequence[int], *, axis: int) -> float:
    """How far the top lies from the largest sample: a parabola through its neighbours."""
    x, y = at
    line = scores[y, :] if axis == 1 else scores[:, x]
    index = x if axis == 1 else y
    if not 0 < index < len(line) - 1:
        return 0.0
    before, top, after = (float(v) for v in line[index - 1 : index + 2])
    bend = before - 2 * top + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
