"""Strategies for codes that are wrong in structured ways, most of them under good signatures.

Random bytes never get past the first checks. These have the right form with one thing or several
changed: odd claims, other encodings of the same value, headers and envelopes of another form,
halves that do not belong together.
"""

from __future__ import annotations

from typing import Any

import base45
from hypothesis import strategies as st

from kiosk.protocol import cbor
from kiosk.protocol.cose import Algorithm
from tests.data.vectors import shop
from tests.data.vectors.shop import NOW_S, PHONE, PHONES, STORE, head
from tests.data.vectors.signers import Signer

NUMBERS = st.one_of(
    st.integers(0, 5),
    st.integers(NOW_S - 100, NOW_S + 100),
    st.sampled_from([NOW_S + d for d in (-172_800, -86_400, -61, -60, 0, 15, 16, 86_400)]),
    st.sampled_from([-1, 23, 24, 255, 256, 9999, 10_000, 2**31, 2**32, 2**63, 2**64 - 1]),
    st.sampled_from([-(2**64), 253_402_300_799, 253_402_300_800]),
    st.integers(-(2**64), 2**64 - 1),
)
NAMES = st.one_of(
    st.sampled_from(["", "*", STORE, "S002", "A", "A" * 64, "A" * 65, "\u202eA", "A\n", "大闸蟹"]),
    st.text(max_size=6),
)
BYTES = st.one_of(
    st.sampled_from([b"", bytes(8), bytes(16), bytes(32), shop.voucher_of("x")]),
    st.binary(max_size=20),
)
SCALARS = st.one_of(NUMBERS, NAMES, BYTES, st.booleans(), st.none(), st.floats(width=16))
LABELS = st.one_of(
    st.sampled_from([1, 2, 3, 4, 5, 6, 8, 24, -1, -2, -3, -65537, -65538, -65539, 65535]),
    st.integers(-3, 30),
    st.text(max_size=3),
    st.binary(max_size=3),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LABELS, inner, max_size=3),
    max_leaves=6,
)
ITEM = st.one_of(
    st.tuples(NAMES, st.integers(0, 3)).map(list),
    st.tuples(NAMES, NUMBERS, NUMBERS).map(list),
    st.lists(SCALARS, max_size=4),
)
STORES = st.one_of(NAMES, st.lists(st.one_of(NAMES, st.just(STORE)), max_size=3), VALUES)
OPTIONS = st.dictionaries(
    st.integers(1, 6), st.one_of(st.integers(0, 4), NUMBERS, BYTES, st.booleans()), max_size=4
)
CHANGES: dict[int, st.SearchStrategy[Any]] = {
    2: st.one_of(BYTES, VALUES),
    3: STORES,
    4: st.one_of(NUMBERS, VALUES),
    5: st.one_of(NUMBERS, VALUES),
    6: st.one_of(NUMBERS, VALUES),
    8: VALUES,
    -65537: st.one_of(st.lists(ITEM, max_size=3), VALUES),
    -65538: st.one_of(st.integers(0, 4), VALUES),
    -65539: st.one_of(OPTIONS, VALUES),
    65535: st.one_of(st.lists(NUMBERS, min_size=2, max_size=2), VALUES),
    7: VALUES,
}
HOLDER_CHANGES: dict[int, st.SearchStrategy[Any]] = {
    1: VALUES,
    2: st.one_of(NUMBERS, VALUES),
    3: st.one_of(st.text("0123456789", max_size=17), VALUES),
    4: st.one_of(st.lists(NUMBERS, min_size=2, max_size=2), VALUES),
    5: VALUES,
}
_HOW = st.sampled_from(["tight"] * 30 + ["long", "endless", "unsorted", "twice", "tagged"])
Draw = st.DrawFn


def encoded(draw: Draw, value: Any, *, loose: bool) -> bytes:
    """CBOR of a value; loosely: here and there in an encoding that is not the deterministic one."""
    how = draw(_HOW) if loose else "tight"
    if isinstance(value, float):
        import struct

        return b"\xf9" + struct.pack(">e", value)
    if value is None or isinstance(value, bool):
        return cbor.encode(value)
    if how == "tagged":
        return b"\xc0" + encoded(draw, value, loose=False)
    if isinstance(value, int):
        major, number = (0, value) if value >= 0 else (1, -1 - value)
        return _head(major, number, how)
    if isinstance(value, bytes | str):
        data, major = (value, 2) if isinstance(value, bytes) else (value.encode(), 3)
        if how == "endless":
            return bytes([major << 5 | 31]) + head(major, len(data)) + data + b"\xff"
        return _head(major, len(data), how) + data
    if isinstance(value, list):
        body = b"".join(encoded(draw, one, loose=loose) for one in value)
        return _container(4, len(value), body, how)
    pairs = [
        (encoded(draw, k, loose=loose), encoded(draw, v, loose=loose)) for k, v in value.items()
    ]
    pairs.sort(reverse=how == "unsorted")
    if how == "twice" and pairs:
        pairs.insert(0, pairs[0])
    return _container(5, len(pairs), b"".join(k + v for k, v in pairs), how)


