"""Where everything is in a QR symbol of each version: ISO/IEC 18004, clauses 6.3 and 7.7 … 7.9."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from segno import consts

MIN_VERSION, MAX_VERSION = 1, 40
FINDER = 7
_VERSION_INFO_FROM = 7
_FORMAT_MASK, _FORMAT_GENERATOR = 0x5412, 0x537
_VERSION_GENERATOR = 0x1F25
_LEVELS: dict[int, Any] = {
    0: consts.ERROR_LEVEL_M,
    1: consts.ERROR_LEVEL_L,
    2: consts.ERROR_LEVEL_H,
    3: consts.ERROR_LEVEL_Q,
}
"""The format's two bits and what they stand for."""

Signs = npt.NDArray[np.int8]
"""n×n: 1 dark, -1 light, 0 not known."""
Places = npt.NDArray[np.int32]
"""k×2: row, column."""


@dataclass(frozen=True, slots=True)
class Block:
    """One Reed–Solomon block: where its bytes are in the stream, and how many are redundancy."""

    places: tuple[int, ...]
    parity: int


@dataclass(frozen=True, slots=True)
class Layout:
    """One version's symbol.

    `fixed`: finders, separators, timing, alignment, version: the same in every symbol.
    `format_bits`: the 15 places, most significant first, of each of the two copies.
    `data`: the places of the stream's bits, in their order.
    """

    version: int
    size: int
    fixed: Signs
    format_bits: tuple[Places, Places]
    data: Places
    alignments: tuple[tuple[int, int], ...]
    fixed_places: tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]
    """The fixed modules' middles (3×k: x, y, 1) and how bright each is: 1 light, -1 dark."""

    @property
    def finders(self) -> tuple[tuple[float, float], ...]:
        """Middles (x, y) in modules: top left, top right, bottom left."""
        near, far = FINDER / 2, self.size - FINDER / 2
        return ((near, near), (far, near), (near, far))


def size_of(version: int) -> int:
    """Modules a side."""
    return 17 + 4 * version


@lru_cache(maxsize=8)
def layout(version: int) -> Layout:
    """The layout of versions 1 … 40."""
    size = size_of(version)
    fixed = np.zeros((size, size), np.int8)
    timing = np.where(np.arange(size) % 2 == 0, 1, -1)
    fixed[6, :] = fixed[:, 6] = timing
    finder = finder_signs()
    for y, x in ((0, 0), (0, size - 8), (size - 8, 0)):
        fixed[y : y + 8, x : x + 8] = finder[1 if y == 0 else 0 :, 1 if x == 0 else 0 :][:8, :8]
    alignments = _alignments(version)
    for x, y in alignments:
        fixed[y - 2 : y + 3, x - 2 : x + 3] = alignment_signs()
    if version >= _VERSION_INFO_FROM:
        bits = _with_remainder(version, 6, _VERSION_GENERATOR, 12)
        for i in range(18):
            sign = 1 if bits >> i & 1 else -1
            fixed[size - 11 + i % 3, i // 3] = fixed[i // 3, size - 11 + i % 3] = sign
    fixed[size - 8, 8] = 1
    around = _format_places(size)
    free = fixed == 0
    for places in around:
        free[places[:, 0], places[:, 1]] = False
    rows, columns = np.nonzero(fixed)
    middles = np.vstack((columns + 0.5, rows + 0.5, np.ones(len(rows))))
    bright = -fixed[rows, columns].astype(np.float32)
    return Layout(version, size, fixed, around, _stream(free), alignments, (middles, bright))


def finder_signs() -> Signs:
    """9×9: a finder with its light surroundings."""
    distance = np.maximum(*np.abs(np.mgrid[-4:5, -4:5]))
    return np.where((distance == 2) | (distance == 4), -1, 1).astype(np.int8)


def alignment_signs() -> Signs:
    """5×5."""
    return np.where(np.maximum(*np.abs(np.mgrid[-2:3, -2:3])) == 1, -1, 1).astype(np.int8)


def _alignments(version: int) -> tuple[tuple[int, int], ...]:
    if version == MIN_VERSION:
        return ()
    lines = consts.ALIGNMENT_POS[version - 2]
    first, last = lines[0], lines[-1]
    taken = {(first, first), (first, last), (last, first)}
    return tuple((x, y) for y in lines for x in lines if (x, y) not in taken)


def _format_places(size: int) -> tuple[Places, Places]:
    across = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    apart = [(size - 1 - i, 8) for i in range(7)] + [(8, size - 8 + i) for i in range(8)]
    return np.array(across, np.int32), np.array(apart, np.int32)


def _stream(free: npt.NDArray[np.bool_]) -> Places:
    """Two columns at a time from the right, upwards and downwards by turns."""
    size, places = len(free), []
    upwards = True
    for right in [x for x in range(size - 1, 0, -1) if x > 6 or x < 6][::2]:
        # Column 6 is timing: the pairs left of it are shifted by one.
        for y in range(size - 1, -1, -1) if upwards else range(size):
            places += [(y, x) for x in (right, right - 1) if free[y, x]]
        upwards = not upwards
    return np.array(places, np.int32)


def _with_remainder(value: int, bits: int, generator: int, check_bits: int) -> int:
    remainder = value << check_bits
    for i in range(bits - 1, -1, -1):
        if remainder >> (i + check_bits) & 1:
            remainder ^= generator << i
    return value << check_bits | remainder


@lru_cache(maxsize=1)
def formats() -> npt.NDArray[np.int8]:
    """32×15 signs: each format as it is drawn, most significant bit first; row = level, mask."""
    words = [_with_remainder(v, 5, _FORMAT_GENERATOR, 10) ^ _FORMAT_MASK for v in range(32)]
    return np.array([[1 if w >> (14 - i) & 1 else -1 for i in range(15)] for w in words], np.int8)


def masked(mask: int, places: Places) -> npt.NDArray[np.bool_]:
    """Which of the modules at `places` the data mask 0 … 7 turns over."""
    i, j = places[:, 0], places[:, 1]
    match mask:
        case 0:
            return np.asarray((i + j) % 2 == 0)
        case 1:
            return np.asarray(i % 2 == 0)
        case 2:
            return np.asarray(j % 3 == 0)
        case 3:
            return np.asarray((i + j) % 3 == 0)
        case 4:
            return np.asarray((i // 2 + j // 3) % 2 == 0)
        case 5:
            return np.asarray(i * j % 2 + i * j % 3 == 0)
        case 6:
            return np.asarray((i * j % 2 + i * j % 3) % 2 == 0)
        case _:
            return np.asarray(((i + j) % 2 + i * j % 3) % 2 == 0)


@lru_cache(maxsize=32)
def blocks(version: int, level_bits: int) -> tuple[Block, ...]:
    """The blocks of a version at the level that the format's two bits tell."""
    table: Any = consts.ECC
    groups = table[version][_LEVELS[level_bits]]
    shapes = [
        (group.num_data, group.num_total - group.num_data)
        for group in groups
        for _ in range(group.num_blocks)
    ]
    places: list[list[int]] = [[] for _ in shapes]
    at = 0
    for index in range(max(data for data, _ in shapes)):
        for number, (data, _) in enumerate(shapes):
            if index < data:
                places[number].append(at)
                at += 1
    for _ in range(shapes[0][1]):
        for taken in places:
            taken.append(at)
            at += 1
    return tuple(Block(tuple(p), shape[1]) for p, shape in zip(places, shapes, strict=True))
