"""One symbol over several frames: seen but not read, it is followed, and the looks at it add up.

Noise, moiré and reflections differ from frame to frame, the modules do not. Looks are added module
by module on the symbol's own grid, so nothing needs to be aligned but the grid.
"""

from __future__ import annotations

import numpy as np

from kiosk.scanning import module_grid, qr_layout
from kiosk.scanning.equaliser import equalised
from kiosk.scanning.ground import Floats, Placed
from kiosk.scanning.patient import WORTH_SOLVING, placements_of
from kiosk.scanning.soft_symbol import SymbolSolver
from kiosk.scanning.symbols import Symbol
from kiosk.scanning.vision import Grey

_FADE = 0.85
_SAME = 0.12
"""Looks at one symbol agree by more than chance even when each is one third wrong; looks at two
symbols by less than 0.05."""
_ROUNDS = 2
_LIVE_PLACED = 1


class SymbolTracker:
    """Follows the one symbol that could be placed and not yet read. One thread."""

    def __init__(self) -> None:
        self._placed: Placed | None = None
        self._sum: Floats | None = None
        self.looks = 0
        """How many frames have been added up."""

    @property
    def following(self) -> bool:
        """Whether something like a code is in view."""
        return self._placed is not None

    def drop(self) -> None:
        """Forgets the symbol: it was read, or is gone."""
        self._placed, self._sum, self.looks = None, None, 0

    def search(self, grey: Grey, scales: tuple[float, ...]) -> Symbol | None:
        """Looks for a symbol in the whole frame at these scales, and at it once."""
        for placed in placements_of(grey, scales, _LIVE_PLACED, thorough=False):
            self.drop()
            self._placed = placed
            if symbol := self.look(grey, placed):
                return symbol
            return None
        return None

    def follow(self, grey: Grey) -> Symbol | None:
        """Looks again at the symbol followed, in the next frame."""
        last = self._placed
        if last is None:
            return None
        placed = module_grid.again(grey, last)
        if placed is None or placed.agreement < WORTH_SOLVING:
            self.drop()
            return None
        self._placed = placed
        return self.look(grey, placed)

    def look(self, grey: Grey, placed: Placed) -> Symbol | None:
        """Adds one look at a symbol whose grid is known; the symbol, once the sum can be read."""
        thirds = module_grid.thirds(grey, placed)
        solver = SymbolSolver(placed.layout)
        soft = equalised(thirds, placed.layout.fixed)
        before = self._before(soft, placed.layout)
        if solver.offer(soft + before):
            for _ in range(_ROUNDS):
                if solver.solved or not solver.offer(equalised(thirds, solver.known()) + before):
                    break
        self._sum = before + soft
        self.looks += 1
        text = solver.text()
        if text is None:
            return None
        self.drop()
        return Symbol(text, placed.quad)

    def _before(self, soft: Floats, layout: qr_layout.Layout) -> Floats:
        """What earlier looks add to this one: nothing if they were at another symbol."""
        nothing = np.zeros_like(soft)
        if self._sum is None or self._sum.shape != soft.shape:
            return nothing
        free = layout.fixed == 0
        a, b = np.tanh(self._sum[free]), np.tanh(soft[free])
        alike = float((a * b).sum()) / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-6)
        if alike < _SAME:
            self.looks = 0
            return nothing
        return np.asarray(_FADE * self._sum, np.float32)
