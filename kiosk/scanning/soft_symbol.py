"""From how dark each module looks to the text: soft decisions, erasures, several tries.

Readers decide each module first and correct afterwards; so a patch of glare counts as so many
errors. Here the doubtful bytes are told to the Reed–Solomon decoder as erasures, which doubles what
it can mend. The mended symbol is drawn anew and read by zxing-cpp, so that there is one
place where bits become text.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kiosk.scanning import qr_layout, reed_solomon
from kiosk.scanning.qr_layout import Layout
from kiosk.scanning.symbols import read_drawn
from kiosk.scanning.vision import Grey

Soft = npt.NDArray[np.float32]
"""n×n: above zero dark, below light; how far from zero, how sure."""

_SPARE = 4
"""Redundancy that is never spent on erasures: what tells a mended word from an invented one."""
_STEPS = (0.0, 0.3, 0.5, 0.7, 0.85, 1.0)
_HOPELESS = 3
"""Bytes are dealt out to the blocks in turn: when so many fail, the others would too."""
_FORMAT_AGREES = 0.35
_QUIET, _MODULE_PX = 4, 3


class SymbolSolver:
    """Puts one symbol together from looks at it, block by block.

    A block that one look solved stays solved; what it says about its modules (`known`) helps to see
    the others better.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._format: int | None = None
        self._solved: dict[int, list[int]] = {}

    def offer(self, soft: Soft) -> bool:
        """Tries the unsolved blocks on one look; whether any gave way."""
        formats = [self._format] if self._format is not None else _formats(soft, self.layout)
        for word in formats:
            if self._try(soft, word):
                self._format = word
                return True
        return False

    def _try(self, soft: Soft, word: int) -> bool:
        turned = qr_layout.masked(word & 7, self.layout.data)
        values = soft[self.layout.data[:, 0], self.layout.data[:, 1]]
        values = np.where(turned, -values, values)
        count = len(values) // 8
        values = values[: 8 * count].reshape(count, 8)
        stream = np.packbits(values > 0, axis=1)[:, 0]
        sure = np.abs(values).min(axis=1)
        progress, failed = False, 0
        for index, block in enumerate(qr_layout.blocks(self.layout.version, word >> 3)):
            if index not in self._solved and (progress or failed < _HOPELESS):
                places = np.array(block.places)
                mended = _mended(stream[places], sure[places], block.parity)
                if mended is not None:
                    self._solved[index] = mended
                    progress = True
                else:
                    failed += 1
        return progress

    @property
    def solved(self) -> bool:
        """Whether every block is."""
        return self._format is not None and len(self._solved) == len(
            qr_layout.blocks(self.layout.version, self._format >> 3)
        )

    def known(self) -> qr_layout.Signs:
        """The modules that are certain by now."""
        signs = self.layout.fixed.copy()
        if self._format is None:
            return signs
        for places in self.layout.format_bits:
            signs[places[:, 0], places[:, 1]] = qr_layout.formats()[self._format]
        turned = qr_layout.masked(self._format & 7, self.layout.data)
        blocks = qr_layout.blocks(self.layout.version, self._format >> 3)
        for index, word in self._solved.items():
            bits = np.unpackbits(np.array(word, np.uint8)).astype(np.bool_)
            at = (np.array(blocks[index].places)[:, None] * 8 + np.arange(8)).ravel()
            dark = bits ^ turned[at]
            signs[self.layout.data[at, 0], self.layout.data[at, 1]] = np.where(dark, 1, -1)
        # What is left over after the last byte is always light before masking.
        rest = slice(8 * sum(len(b.places) for b in blocks), None)
        signs[self.layout.data[rest, 0], self.layout.data[rest, 1]] = np.where(turned[rest], 1, -1)
        return signs

    def text(self) -> str | None:
        """The text of the whole symbol, None before it is solved."""
        return read_drawn(_drawn(self.known())) if self.solved else None


def _formats(soft: Soft, layout: Layout) -> list[int]:
    """The likeliest formats, at most two: both copies together, softly."""
    seen = np.zeros(15, np.float32)
    for places in layout.format_bits:
        seen += np.clip(soft[places[:, 0], places[:, 1]], -1, 1)
    total = float(np.abs(seen).sum())
    if total == 0:
        return []
    scores = qr_layout.formats() @ seen / total
    best = np.argsort(scores)[::-1][:2]
    return [int(word) for word in best if scores[word] > _FORMAT_AGREES]


def _mended(
    word: npt.NDArray[np.uint8], sure: npt.NDArray[np.float32], parity: int
) -> list[int] | None:
    """The block's bytes, giving up more and more of the least sure ones until the rest agrees."""
    spare = min(_SPARE, parity // 4)
    order = np.argsort(sure)
    values = word.tolist()
    for step in _STEPS:
        erased = order[: int(step * (parity - spare))].tolist()
        mended = reed_solomon.correct(values, parity, erased)
        if mended and 2 * mended.errors + len(erased) <= parity - spare:
            return mended.word
    return None


def _drawn(signs: qr_layout.Signs) -> Grey:
    modules = np.pad(np.where(signs > 0, np.uint8(0), np.uint8(255)), _QUIET, constant_values=255)
    return np.asarray(modules.repeat(_MODULE_PX, axis=0).repeat(_MODULE_PX, axis=1))
