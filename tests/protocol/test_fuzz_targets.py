"""The fuzzer's targets for a short while, without it: every seed, and seeds damaged a little."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.nightly.fuzz_targets import MODES, TARGETS

DAMAGED = 1500
REACHED = {
    "codes": {"accepted", "malformed", "bad_signature", "unknown_key", "stale", "wrong_store"},
    "documents": {"the keys", "other keys", "a policy", "a trust file"},
}


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_has_an_outcome(name: str) -> None:
    target, seeds = TARGETS[name]
    given = list(seeds())
    modes = MODES[name]
    # What no vector holds alone, an unprotected header or a phone's key, is found by fuzzing.
    assert len({seed[0] % modes for seed in given}) >= modes - 2
    outcomes = Counter(target(seed) for seed in given)
    assert set(outcomes) >= REACHED[name], outcomes


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_seeds_have_an_outcome(name: str) -> None:
    target, seeds = TARGETS[name]
    given, chance = list(seeds()), random.Random(45)
    for _ in range(DAMAGED):
        seed = bytearray(chance.choice(given))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(seed))
            match chance.randrange(4):
                case 0:
                    seed[at] ^= 1 << chance.randrange(8)
                case 1:
                    seed[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
                case 2:
                    other = chance.choice(given)
                    seed[at:] = other[chance.randrange(len(other)) :]
                case _:
                    seed[0] = chance.randrange(256)
            if not seed:
                break
        assert target(bytes(seed))
