"""Reed–Solomon over GF(256) as QR codes use it, with erasures: bytes known to be unreliable.

An erasure costs one byte of redundancy, an error two: a patch that a lamp burnt out, once it is
told, may be twice as large as one that the decoder has to find. ISO/IEC 18004, annex B.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_POLYNOMIAL = 0x11D
_ORDER = 255


def _tables() -> tuple[list[int], list[int]]:
    exp, log, value = [0] * (2 * _ORDER), [0] * (_ORDER + 1), 1
    for power in range(_ORDER):
        exp[power] = exp[power + _ORDER] = value
        log[value] = power
        value <<= 1
        if value > _ORDER:
            value ^= _POLYNOMIAL
    return exp, log


_EXP, _LOG = _tables()
_EXP_ARRAY, _LOG_ARRAY = np.array(_EXP, np.uint8), np.array(_LOG, np.int64)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A whole word (data, then redundancy) and what it took: `errors` beside the erasures."""

    word: list[int]
    errors: int


def correct(word: Sequence[int], parity: int, erased: Sequence[int] = ()) -> Corrected | None:
    """The code word nearest to `word`, whose last `parity` bytes are redundancy; None if none is.

    `erased` are distinct positions (0 first) whose bytes are not to be believed.
    """
    if len(erased) > parity:
        return None
    syndromes = _syndromes(word, parity)
    if not any(syndromes):
        return Corrected(list(word), 0)
    last = len(word) - 1
    locator = _locator(syndromes, [_EXP[last - at] for at in erased])
    if locator is None:
        return None
    places = _roots(locator, len(word))
    if len(places) != len(locator) - 1:
        return None
    fixed = _magnitudes(list(word), syndromes, locator, places)
    if any(_syndromes(fixed, parity)):
        return None
    return Corrected(fixed, len(set(places) - set(erased)))


def _syndromes(word: Sequence[int], parity: int) -> list[int]:
    values = np.asarray(word, np.int64)
    powers = np.arange(len(values) - 1, -1, -1)
    terms = (_LOG_ARRAY[values][None, :] + np.arange(parity)[:, None] * powers[None, :]) % _ORDER
    products = np.where(values[None, :] == 0, 0, _EXP_ARRAY[terms])
    return [int(s) for s in np.bitwise_xor.reduce(products, axis=1)]


def _locator(syndromes: list[int], erased: list[int]) -> list[int] | None:
    """The polynomial whose roots tell all places, lowest power first (Berlekamp–Massey)."""
    locator = [1]
    for place in erased:
        locator = _product(locator, [1, place])
    count, previous = len(erased), list(locator)
    for step in range(len(erased), len(syndromes)):
        previous = [0, *previous]
        gap = 0
        for i, factor in enumerate(locator):
            if i <= step:
                gap ^= _times(factor, syndromes[step - i])
        if gap == 0:
            continue
        longer = [
            (locator[i] if i < len(locator) else 0)
            ^ (_times(gap, previous[i]) if i < len(previous) else 0)
            for i in range(max(len(locator), len(previous)))
        ]
        if 2 * count <= step + len(erased):
            count = step + 1 + len(erased) - count
            inverse = _EXP[_ORDER - _LOG[gap]]
            previous = [_times(inverse, factor) for factor in locator]
        locator = longer
    while locator and locator[-1] == 0:
        locator.pop()
    errors = len(locator) - 1 - len(erased)
    return locator if errors >= 0 and 2 * errors + len(erased) <= len(syndromes) else None


def _roots(locator: list[int], length: int) -> list[int]:
    """The positions in a word of `length` bytes at which the locator vanishes."""
    powers = np.arange(length)
    total = np.zeros(length, np.uint8)
    for degree, factor in enumerate(locator):
        if factor:
            total ^= _EXP_ARRAY[(_LOG[factor] - degree * powers) % _ORDER]
    return [length - 1 - int(power) for power in np.flatnonzero(total == 0)]


def _magnitudes(
    word: list[int], syndromes: list[int], locator: list[int], places: list[int]
) -> list[int]:
    """Forney: by how much each place is wrong."""
    evaluator = _product(syndromes, locator)[: len(syndromes)]
    slope = [factor if degree % 2 else 0 for degree, factor in enumerate(locator)][1:]
    for at in places:
        power = len(word) - 1 - at
        below = _value(slope, -power)
        if below:
            ratio = (_LOG[v] if (v := _value(evaluator, -power)) else None, _LOG[below])
            if ratio[0] is not None:
                word[at] ^= _EXP[(power + ratio[0] - ratio[1]) % _ORDER]
    return word


def _value(polynomial: list[int], power: int) -> int:
    total = 0
    for degree, factor in enumerate(polynomial):
        if factor:
            total ^= _EXP[(_LOG[factor] + degree * power) % _ORDER]
    return total


def _times(a: int, b: int) -> int:
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _product(a: list[int], b: list[int]) -> list[int]:
    product = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                if y:
                    product[i + j] ^= _EXP[_LOG[x] + _LOG[y]]
    return product
