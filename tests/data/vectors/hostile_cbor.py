"""Vectors of bytes that are not the one encoding of their value."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import base45

from kiosk.protocol import cbor
from kiosk.protocol.cose import Algorithm
from tests.data.vectors.shop import (
    ISSUERS,
    ITEMS,
    PHONE,
    TIER,
    Case,
    bound,
    bstr,
    claims_of,
    code,
    head,
    header,
    issued,
    signed,
    text_of,
)
from tests.data.vectors.signers import Signer

_KEY_ID, _KEY = ISSUERS[Algorithm.ED25519]
_HEADER = header(-19, _KEY_ID)


def _malformed(prefix: str, texts: dict[str, str]) -> Iterator[Case]:
    for what, text in texts.items():
        yield Case(f"{prefix}: {what}", text, "malformed")


def cbors() -> Iterator[Case]:
    """Bytes that are not the one encoding of their value – in the envelope, the header, the claims.

    Wherever it is possible the signature over them is good.
    """
    for tier in (1, 2, 3):
        good = base45.b45decode(code(f"V{tier}: CBOR", tier)[4:])
        bodies = {f"envelope, {what}": change(good) for what, change in _ENVELOPES.items()}
        yield from _malformed(f"V{tier}", {w: text_of(tier, body) for w, body in bodies.items()})
    for what, protected in _headers().items():
        for tier, key in ((1, _KEY), (3, PHONE)):
            name = f"V{tier}: header, {what}"
            yield Case(name, text_of(tier, _under_header(name, tier, key, protected)), "malformed")
    for what, raw in _RAW_VALUES.items():
        for place, payload in _with_raw_value(raw).items():
            name = f"V1: claims, {what} as {place}"
            yield Case(name, text_of(1, issued(payload)), "malformed")
    yield from _whole_payloads()


def _under_header(name: str, tier: int, key: Signer, protected: bytes) -> bytes:
    if tier == 1:
        return signed(cbor.encode(claims_of(name, 1)), key, protected)
    return signed(cbor.encode({1: bound(name), 2: 1_800_000_000}), key, protected)


_ENVELOPES: dict[str, Callable[[bytes], bytes]] = {
    "trailing byte": lambda good: good + b"\0",
    "trailing break": lambda good: good + b"\xff",
    "twice": lambda good: good + good,
    "cut short by a byte": lambda good: good[:-1],
    "cut to a byte": lambda good: good[:1],
    "cut to nothing": lambda _: b"",
    "array of indefinite length": lambda good: b"\x9f" + good[1:] + b"\xff",
    "array with a long length": lambda good: b"\x98\x04" + good[1:],
    "array with an eight-byte length": lambda good: b"\x9b" + bytes(7) + b"\x04" + good[1:],
    "array with a reserved length": lambda good: b"\x9c" + good[1:],
    "array of 2^64 - 1": lambda good: b"\x9b" + b"\xff" * 8 + good[1:],
    "header with a long length": lambda good: good[:1] + b"\x58" + bytes([good[1] - 64]) + good[2:],
    "header of indefinite length": lambda good: (
        good[:1] + b"\x5f" + good[1 : good[1] - 62] + b"\xff" + good[good[1] - 62 :]
    ),
    "nothing unprotected, of indefinite length": lambda good: good.replace(b"\xa0", b"\xbf\xff", 1),
    "nothing unprotected, with a long length": lambda good: good.replace(b"\xa0", b"\xb8\0", 1),
    "an array in place of the unprotected map": lambda good: good.replace(b"\xa0", b"\x80", 1),
    "wrapped in a byte string": bstr,
    "wrapped in an array": lambda good: b"\x81" + good,
    "wrapped in 600 arrays": lambda good: b"\x81" * 600,
    "a map": lambda _: b"\xa0",
    "an integer": lambda _: b"\0",
    "NaN": lambda _: b"\xf9\x7e\0",
    "undefined": lambda _: b"\xf7",
    "break": lambda _: b"\xff",
    "tag 18, COSE_Sign1": lambda good: b"\xd2" + good,
    "tag 61, CWT": lambda good: b"\xd8\x3d\xd2" + good,
    "tag 55799, CBOR": lambda good: b"\xd9\xd9\xf7" + good,
    "tag 98, COSE_Sign": lambda good: b"\xd8\x62" + good,
    "tag 17, COSE_Mac0": lambda good: b"\xd1" + good,
    "tag 998": lambda good: b"\xd9\x03\xe6" + good,
}


def _headers() -> dict[str, bytes]:
    kid = bstr(_KEY_ID)
    return {
        "empty": b"",
        "an empty map": b"\xa0",
        "no algorithm": b"\xa1\x04" + kid,
        "no key id": b"\xa1\x01\x32",
        "an array": b"\x80",
        "trailing byte": _HEADER + b"\0",
        "unsorted": b"\xa2\x04" + kid + b"\x01\x32",
        "algorithm twice": b"\xa3\x01\x32\x01\x32\x04" + kid,
        "long algorithm": b"\xa2\x01\x38\x12\x04" + kid,
        "two-byte algorithm": b"\xa2\x01\x39\x00\x12\x04" + kid,
        "long label": b"\xa2\x18\x01\x32\x04" + kid,
        "map of indefinite length": b"\xbf\x01\x32\x04" + kid + b"\xff",
        "key id of indefinite length": b"\xa2\x01\x32\x04\x5f" + kid + b"\xff",
        "algorithm as a float": b"\xa2\x01\xf9\xcc\xc0\x04" + kid,
        "algorithm as NaN": b"\xa2\x01\xf9\x7e\x00\x04" + kid,
        "algorithm as a big number": b"\xa2\x01\xc3\x41\x12\x04" + kid,
        "algorithm as text": b"\xa2\x01\x67Ed25519\x04" + kid,
        "algorithm none as text": b"\xa2\x01\x64none\x04" + kid,
        "algorithm true": b"\xa2\x01\xf5\x04" + kid,
        "algorithm null": b"\xa2\x01\xf6\x04" + kid,
        "key id of 7 bytes": header(-19, _KEY_ID[:7]),
        "key id of 9 bytes": header(-19, _KEY_ID + b"1"),
        "key id empty": header(-19, b""),
        "key id as text": header(-19, _KEY_ID.decode()),
        "key id in an array": header(-19, [_KEY_ID]),
        "content type": cbor.encode({1: -19, 3: 61, 4: _KEY_ID}),
        "critical label": cbor.encode({1: -19, 2: [1], 4: _KEY_ID}),
        "critical label of ours": cbor.encode({1: -19, 2: [-65537], 4: _KEY_ID, -65537: 1}),
        "nonce": cbor.encode({1: -19, 4: _KEY_ID, 5: b"nonce"}),
        "claims in the header": cbor.encode({1: -19, 4: _KEY_ID, 15: {2: bytes(16)}}),
        "a label of text": cbor.encode({1: -19, 4: _KEY_ID, "alg": -19}),
    }


_RAW_VALUES = {
    "a long 0": b"\x18\x00",
    "a two-byte 23": b"\x19\x00\x17",
    "a four-byte 65535": b"\x1a\x00\x00\xff\xff",
    "an eight-byte 2^32 - 1": b"\x1b\x00\x00\x00\x00\xff\xff\xff\xff",
    "a half float": b"\xf9\x3c\x00",
    "a single float": b"\xfa\x3f\x80\x00\x00",
    "a double float": b"\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00",
    "NaN": b"\xf9\x7e\x00",
    "infinity": b"\xf9\x7c\x00",
    "undefined": b"\xf7",
    "a simple value": b"\xf0",
    "a two-byte simple value": b"\xf8\xff",
    "a big number": b"\xc2\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00",
    "a date": b"\xc1\x1a\x6b\x49\xd2\x00",
    "text of indefinite length": b"\x7f\x61a\xff",
    "text that is no UTF-8": b"\x62\xc3\x28",
    "text with a surrogate": b"\x63\xed\xa0\x80",
    "an array of indefinite length": b"\x9f\xff",
    "a map of indefinite length": b"\xbf\xff",
    "a reserved head": b"\x1f",
    "nine nested arrays": b"\x81" * 9 + b"\x00",
    "three hundred nested arrays": b"\x81" * 300 + b"\x00",
    "an array longer than the code": b"\x9a\xff\xff\xff\xff",
    "a map with a key twice": b"\xa2\x01\x00\x01\x01",
    "a map with an array for a key": b"\xa1\x80\x00",
    "a map with true for a key": b"\xa1\xf5\x00",
    "a map with unsorted keys": b"\xa2\x02\x00\x01\x00",
}


def _with_raw_value(raw: bytes) -> dict[str, bytes]:
    """Claims with bytes of ours as a claim nobody knows, as a quantity."""
    claims = claims_of("raw value", 1)
    unknown = cbor.encode(claims | {24: 0})
    at = unknown.index(b"\x18\x18\x00")
    quantity = cbor.encode(claims | {ITEMS: [["A", 5]]})
    there = quantity.index(b"\x61A\x05") + 2
    return {
        "an unknown claim": unknown[: at + 2] + raw + unknown[at + 3 :],
        "a quantity": quantity[:there] + raw + quantity[there + 1 :],
    }


def _whole_payloads() -> Iterator[Case]:
    claims = claims_of("whole payload", 1)
    good = cbor.encode(claims)
    size = len(claims)
    tier = cbor.encode(TIER) + b"\x01"
    at = good.index(tier)
    payloads = {
        "nothing": b"",
        "a trailing byte": good + b"\0",
        "cut short": good[:-1],
        "a longer map than there is": head(5, size + 1) + good[1:],
        "of indefinite length": b"\xbf" + good[1:] + b"\xff",
        "with a long length": b"\xb8" + bytes([size]) + good[1:],
        "tagged as CWT": b"\xd8\x3d" + good,
        "in a byte string": bstr(good),
        "an array": b"\x81" + good,
        "an integer": b"\0",
        "null": b"\xf6",
        "unsorted": head(5, size) + good[at : at + len(tier)] + good[1:at] + good[at + len(tier) :],
        "the tier twice": head(5, size + 1) + good[1:at] + tier + good[at:],
        "the voucher twice": head(5, size + 1) + good[1:19] + good[1:],
        "the tier once with a long label": good.replace(tier, b"\x3b" + bytes(4) + tier[1:]),
    }
    for what, payload in payloads.items():
        yield Case(f"V1: claims, {what}", text_of(1, issued(payload)), "malformed")