def _head(major: int, number: int, how: str) -> bytes:
    if how == "long" and number < 2**32:
        return bytes([major << 5 | 27]) + number.to_bytes(8, "big")
    return head(major, number)


def _container(major: int, size: int, body: bytes, how: str) -> bytes:
    if how == "endless":
        return bytes([major << 5 | 31]) + body + b"\xff"
    return _head(major, size, how) + body


def _changed(
    draw: Draw, good: dict[Any, Any], changes: dict[int, st.SearchStrategy[Any]]
) -> dict[Any, Any]:
    for key in draw(st.lists(st.sampled_from(sorted(changes)), max_size=2, unique=True)):
        if draw(st.integers(0, 9)) == 0:
            good.pop(key, None)
        else:
            good[key] = draw(changes[key])
    if draw(st.integers(0, 9)) == 0:
        good[draw(LABELS)] = draw(VALUES)
    return good


def _signed(draw: Draw, payload: bytes, key: Signer, key_id: bytes) -> bytes:
    """Signed in the right form, or in one that is odd here or there."""
    odd = draw(st.integers(0, 7)) == 0
    header: dict[Any, Any] = {1: int(key.algorithm), 4: key_id}
    if odd and draw(st.booleans()):
        header[draw(LABELS)] = draw(SCALARS)
    protected = encoded(draw, header, loose=odd)
    unprotected = encoded(draw, draw(_UNPROTECTED), loose=True) if odd else b"\xa0"
    context = draw(st.sampled_from(["Signature1"] * 9 + ["Signature"])) if odd else "Signature1"
    data = cbor.encode([context, protected, b"", payload])
    signature = key.sign(data)
    if odd and draw(st.booleans()):
        signature = draw(st.one_of(st.binary(max_size=70), st.just(signature + b"\0")))
    parts: list[Any] = [protected, None, payload, signature]
    if odd:
        parts = [encoded(draw, part, loose=True) for part in parts]
    else:
        parts = [cbor.encode(part) for part in parts]
    parts[1] = unprotected
    return _container(4, 4, b"".join(parts), draw(_HOW) if odd else "tight")


_UNPROTECTED = st.one_of(st.just({}), st.dictionaries(LABELS, SCALARS, max_size=2), VALUES)
_ISSUERS = st.sampled_from(
    [
        *[Algorithm.ED25519] * 4,
        Algorithm.ESP256,
    ]
)


@st.composite
def codes(draw: Draw) -> str:
    """A text: good, or odd in one or several places; most signatures in it hold."""
    tier = draw(st.integers(1, 3))
    key_id, key = shop.ISSUERS[draw(_ISSUERS)]
    if draw(st.integers(0, 9)) == 0:
        limited = draw(st.sampled_from(shop.ALL_LIMITED))
        key_id, key = limited.key_id, limited.signer
    phone = PHONES[draw(st.sampled_from([*[Algorithm.ED25519] * 3, Algorithm.ESP256]))]
    claims: dict[Any, Any] = dict(shop.claims_of("hostile", tier))
    if tier == 3 or draw(st.integers(0, 9)) == 0:
        claims[8] = shop.named_phone(phone)
    claims = _changed(draw, claims, CHANGES)
    body = _signed(draw, encoded(draw, claims, loose=draw(st.booleans())), key, key_id)
    if tier == 3 or draw(st.integers(0, 19)) == 0:
        body = _shown(draw, body, phone)
    return _text(draw, tier, body)


def _shown(draw: Draw, inner: bytes, phone: Signer) -> bytes:
    shown = _changed(draw, {1: inner, 2: NOW_S - 5}, HOLDER_CHANGES)
    payload = encoded(draw, shown, loose=draw(st.integers(0, 3)) == 0)
    if draw(st.integers(0, 9)) == 0:
        phone = draw(st.sampled_from([PHONE, shop.STRANGER]))
    return _signed(draw, payload, phone, phone.own_id)


def _text(draw: Draw, tier: int, body: bytes) -> str:
    if draw(st.integers(0, 19)) == 0:
        tier = draw(st.integers(0, 4))
    text = f"TH{tier}:{base45.b45encode(body).decode()}"
    if draw(st.integers(0, 19)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(max_size=3)) + text[at + draw(st.integers(0, 3)) :]
    return text
