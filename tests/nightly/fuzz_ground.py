"""What both targets of the fuzzer stand on: who is trusted, and values to put in odd places."""

from __future__ import annotations

from functools import cache
from typing import Any

from kiosk.domain.clock import Confidence, Instant
from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborError, CborValue
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import KeySet
from kiosk.protocol.trust import TrustBundle, open_bundle
from kiosk.protocol.verifier import CodeVerifier
from tests.data.vectors import shop
from tests.data.vectors.shop import NOW_S, PHONE, STORE, header

NOW = Instant(NOW_S, Confidence.CARRIED)
KEY_ID, KEY = shop.ISSUERS[Algorithm.ED25519]
HEADER = header(-19, KEY_ID)
ROOT_HEADER, DOCUMENTS_HEADER = header(-19, b"the-root"), header(-19, b"document")


class Wrong(AssertionError):
    """Something that must never happen."""


@cache
def trust() -> TrustBundle:
    return shop.trust()


@cache
def signed_key_sets() -> frozenset[bytes]:
    """All that the root has signed and an input may hold."""
    return frozenset({trust().key_set, shop.trust(expires_at_s=NOW_S).key_set})


@cache
def trusted_keys() -> KeySet:
    return open_bundle(trust())[0]


VERIFIER = CodeVerifier(trusted_keys)


def payload_of(message: bytes) -> bytes:
    parts = parts_of(message)
    if parts is None:
        raise Wrong("a message of the vectors is none")
    return parts[2]


def parts_of(message: CborValue) -> tuple[bytes, bytes, bytes] | None:
    """Protected header, nothing, payload – if it looks like a COSE_Sign1."""
    try:
        parts = cbor.decode(message) if isinstance(message, bytes) else None
    except CborError:
        return None
    match parts:
        case [bytes(protected), _, bytes(payload), _]:
            return protected, b"", payload
        case _:
            return None


POOL: tuple[Any, ...] = (
    *(0, 1, 2, 3, -1, 255, 9999, 10_000, 2**31, 2**32, 2**64 - 1, -(2**64), True, False, None),
    *(NOW_S + by for by in (-172_800, -86_400, -61, -60, -5, 0, 15, 16, 86_400)),
    *("*", "", STORE, "S002", "\u202e", b"", bytes(8), bytes(16), [], {}),
    *([STORE], [STORE, "*"], ["S002", STORE], [STORE, 1], [[STORE]]),
    *([["A", 1]], [["A", 1], ["A", 1]], [["A", 1, 0], ["A", 1]], [["A", 0]], [["A", True]], [[]]),
    *([0, 1], [1, 2**32], [True, 0], [0], {1: 3}, {1: 4}, {2: 30}, {2: 0}, {3: 255}, {4: 1}),
    *({4: True, 5: bytes(8)}, {5: b"7 bytes"}, {1: {}}, "20481024", "²", [0, 0], [0, 2**40]),
    *(shop.named_phone(PHONE), shop.named_phone(shop.STRANGER), {1: True}),
)
