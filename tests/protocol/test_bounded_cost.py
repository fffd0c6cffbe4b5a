"""Whatever is shown: few signature checks, little memory. `make bench` tells how long it takes."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count

import pytest

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.verdicts import Verdict
from kiosk.protocol import cbor, cose
from kiosk.protocol.codes import MAX_TEXT_CHARS
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import MAX_KEYS_OF_ONE_ID, KeySet, open_key_set, sign_key_set
from kiosk.protocol.trust import open_bundle
from kiosk.protocol.verifier import CodeVerifier
from tests.data.vectors import make, shop
from tests.data.vectors.shop import NOW_S, bstr, head, header, issued, shown, signed, text_of

MOST_BYTES = 256 * 1024
NOW = Instant(NOW_S, Confidence.CARRIED)
BODY_BYTES = (MAX_TEXT_CHARS - 4) // 3 * 2


@cache
def key_set() -> KeySet:
    return open_bundle(shop.trust())[0]


@cache
def crowded_key_set() -> KeySet:
    """As many keys under one id as a key set may have, none of them the signer's."""
    key_id, _ = shop.ISSUERS[Algorithm.ED25519]
    (usual,) = (key for key in key_set().keys if key.key_id == key_id)
    strangers = tuple(
        replace(usual, key=cose.generate_key(Algorithm.ED25519).public_key())
        for _ in range(MAX_KEYS_OF_ONE_ID)
    )
    crowded = replace(key_set(), keys=strangers)
    signed_ = sign_key_set(crowded, shop.ROOT.private_key, b"the-root")
    return open_key_set(signed_, shop.ROOT.public_key)


def filled(head_: bytes, unit: bytes, size: int) -> bytes:
    """As many units as fit."""
    return head_ + unit * ((size - len(head_)) // len(unit))


def claims_with(value: bytes) -> bytes:
    """Good claims, and a claim that nobody knows with this in it."""
    good = cbor.encode(shop.claims_of("worst", 1))
    return head(5, (good[0] & 31) + 1) + good[1:] + b"\x61x" + value


def numbered(size: int) -> bytes:
    """A map with about as many keys as fit."""
    keys = range(256, 256 + (size - 3) // 4)
    return head(5, len(keys)) + b"".join(cbor.encode(key) + b"\0" for key in keys)


def worst_texts() -> dict[str, str]:
    """The longest of every structure, in the envelope and, well signed, in the claims."""
    room = BODY_BYTES - 250
    fillings: dict[str, Callable[[int], bytes]] = {
        "small numbers": lambda size: filled(head(4, size - 3), b"\0", size),
        "empty arrays": lambda size: filled(head(4, size - 3), b"\x80", size),
        "empty maps": lambda size: filled(head(4, size - 3), b"\xa0", size),
        "empty texts": lambda size: filled(head(4, size - 3), b"\x60", size),
        "large numbers": lambda size: filled(head(4, (size - 3) // 9), b"\x3b" + b"\xff" * 8, size),
        "nested arrays": lambda size: b"\x81" * (size - 1) + b"\0",
        "nested maps": lambda size: b"\xa1\0" * (size // 2) + b"\0",
        "many keys": numbered,
        "long text": lambda size: head(3, size - 3) + b"A" * (size - 3),
        "wide text": lambda size: head(3, (size - 3) // 4 * 4) + "🦀".encode() * ((size - 3) // 4),
        "claimed to be huge": lambda _: b"\x9b" + b"\xff" * 8,
        "a huge map": lambda _: b"\xbb" + b"\xff" * 8,
        "a huge text": lambda _: b"\x7b" + b"\xff" * 8,
    }
    texts = {}
    for what, fill in fillings.items():
        texts[f"envelope: {what}"] = text_of(1, fill(BODY_BYTES))
        texts[f"claims: {what}"] = text_of(1, issued(claims_with(fill(room))))
    items: cbor.CborValue = [[chr(65 + n % 26) + str(n), 1] for n in range(80)]
    for tier in (1, 2):
        texts[f"V{tier}: many items"] = shop.code("worst", tier, changes={shop.ITEMS: items})
    texts["V1: many stores"] = shop.code("worst", 1, changes={shop.AUD: ["S"] * 200})
    texts["V3: a long inner half"] = text_of(3, shown(bstr(bytes(400))))
    texts["a long wrong signature"] = text_of(
        1, shop.envelope(header(-19, shop.ISSUERS[Algorithm.ED25519][0]), b"", bytes(500))
    )
    texts["only the alphabet"] = "TH1:" + "0" * (MAX_TEXT_CHARS - 4)
    texts["a million characters"] = "TH1:" + "A" * 999_996
    texts["a million wide characters"] = "🦀" * 1_000_000
    return texts


def peak_of(text: str, judge: CodeVerifier) -> int:
    tracemalloc.start()
    try:
        judge.verify(text, NOW)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", worst_texts())
def test_the_worst_texts_take_little_memory(name: str) -> None:
    text, judge = worst_texts()[name], CodeVerifier(key_set)
    judge.verify(text, NOW)  # what is loaded once is not the text's doing
    assert peak_of(text, judge) < MOST_BYTES
    assert len(text) > MAX_TEXT_CHARS - 260 or "huge" in name or "million" in name or name[0] == "V"


def test_no_vector_takes_much_memory() -> None:
    judge = CodeVerifier(key_set)
    for path in make.FILES:
        for case in json.loads((make.FOLDER / f"{path}.json").read_bytes())["cases"]:
            judge.verify(case["text"], NOW)
            assert peak_of(case["text"], judge) < MOST_BYTES, case["name"]


def test_a_refusal_costs_few_signature_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    crowded, usual = CodeVerifier(crowded_key_set), CodeVerifier(key_set)
    assert len(crowded_key_set().keys) == MAX_KEYS_OF_ONE_ID
    assert key_set().keys
    checks = count()
    real = cose.verifies

    def counted(message: cose.Sign1, key: cose.PublicKey) -> bool:
        next(checks)
        return real(message, key)

    monkeypatch.setattr(cose, "verifies", counted)
    key_id, key = shop.ISSUERS[Algorithm.ED25519]
    payload = cbor.encode(shop.claims_of("crowd", 1))
    answer = crowded.verify(text_of(1, signed(payload, key, header(-19, key_id))), NOW)
    assert isinstance(answer, Verdict)
    assert answer.reason == "issuer_signature"
    assert next(checks) == MAX_KEYS_OF_ONE_ID
    # V3: the issuer's, then the phone's, and not one more.
    checks = count()
    stolen = text_of(3, shown(shop.bound("crowd"), shop.STRANGER))
    assert isinstance(usual.verify(stolen, NOW), Verdict)
    assert next(checks) <= 2


def test_nothing_is_verified_before_form_and_key_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(message: cose.Sign1, key: cose.PublicKey) -> bool:
        pytest.fail("a signature was checked")

    monkeypatch.setattr(cose, "verifies", never)
    judge = CodeVerifier(key_set)
    for path in ("text", "cose", "keys"):
        for case in json.loads((make.FOLDER / f"{path}.json").read_bytes())["cases"]:
            assert isinstance(judge.verify(case["text"], NOW), Verdict), case["name"]
