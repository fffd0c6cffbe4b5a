"""Vectors of V3 whose two halves do not belong together, or whose outer half is odd."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.protocol import cbor, cose
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.cose import Algorithm
from tests.data.vectors.shop import (
    CNF,
    ISSUERS,
    NOW_S,
    PHONE,
    PHONES,
    STRANGER,
    Case,
    bound,
    bstr,
    claims_of,
    envelope,
    header,
    issued,
    named_phone,
    shown,
    signed,
    text_of,
)
from tests.data.vectors.signers import Signer, signer

_MALFORMED, _BAD, _UNKNOWN = "malformed", "bad_signature", "unknown_key"


def halves() -> Iterator[Case]:
    """Stripped, wrapped anew, mixed."""
    yield from _stripped()
    yield from _rewrapped()
    yield from _holders()
    yield from _outer_payloads()


def _stripped() -> Iterator[Case]:
    for tier in (1, 2, 3):
        for algorithm in Algorithm:
            name = f"V3 {algorithm.name}: issuer's half alone as V{tier}"
            yield Case(name, text_of(tier, bound(name, algorithm)), _MALFORMED)
    for tier in (1, 2):
        for algorithm in Algorithm:
            name = f"V{tier} {algorithm.name}: wrapped by a phone"
            inner = issued(claims_of(name, tier), algorithm)
            yield Case(name, text_of(3, shown(inner)), _MALFORMED)
            name = f"V{tier} {algorithm.name}: with a phone named, wrapped by it"
            inner = issued(claims_of(name, tier, {CNF: named_phone(PHONE)}), algorithm)
            yield Case(name, text_of(3, shown(inner)), _MALFORMED)
        name = f"V3: both halves as V{tier}"
        # As V1 or V2 the outer half is what an issuer must have signed; the phone's key is none.
        yield Case(name, text_of(tier, shown(bound(name))), _UNKNOWN)


def _rewrapped() -> Iterator[Case]:
    for algorithm, phone in PHONES.items():
        prefix = f"V3, phone {algorithm.name}"
        key_id = phone.own_id
        protected = header(int(algorithm), key_id)
        stranger = signer(f"stranger {algorithm.name}", algorithm)

        def payload(name: str, phone: Signer = phone) -> bytes:
            return cbor.encode({1: bound(name, phone=phone), 2: NOW_S - 5})

        name = f"{prefix}: wrapped by another phone"
        yield Case(name, text_of(3, shown(bound(name, phone=phone), stranger)), _BAD)
        name = f"{prefix}: wrapped by another phone under this one's id"
        yield Case(name, text_of(3, signed(payload(name), stranger, protected)), _BAD)
        name = f"{prefix}: right phone under another id"
        yield Case(
            name, text_of(3, signed(payload(name), phone, header(int(algorithm), bytes(8)))), _BAD
        )
        name = f"{prefix}: right phone under the issuer's id"
        other = header(int(algorithm), ISSUERS[Algorithm.ED25519][0])
        yield Case(name, text_of(3, signed(payload(name), phone, other)), _BAD)
        for says in (-8, -7, -37, 0, 5, -9 if algorithm is Algorithm.ED25519 else -19):
            name = f"{prefix}: right phone, says algorithm {says}"
            yield Case(name, text_of(3, signed(payload(name), phone, header(says, key_id))), _BAD)
        for what, signature in (
            ("no signature", b""),
            ("a signature of zeros", bytes(64)),
            ("a signature of ones", b"\xff" * 64),
        ):
            name = f"{prefix}: {what} of the phone"
            yield Case(name, text_of(3, envelope(protected, payload(name), signature)), _BAD)
        name = f"{prefix}: a showing made later than it was signed"
        good = phone.sign(cbor.encode(["Signature1", protected, b"", payload(name)]))
        later = payload(name).replace(cbor.encode(NOW_S - 5), cbor.encode(NOW_S))
        yield Case(name, text_of(3, envelope(protected, later, good)), _BAD)
        name = f"{prefix}: another voucher under the phone's signature"
        other_voucher = cbor.encode({1: bound(name + "2", phone=phone), 2: NOW_S - 5})
        yield Case(name, text_of(3, envelope(protected, other_voucher, good)), _BAD)
    name = "V3: wrapped by the issuer"
    key_id, key = ISSUERS[Algorithm.ED25519]
    payload_ = cbor.encode({1: bound(name), 2: NOW_S - 5})
    yield Case(name, text_of(3, signed(payload_, key, header(-19, key_id))), _BAD)
    name = "V3: both halves by a stranger"
    inner = signed(
        cbor.encode(claims_of(name, 3, {CNF: named_phone(STRANGER)})),
        STRANGER,
        header(-19, STRANGER.own_id),
    )
    yield Case(name, text_of(3, shown(inner, STRANGER)), _UNKNOWN)
    name = "V3: both halves by a stranger, under the issuer's id"
    inner = signed(
        cbor.encode(claims_of(name, 3, {CNF: named_phone(STRANGER)})),
        STRANGER,
        header(-19, key_id),
    )
    yield Case(name, text_of(3, shown(inner, STRANGER)), _BAD)
    name = "V3: wrapped twice"
    # What the issuer should have signed is then what a phone signed.
    yield Case(name, text_of(3, shown(shown(bound(name)))), _UNKNOWN)


def _holders() -> Iterator[Case]:
    phone = cose.public_key_map(PHONE.public_key)
    p256 = cose.public_key_map(PHONES[Algorithm.ESP256].public_key)
    rsa = cose.public_key_map(ISSUERS[Algorithm.PS256][1].public_key)
    odd: dict[str, CborValue] = {
        "null": None,
        "an array": [phone],
        "the key without its map": phone,
        "an empty map": {},
        "a key id": {3: PHONE.own_id},
        "an encrypted key": {2: [b"", {}, b""]},
        "a key and its id": {1: phone, 3: PHONE.own_id},
        "a key as bytes": {1: cbor.encode(phone)},
        "a key as null": {1: None},
        "a set of keys": {1: [phone]},
        "no algorithm": {1: {k: v for k, v in phone.items() if k != 3}},
        "an older name of its algorithm": {1: phone | {3: -8}},
        "an algorithm of another key": {1: phone | {3: -9}},
        "an algorithm as text": {1: phone | {3: "Ed25519"}},
        "key type true": {1: phone | {1: True}},
        "key type 4": {1: phone | {1: 4}},
        "curve X25519": {1: phone | {-1: 4}},
        "curve Ed448": {1: phone | {-1: 7}},
        "31 bytes": {1: phone | {-2: bytes(31)}},
        "33 bytes": {1: phone | {-2: bytes(33)}},
        "text": {1: phone | {-2: "A" * 32}},
        "P-256 off the curve": {1: p256 | {-3: bytes(32)}},
        "P-256 at the origin": {1: p256 | {-2: bytes(32), -3: bytes(32)}},
        "P-256 past the field": {1: p256 | {-2: b"\xff" * 32}},
        "P-256 with a curve of true": {1: p256 | {-1: True}},
        "P-256 with y as a sign": {1: p256 | {-3: True}},
        "P-256 without y": {1: {k: v for k, v in p256.items() if k != -3}},
        "P-256 as P-384": {1: p256 | {-1: 2}},
    }
    for what, value in odd.items():
        name = f"V3: phone named as {what}"
        yield Case(name, text_of(3, shown(bound(name, changes={CNF: value}))), _MALFORMED)
    name = "V3: no phone named"
    yield Case(name, text_of(3, shown(issued(claims_of(name, 3)))), _MALFORMED)
    name = "V3: an RSA key in place of a phone"
    claims: dict[CborKey, CborValue] = claims_of(name, 3, {CNF: {1: rsa}})
    yield Case(name, text_of(3, shown(issued(claims))), _MALFORMED)
    name = "V3: another phone named"
    named: dict[CborKey, CborValue] = {CNF: named_phone(STRANGER)}
    yield Case(name, text_of(3, shown(bound(name, changes=named))), _BAD)
    name = "V3: the issuer's own key named, wrapped by a phone"
    named = {CNF: named_phone(ISSUERS[Algorithm.ED25519][1])}
    yield Case(name, text_of(3, shown(bound(name, changes=named))), _BAD)


def _outer_payloads() -> Iterator[Case]:
    times: dict[str, CborValue] = {
        "0": 0,
        "-1": -1,
        "-2^64": -(2**64),
        "2^63": 2**63,
        "2^64 - 1": 2**64 - 1,
        "the year 10000": 253_402_300_800,
        "true": True,
        "null": None,
        "text": str(NOW_S),
        "an array": [NOW_S],
    }
    for what, value in times.items():
        name = f"V3: shown at {what}"
        yield Case(name, text_of(3, shown(bound(name), at_s=value)), _MALFORMED)
    extras: dict[str, dict[CborKey, CborValue]] = {
        "an unknown part": {5: 1},
        "an unknown part of text": {"note": 1},
        "part 0": {0: 1},
        "a challenge that is empty": {3: ""},
        "a challenge that is null": {3: None},
        "a challenge as an integer": {3: 2048},
        "a challenge as bytes": {3: b"2048"},
        "a challenge of 17 digits": {3: "1" * 17},
        "a challenge of letters": {3: "12A"},
        "a challenge with a sign": {3: "-1"},
        "a challenge in full width": {3: "１２"},
        "a challenge of Arabic-Indic digits": {3: "٣٤"},
        "a challenge of superscripts": {3: "²"},
        "a place that is null": {4: None},
        "a place of one number": {4: [0]},
        "a place of three numbers": {4: [0, 0, 0]},
        "a place beyond the pole": {4: [900_000_001, 0]},
        "a place beyond the date line": {4: [0, -1_800_000_001]},
        "a place of 2^64 - 1": {4: [2**64 - 1, 0]},
        "a place with true": {4: [True, 0]},
        "a place as text": {4: ["31.2", "121.4"]},
        "a place as a map": {4: {1: 0, 2: 0}},
    }
    for what, extra in extras.items():
        name = f"V3: {what}"
        yield Case(name, text_of(3, shown(bound(name), more=extra)), _MALFORMED)
    phone = PHONE
    protected = header(-19, phone.own_id)
    for what, payload in _raw_outer_payloads():
        name = f"V3: phone's part, {what}"
        yield Case(name, text_of(3, signed(payload, phone, protected)), _MALFORMED)
    name = "V3: an RSA key that shows"
    rsa = signer("issuer RSA", Algorithm.PS256)
    claims = claims_of(name, 3, {CNF: named_phone(PHONE)})
    body = signed(cbor.encode({1: issued(claims), 2: NOW_S}), rsa, header(-37, rsa.own_id))
    yield Case(name, text_of(3, body), _BAD)


def _raw_outer_payloads() -> Iterator[tuple[str, bytes]]:
    inner, now = bstr(bound("V3: raw outer payload")), cbor.encode(NOW_S)
    good = b"\xa2\x01" + inner + b"\x02" + now
    yield "nothing", b""
    yield "a trailing byte", good + b"\0"
    yield "cut short", good[:-1]
    yield "an array", b"\x82" + inner + now
    yield "no time", b"\xa1\x01" + inner
    yield "no issuer's half", b"\xa1\x02" + now
    yield "issuer's half empty", b"\xa2\x01\x40\x02" + now
    yield "issuer's half as text", b"\xa2\x01\x61A\x02" + now
    yield "issuer's half not wrapped", b"\xa2\x01" + bound("V3: raw outer payload") + b"\x02" + now
    yield "issuer's half twice", b"\xa3\x01" + inner + b"\x01" + inner + b"\x02" + now
    yield "the time twice", b"\xa3" + good[1:] + b"\x02" + now
    yield "unsorted", b"\xa2\x02" + now + b"\x01" + inner
    yield "of indefinite length", b"\xbf" + good[1:] + b"\xff"
    yield "a long label", b"\xa2\x18\x01" + good[2:]
    yield "a long time", b"\xa2\x01" + inner + b"\x02\x1b" + bytes(4) + now[1:]
    yield "the time as a float", b"\xa2\x01" + inner + b"\x02\xfb\x41\xda\xd2\x74\x80\0\0\0"
    yield "the time as NaN", b"\xa2\x01" + inner + b"\x02\xf9\x7e\x00"
    yield "the time as a date", b"\xa2\x01" + inner + b"\x02\xc1" + now
    yield "tagged", b"\xd8\x3d" + good
