"""Vectors of envelopes that are not the one form of COSE_Sign1; what they carry is good."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.protocol import cbor
from kiosk.protocol.cose import Algorithm
from tests.data.vectors.shop import (
    ISSUERS,
    PHONE,
    Case,
    bound,
    bstr,
    claims_of,
    envelope,
    header,
    shown,
    signed,
    text_of,
)

_KEY_ID, _KEY = ISSUERS[Algorithm.ED25519]
_HEADER = header(-19, _KEY_ID)


def coses() -> Iterator[Case]:
    """Envelopes of another form; what they carry is good."""
    payload = cbor.encode(claims_of("V1: COSE", 1))
    signature = _KEY.sign(cbor.encode(["Signature1", _HEADER, b"", payload]))
    parts = (bstr(_HEADER), b"\xa0", bstr(payload), bstr(signature))
    bodies = {
        "three parts": b"\x83" + b"".join(parts[:3]),
        "five parts": b"\x85" + b"".join(parts) + b"\x40",
        "a map of two": b"\xa2" + b"".join(parts),
        "no payload": b"\x84" + parts[0] + parts[1] + b"\xf6" + parts[3],
        "no signature": b"\x84" + parts[0] + parts[1] + parts[2] + b"\xf6",
        "text for a signature": b"\x84" + b"".join(parts[:3]) + cbor.encode("A" * 64),
        "header not wrapped": b"\x84" + _HEADER + b"".join(parts[1:]),
        "payload not wrapped": b"\x84" + parts[0] + parts[1] + payload + parts[3],
        "several signatures": b"\x84" + b"".join(parts[:3]) + b"\x81\x83" + parts[0] + b"\xa0@",
        "key id unprotected": envelope(
            _HEADER, payload, signature, unprotected=cbor.encode({4: _KEY_ID})
        ),
        "algorithm unprotected": envelope(
            _HEADER, payload, signature, unprotected=cbor.encode({1: -19})
        ),
        "a note unprotected": envelope(
            _HEADER, payload, signature, unprotected=cbor.encode({-1: "x"})
        ),
        "everything unprotected": signed(
            payload, _KEY, b"", unprotected=cbor.encode({1: -19, 4: _KEY_ID})
        ),
        "everything protected and unprotected": signed(
            payload, _KEY, _HEADER, unprotected=cbor.encode({1: -19, 4: _KEY_ID})
        ),
        "a countersignature unprotected": envelope(
            _HEADER, payload, signature, unprotected=cbor.encode({12: signature})
        ),
        "null unprotected": envelope(_HEADER, payload, signature, unprotected=b"\xf6"),
        "false unprotected": envelope(_HEADER, payload, signature, unprotected=b"\xf4"),
    }
    for what, body in bodies.items():
        yield Case(f"V1: {what}", text_of(1, body), "malformed")
    for what, unprotected in (
        ("a note unprotected by the phone", cbor.encode({-1: "x"})),
        ("key id unprotected by the phone", cbor.encode({4: PHONE.own_id})),
    ):
        name = f"V3: {what}"
        inner = bound(name)
        body = signed(
            cbor.encode({1: inner, 2: 1_800_000_000}),
            PHONE,
            header(-19, PHONE.own_id),
            unprotected=unprotected,
        )
        yield Case(name, text_of(3, body), "malformed")
    name = "V3: a note unprotected in the issuer's half"
    claims = cbor.decode(_payload_of(bound(name)))
    assert isinstance(claims, dict)
    inner = signed(cbor.encode(claims), _KEY, _HEADER, unprotected=cbor.encode({-1: "x"}))
    yield Case(name, text_of(3, shown(inner)), "malformed")
    name = "V3: issuer's half tagged"
    yield Case(name, text_of(3, shown(b"\xd2" + bound(name))), "malformed")
    name = "V3: a trailing byte in the issuer's half"
    yield Case(name, text_of(3, shown(bound(name) + b"\0")), "malformed")


def _payload_of(message: bytes) -> bytes:
    parts = cbor.decode(message)
    assert isinstance(parts, list)
    assert isinstance(parts[2], bytes)
    return parts[2]
