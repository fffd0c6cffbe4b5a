"""The patient reader: finds symbols that no ordinary reader sees, and mends what they cannot.

Finders by correlation, a grid on finders and alignment patterns, an equaliser for each symbol, and
Reed–Solomon with erasures. Some hundred times the work of zxing-cpp: for what that could not read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from kiosk.scanning import module_grid
from kiosk.scanning.equaliser import equalised
from kiosk.scanning.finders import (
    ALL_SCALES,
    MANY_PEAKS,
    QUICK_PEAKS,
    Triple,
    completed,
    find_finders,
    triples,
)
from kiosk.scanning.ground import Floats, Placed, Points
from kiosk.scanning.guess import Guess, Guesser
from kiosk.scanning.soft_symbol import SymbolSolver
from kiosk.scanning.symbols import Symbol
from kiosk.scanning.vision import Grey, as_u8, cv2

_MAX_TRIPLES = 24
_MAX_SURE, _MAX_PAIRS = 6, 8
_MAX_PLACED = 6
WORTH_SOLVING = 0.68
_ROUNDS = 3
_SURE_FINDER, _PLAIN_FINDER = 0.33, 0.5
_PLAINLY_SQUARE = 1.8
_MIN_TEXTURE = 0.35
_MIN_SQUARENESS = 1.25
"""Measured: 1.5 to 2.6 for the finders of one symbol, 0.4 to 1.3 for what only lies like them."""


def read_patiently(grey: Grey, deadline: float) -> Symbol | None:
    """The first symbol that gives way before `deadline` (monotonic seconds); None else."""
    for placed in placements(grey, deadline):
        solver = SymbolSolver(placed.layout)
        text = solved(solver, module_grid.thirds(grey, placed))
        if text is not None:
            return Symbol(text, placed.quad)
        if time.monotonic() >= deadline:
            break
    return None


def solved(solver: SymbolSolver, thirds: Floats) -> str | None:
    """The text, if one look at the symbol is enough to solve what the solver still lacks."""
    for _ in range(_ROUNDS):
        if not solver.offer(equalised(thirds, solver.known())):
            break
        if solver.solved:
            break
    return solver.text()


def placements(grey: Grey, deadline: float) -> Iterator[Placed]:
    """Grids that fit well enough to be read, as they are found, until `deadline`."""
    for placed in placements_of(grey, ALL_SCALES, _MAX_PLACED, thorough=True):
        yield placed
        if time.monotonic() >= deadline:
            return


def placements_of(
    grey: Grey, scales: tuple[float, ...], most: int, *, thorough: bool
) -> Iterator[Placed]:
    """As `placements`, of at most so many guesses, with finders looked for at these scales."""
    for guess in guesses(grey, scales, thorough=thorough)[:most]:
        placed = module_grid.place(grey, guess)
        if placed is not None and placed.agreement >= WORTH_SOLVING:
            yield placed


def guesses(
    grey: Grey, scales: tuple[float, ...] = ALL_SCALES, *, thorough: bool = True
) -> list[Guess]:
    """Which finders may be a symbol's, the likeliest first.

    Not `thorough`: a third finder is looked for where two are plain, not wherever two may be.
    """
    finders = find_finders(grey, scales, most=MANY_PEAKS if thorough else QUICK_PEAKS)
    least = _SURE_FINDER if thorough else _PLAIN_FINDER
    sure = [f for f in finders if f.score > least][:_MAX_SURE]
    if len(sure) < 2:
        return []
    texture, guesser = _Texture(grey), Guesser(grey)
    likely = _judged(triples(finders)[:_MAX_TRIPLES], texture, guesser)
    if not likely or likely[0].squareness < _PLAINLY_SQUARE:
        pairs = sorted(combinations(sure, 2), key=lambda pair: -pair[0].score - pair[1].score)
        found = [
            t for a, b in pairs[: _MAX_PAIRS if thorough else 2] for t in completed(grey, a, b)
        ]
        likely += _judged(found, texture, guesser)
    return _apart(sorted(likely, key=lambda g: -g.squareness))


def _judged(found: list[Triple], texture: _Texture, guesser: Guesser) -> list[Guess]:
    judged = [guesser.guess(triple) for triple in found if texture.within(triple)]
    likely = [g for g in judged if g and g.squareness > _MIN_SQUARENESS]
    return sorted(likely, key=lambda g: -g.squareness)


def _apart(guesses: list[Guess]) -> list[Guess]:
    """Without those that differ from a better one by a module or two."""
    kept: list[Guess] = []
    for guess in guesses:
        if not any(guess.triple.near(k.triple) for k in kept):
            kept.append(guess)
    return kept


class _Texture:
    """Where a picture is as busy as the inside of a symbol."""

    def __init__(self, grey: Grey) -> None:
        half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        edges = cv2.convertScaleAbs(cv2.Laplacian(half, cv2.CV_16S))
        self._scale = 1 / 16
        self._map = as_u8(cv2.resize(edges, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA))

    def within(self, triple: Triple) -> bool:
        """Whether most of the square that the triple spans is busy."""
        corner = np.array((triple.corner.x, triple.corner.y))
        right = np.array((triple.right.x, triple.right.y)) - corner
        below = np.array((triple.below.x, triple.below.y)) - corner
        steps = np.array([(u, v) for u in (0.2, 0.4, 0.6, 0.8) for v in (0.2, 0.4, 0.6, 0.8)])
        inside = self._at(corner + steps[:, :1] * right + steps[:, 1:] * below)
        ends = self._at(np.array((corner, corner + right, corner + below)))
        return float(np.sort(inside)[len(inside) // 2]) > _MIN_TEXTURE * float(ends.min())

    def _at(self, points: Points) -> Floats:
        height, width = self._map.shape
        at = (points * self._scale).astype(np.intp)
        x, y = at[:, 0].clip(0, width - 1), at[:, 1].clip(0, height - 1)
        return np.asarray(self._map[y, x], np.float32)
