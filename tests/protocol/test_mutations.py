"""A valid code with any small change is refused, whatever its tier and algorithm."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pytest

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.verdicts import Verdict
from kiosk.domain.vouchers import PickupCode
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import KeySet
from kiosk.protocol.trust import open_bundle
from kiosk.protocol.verifier import CodeVerifier
from tests.data.vectors import shop
from tests.protocol import mutations

NOW = Instant(shop.NOW_S, Confidence.CARRIED)
ED25519 = [f"V{tier} ED25519" for tier in (1, 2, 3)]
OTHERS = ["V1 ESP256", "V1 PS256", "V3 phone ESP256"]
"""The rest, and every letter of these, is for the night."""
FEW_LETTERS = "0A:"


@cache
def key_set() -> KeySet:
    return open_bundle(shop.trust())[0]


VERIFIER = CodeVerifier(key_set)


@cache
def codes() -> dict[str, str]:
    """A code of each tier and algorithm, of the issuer and of the phone."""
    made = {shop.label(*which): shop.code("mutations", *which) for which in shop.EVERY}
    phone = shop.PHONES[Algorithm.ESP256]
    made["V3 phone ESP256"] = shop.code("mutations", 3, Algorithm.ESP256, phone=phone)
    return made


def refused(text: str, changed: Iterable[str]) -> int:
    """How many changes were tried; each is refused, and the code itself is not."""
    assert isinstance(VERIFIER.verify(text, NOW), PickupCode)
    tried = 0
    for other in changed:
        assert other != text
        assert isinstance(VERIFIER.verify(other, NOW), Verdict), f"accepted: {other!r}"
        tried += 1
    return tried


@pytest.mark.parametrize("name", [*ED25519, *OTHERS])
def test_every_flipped_bit_is_refused(name: str) -> None:
    text = codes()[name]
    tried = refused(text, mutations.bit_flips(text))
    assert tried == 8 * len(mutations.split(text)[1])


@pytest.mark.parametrize("name", ED25519)
def test_every_changed_letter_is_refused(name: str) -> None:
    text = codes()[name]
    tried = refused(text, mutations.letter_changes(text))
    assert tried == len(text) * (len(mutations.ALPHABET + mutations.FOREIGN) - 1)


@pytest.mark.parametrize("name", OTHERS)
def test_changed_letters_are_refused(name: str) -> None:
    text = codes()[name]
    assert refused(text, mutations.letter_changes(text, FEW_LETTERS)) > len(text)


@pytest.mark.parametrize("name", [*ED25519, *OTHERS])
@pytest.mark.parametrize(
    "change",
    [mutations.truncations, mutations.extensions, mutations.moves],
    ids=lambda change: change.__name__,
)
def test_other_ends_and_orders_are_refused(
    name: str, change: Callable[[str], Iterator[str]]
) -> None:
    text = codes()[name]
    assert refused(text, change(text)) > len(mutations.ALPHABET)


def test_another_prefix_is_refused() -> None:
    for text in codes().values():
        others = (f"TH{tier}:" for tier in range(10) if tier != int(text[2]))
        assert refused(text, (prefix + text[4:] for prefix in others)) == 9


@pytest.mark.nightly
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", codes())
def test_every_change_of_every_code_is_refused(name: str) -> None:
    text = codes()[name]
    every = (
        mutations.bit_flips,
        mutations.letter_changes,
        mutations.truncations,
        mutations.extensions,
        mutations.moves,
    )
    assert all(refused(text, change(text)) > len(mutations.ALPHABET) for change in every)


@pytest.mark.nightly
@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", ED25519)
def test_any_two_flipped_bits_are_refused(name: str) -> None:
    text, chance = codes()[name], random.Random(name)
    assert refused(text, mutations.two_flips(text, chance, 200_000)) == 200_000
