"""A second reader of pickup codes, written apart from the product's: on cbor2, plainly, slowly.

It answers one question: may this text be accepted here and now? The tests compare, so a mistake
would have to be made twice, in two ways of writing, to stay unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import base45
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kiosk.protocol.keyset import TrustedKey

YEAR_10000_S = 253_402_300_800
DAY_S = 86_400
WINDOW_S, SKEW_S = 60, 15


class _No(Exception):
    """Not to be accepted."""


class _Signed(NamedTuple):
    algorithm: int
    key_id: bytes
    data: bytes
    payload: bytes
    signature: bytes


def accepted_voucher(text: str, keys: Sequence[TrustedKey], store: str, now_s: int) -> bytes | None:
    """The voucher of a text that may be accepted, else None."""
    try:
        return _accepted(text, keys, store, now_s)
    except _No:
        return None


def _need(condition: object) -> None:
    if not condition:
        raise _No


def _accepted(text: str, keys: Sequence[TrustedKey], store: str, now_s: int) -> bytes:
    _need(len(text) <= 1000)
    _need(text[:4] in {"TH1:", "TH2:", "TH3:"})
    tier = int(text[2])
    try:
        body = base45.b45decode(text[4:])
    except ValueError:
        raise _No from None
    _need(base45.b45encode(body).decode() == text[4:])
    message = _sign1(body)
    shown: dict[Any, Any] = {}
    outer = message
    if tier == 3:
        shown = _value(message.payload)
        _need(type(shown) is dict and set(shown) in ({1, 2}, {1, 2, 3}, {1, 2, 4}, {1, 2, 3, 4}))
        _check_showing(shown)
        message = _sign1(shown[1])
    _need(any(_issuer(key, message, tier, now_s) for key in keys))
    claims = _value(message.payload)
    _need(type(claims) is dict)
    _check_claims(claims, tier)
    if tier == 3:
        _check_holder(claims, outer)
    _check_here_and_now(claims, tier, shown.get(2, claims[6]), store, now_s)
    voucher: bytes = claims[2]
    return voucher


def _value(data: bytes) -> Any:
    """One value in its only encoding: what we would write for it is what was read."""
    try:
        value = cbor2.loads(data)
    except Exception:  # noqa: BLE001  # whatever cbor2 dislikes, nobody may accept
        raise _No from None
    _need(_written(value, 8) == data)
    return value


def _written(value: Any, depth: int) -> bytes:
    if value is None or type(value) is bool:
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if type(value) is int:
        _need(-(2**64) <= value < 2**64)
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if type(value) is bytes:
        return _head(2, len(value)) + value
    if type(value) is str:
        return _head(3, len(value.encode())) + value.encode()
    _need(type(value) in {list, dict} and depth > 0)
    if type(value) is list:
        return _head(4, len(value)) + b"".join(_written(one, depth - 1) for one in value)
    _need(all(type(key) in {int, str, bytes} for key in value))
    pairs = sorted((_written(k, 0), _written(v, depth - 1)) for k, v in value.items())
    return _head(5, len(value)) + b"".join(key + one for key, one in pairs)


def _head(major: int, number: int) -> bytes:
    for size, mark in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 24:
            return bytes([major * 32 + number])
        if number < 256**size:
            return bytes([major * 32 + mark]) + number.to_bytes(size, "big")
    raise _No


def _sign1(data: Any) -> _Signed:
    _need(type(data) is bytes)
    parts = _value(data)
    _need(type(parts) is list and len(parts) == 4)
    protected, unprotected, payload, signature = parts
    _need(type(protected) is type(payload) is type(signature) is bytes)
    _need(type(unprotected) is dict and not unprotected)
    header = _value(protected)
    _need(type(header) is dict and set(header) == {1, 4} and type(header[1]) is int)
    _need(type(header[4]) is bytes and len(header[4]) == 8)
    signed = b"\x84\x6aSignature1" + _written(protected, 0) + b"\x40" + _written(payload, 0)
    return _Signed(header[1], header[4], signed, payload, signature)


def _issuer(key: TrustedKey, message: _Signed, tier: int, now_s: int) -> bool:
    return (
        key.key_id == message.key_id
        and "codes" in key.purposes
        and not key.revoked
        and tier in {int(allowed) for allowed in key.tiers}
        and key.not_before_s <= now_s < key.not_after_s
        and _holds(key.key, message)
    )


def _holds(key: Any, message: _Signed) -> bool:
    signature = message.signature
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message.data)
            return message.algorithm == -19
        if isinstance(key, ec.EllipticCurvePublicKey):
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            der = encode_dss_signature(r, s)
            key.verify(der, message.data, ec.ECDSA(hashes.SHA256()))
            return message.algorithm == -9 and len(signature) == 64
        assert isinstance(key, rsa.RSAPublicKey)
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        key.verify(signature, message.data, pss, hashes.SHA256())
    except InvalidSignature:
        return False
    return message.algorithm == -37


def _number(value: Any, low: int, high: int) -> None:
    _need(type(value) is int and low <= value <= high)


def _name(value: Any) -> None:
    _need(type(value) is str and 1 <= len(value) <= 64 and value.isprintable())


def _check_showing(shown: dict[Any, Any]) -> None:
    _number(shown[2], 1, YEAR_10000_S - 1)
    if 3 in shown:
        digits = shown[3]
        _need(type(digits) is str and 1 <= len(digits) <= 16)
        _need(all(digit in "0123456789" for digit in digits))
    if 4 in shown:
        _need(type(shown[4]) is list and len(shown[4]) == 2)
        _number(shown[4][0], -90 * 10**7, 90 * 10**7)
        _number(shown[4][1], -180 * 10**7, 180 * 10**7)


def _check_claims(claims: dict[Any, Any], tier: int) -> None:
    _need(type(claims.get(2)) is bytes and len(claims[2]) == 16)
    stores = claims.get(3)
    if stores != "*":
        for store in stores if type(stores) is list else [stores]:
            _name(store)
            _need(store != "*")
        _need(stores != [])
    for key in (4, 6, *([5] if 5 in claims else [])):
        _number(claims.get(key), 1, YEAR_10000_S - 1)
    _number(claims.get(-65538), tier, tier)
    _check_items(claims.get(-65537))
    if 65535 in claims and claims[65535] is not None:
        _need(type(claims[65535]) is list and len(claims[65535]) == 2)
        for number in claims[65535]:
            _number(number, 0, 2**32 - 1)
    _check_options(claims.get(-65539, {}))


def _check_items(items: Any) -> None:
    _need(type(items) is list and items)
    seen = set()
    for item in items:
        _need(type(item) is list and len(item) in {2, 3})
        _name(item[0])
        _number(item[1], 1, 9999)
        if len(item) == 3:
            _number(item[2], 0, 2**31 - 1)
        seen.add((item[0], *item[2:]))
    _need(len(seen) == len(items))


def _check_options(options: Any) -> None:
    _need(type(options) is dict)
    for key, low, high in ((1, 0, 3), (2, 1, DAY_S), (3, 0, 255)):
        if key in options:
            _number(options[key], low, high)
    _need(type(options.get(4, False)) is bool)
    holder = options.get(5)
    _need(holder is None or (type(holder) is bytes and len(holder) == 8))


def _check_holder(claims: dict[Any, Any], outer: _Signed) -> None:
    named: Any = claims.get(8)
    _need(type(named) is dict and set(named) == {1} and type(named[1]) is dict)
    key = named[1]
    _need(not any(type(key.get(label)) is bool for label in (1, 3, -1)))
    own: dict[Any, Any]
    try:
        if (key.get(1), key.get(3), key.get(-1)) == (1, -19, 6):
            _need(type(key.get(-2)) is bytes)
            public: Any = ed25519.Ed25519PublicKey.from_public_bytes(key[-2])
            own = {1: 1, 3: -19, -1: 6, -2: key[-2]}
        else:
            _need((key.get(1), key.get(3), key.get(-1)) == (2, -9, 1))
            _need(all(type(key.get(c)) is bytes and len(key[c]) == 32 for c in (-2, -3)))
            point = b"\x04" + key[-2] + key[-3]
            public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
            own = {1: 2, 3: -9, -1: 1, -2: key[-2], -3: key[-3]}
    except ValueError:
        raise _No from None
    _need(outer.key_id == hashlib.sha256(_written(own, 1)).digest()[:8])
    _need(_holds(public, outer))


def _check_here_and_now(
    claims: dict[Any, Any], tier: int, shown_at_s: int, store: str, now_s: int
) -> None:
    _need(claims[3] == "*" or store in (claims[3] if type(claims[3]) is list else [claims[3]]))
    life_s = {1: 2 * DAY_S, 2: YEAR_10000_S, 3: DAY_S}[tier]
    _need(now_s < min(claims[4], claims[6] + life_s))
    _need(now_s >= claims.get(5, 0))
    _need(max(claims[6], shown_at_s) <= now_s + SKEW_S)
    window_s = min(WINDOW_S, claims.get(-65539, {}).get(2, WINDOW_S))
    _need(tier == 1 or shown_at_s >= now_s - window_s)
