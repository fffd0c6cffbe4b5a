"""Ten thousand valid codes of every tier, algorithm, item count and option: all are accepted."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import islice, product

import pytest

from kiosk.domain.policy import Policy
from kiosk.domain.verification import Situation, judge
from kiosk.domain.vouchers import (
    CODE_TIERS,
    CodeOptions,
    Item,
    LocationCheck,
    PickupCode,
    Place,
    Tier,
)
from kiosk.protocol import cose
from kiosk.protocol.codes import MAX_TEXT_CHARS, encode_bound, encode_code, encode_showing
from kiosk.protocol.cose import Algorithm, PrivateKey
from kiosk.protocol.verifier import CodeVerifier
from tests.fakes import NOW_S, STORE, Issuer, instant

CODES = 10_000
MANY_CODES = 200_000
HERE = Situation(STORE, instant(), Policy(max_status_age_s=0))
# RSA signatures cost ten times as much to make, and differ least from code to code.
WEIGHTS = {Algorithm.ED25519: 9, Algorithm.ESP256: 9, Algorithm.PS256: 1}
ISSUER = Issuer(*Algorithm)
PHONES = [cose.generate_key(Algorithm.ED25519), cose.generate_key(Algorithm.ESP256)]
KEY_SET = ISSUER.key_set()
VERIFIER = CodeVerifier(lambda: KEY_SET)
SKUS = ("A", "CRAB-4L", "GIFT-BOX", "口红-01", "x" * 64, "ß", "0", "SKU with spaces", "🦀")


def any_code(chance: random.Random, tier: Tier, algorithm: Algorithm) -> PickupCode:
    """A valid code, not yet signed."""
    newest_s = NOW_S + 15
    oldest_s = newest_s - {Tier.V1: 48 * 3600 - 16, Tier.V2: 75, Tier.V3: 24 * 3600 - 16}[tier]
    names = [(sku, group) for sku in SKUS for group in (None, 0, 2**31 - 1)]
    most = 4 if algorithm is Algorithm.PS256 else 12
    items = tuple(
        Item(sku, chance.choice((1, 2, 23, 24, 255, 256, 9999)), group)
        for sku, group in chance.sample(names, chance.randrange(1, most + 1))
    )
    maybe = chance.random
    return replace(
        ISSUER.code(algorithm, voucher=chance.randbytes(16), tier=tier),
        stores=chance.choice([None, (STORE,), ("S002", STORE), ("仓库", STORE, "x")]),
        issued_at_s=chance.randint(oldest_s, newest_s),
        expires_at_s=chance.choice([NOW_S + 1, NOW_S + 3600, NOW_S + 10**9]),
        not_before_s=chance.choice([None, None, 1, NOW_S]),
        items=items,
        options=CodeOptions(
            value_class=chance.randrange(4),
            window_s=chance.choice([None, 3600, 86_400]),
            location_check=chance.choice(list(LocationCheck)),
            piece_trace=maybe() < 0.5,
            holder=chance.randbytes(8) if maybe() < 0.5 else None,
        ),
        status=(chance.randrange(2**32), chance.randrange(2**32)) if maybe() < 0.5 else None,
    )


def signed(chance: random.Random, code: PickupCode, key: PrivateKey) -> str:
    """The text; of a V3 code what one of the phones shows."""
    if code.tier is not Tier.V3:
        return encode_code(code, key)
    phone = chance.choice(PHONES)
    place = Place(chance.randint(-(9 * 10**8), 9 * 10**8), chance.randint(-(10**9), 10**9))
    return encode_showing(
        encode_bound(code, key, phone.public_key()),
        phone,
        NOW_S + chance.randint(-60, 15),
        challenge=chance.choice([None, None, "0", "20481024", "9" * 16]),
        place=chance.choice([None, place]),
    )


def all_accepted(count: int, seed: int) -> Counter[tuple[Tier, Algorithm, int]]:
    """How many of each tier, algorithm and item count were accepted: all of `count`."""
    chance = random.Random(seed)
    kinds = [
        (tier, algorithm)
        for tier, algorithm in product(sorted(CODE_TIERS), Algorithm)
        for _ in range(WEIGHTS[algorithm])
    ]
    seen: Counter[tuple[Tier, Algorithm, int]] = Counter()
    while seen.total() < count:
        for tier, algorithm in islice(kinds, count - seen.total()):
            code = any_code(chance, tier, algorithm)
            text = signed(chance, code, ISSUER.keys[algorithm][1])
            if len(text) > MAX_TEXT_CHARS:
                continue  # too many items for a code that a camera can read: not valid
            read = VERIFIER.verify(text, HERE.now)
            assert isinstance(read, PickupCode), f"{read} for {text}"
            assert judge(read, HERE) is None, f"{judge(read, HERE)} for {text}"
            assert replace(read, presented=b"", proof=None) == code
            seen[tier, algorithm, len(code.items)] += 1
    return seen


def test_ten_thousand_valid_codes_are_accepted() -> None:
    seen = all_accepted(CODES, seed=10_000)
    assert seen.total() == CODES
    assert {(tier, algorithm) for tier, algorithm, _ in seen} == set(product(CODE_TIERS, Algorithm))
    assert {count for *_, count in seen} >= set(range(1, 11))


@pytest.mark.nightly
@pytest.mark.timeout(0)
def test_many_more_are_accepted() -> None:
    assert all_accepted(MANY_CODES, seed=random.randrange(2**32)).total() == MANY_CODES
