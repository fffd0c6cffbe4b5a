"""Vectors that have the right form: whose key, whose signature."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from kiosk.protocol import cbor, cose
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.cose import Algorithm
from tests.data.vectors.shop import (
    ALL_LIMITED,
    DOCUMENT,
    EVERY,
    ISSUERS,
    ONE_ID,
    ONLY_V1,
    ONLY_V3,
    PHONE,
    RECEIPT,
    ROOT,
    SHARERS,
    STRANGER,
    Case,
    Limited,
    claims_of,
    envelope,
    header,
    label,
    named_phone,
    shown,
    signed,
    text_of,
)
from tests.data.vectors.signers import ED25519_ORDER, P256_ORDER, signer

_UNKNOWN, _BAD = "unknown_key", "bad_signature"


def _with(name: str, tier: int, body_of_inner: bytes) -> str:
    return text_of(tier, shown(body_of_inner) if tier == 3 else body_of_inner)


def _payload(name: str, tier: int) -> bytes:
    changes: dict[CborKey, CborValue] = {8: named_phone(PHONE)} if tier == 3 else {}
    return cbor.encode(claims_of(name, tier, changes))


def keys() -> Iterator[Case]:
    """Keys that nobody vouches for, or not for this."""
    for tier, algorithm in EVERY:
        key_id, key = ISSUERS[algorithm]
        for what, protected in _foreign_headers(algorithm, key_id).items():
            name = f"{label(tier, algorithm)}: {what}"
            yield Case(
                name, _with(name, tier, signed(_payload(name, tier), key, protected)), _UNKNOWN
            )
    for tier in (1, 2, 3):
        for limited, what in _limits(tier):
            name = f"V{tier}: {what}"
            body = signed(_payload(name, tier), limited.signer, header(-19, limited.key_id))
            yield Case(name, _with(name, tier, body), _UNKNOWN)
        name = f"V{tier}: signed by the root"
        body = signed(_payload(name, tier), ROOT, header(-19, b"the-root"))
        yield Case(name, _with(name, tier, body), _UNKNOWN)
        name = f"V{tier}: signed by the customer, with the id that his key gives itself"
        body = signed(_payload(name, tier), PHONE, header(-19, PHONE.own_id))
        yield Case(name, _with(name, tier, body), _UNKNOWN)
    for algorithm, (key_id, key) in ISSUERS.items():
        name = f"V1 {algorithm.name}: HMAC with the public key as its secret"
        payload, protected = _payload(name, 1), header(5, key_id)
        secret = cbor.encode(cose.public_key_map(key.public_key))
        data = cbor.encode(["MAC0", protected, b"", payload])
        tag = hmac.new(secret, data, hashlib.sha256).digest()
        yield Case(name, text_of(1, envelope(protected, payload, tag)), _UNKNOWN)


def _foreign_headers(algorithm: Algorithm, key_id: bytes) -> dict[str, bytes]:
    others = [other for other in Algorithm if other is not algorithm]
    old = {Algorithm.ED25519: -8, Algorithm.ESP256: -7, Algorithm.PS256: -257}[algorithm]
    return {
        "an id that no key has": header(int(algorithm), b"no-such-"),
        "an id of zeros": header(int(algorithm), bytes(8)),
        **{f"says {other.name}": header(int(other), key_id) for other in others},
        "an older name of its algorithm": header(old, key_id),
        "algorithm 0": header(0, key_id),
        "algorithm reserved for none": header(-2, key_id),
        "algorithm of 2^64 - 1": header(2**64 - 1, key_id),
        "algorithm of -2^64": header(-(2**64), key_id),
        "algorithm of a larger curve": header(-51, key_id),
    }


def _limits(tier: int) -> Iterator[tuple[Limited, str]]:
    words = ("", "", "a revoked key", "a key of the past", "a key of the future")
    for limited, what in zip(ALL_LIMITED, words, strict=False):
        if what:
            yield limited, what
    yield RECEIPT, "a key for receipts"
    yield DOCUMENT, "a key for documents"
    if tier != 1:
        yield ONLY_V1, "a key for V1"
    if tier != 3:
        yield ONLY_V3, "a key for V3"


def signatures() -> Iterator[Case]:
    """Signatures that do not hold."""
    for tier, algorithm in EVERY:
        key_id, key = ISSUERS[algorithm]
        protected = header(int(algorithm), key_id)
        for what in ("payload", *_signature_changes(algorithm)):
            name = f"{label(tier, algorithm)}: {what}"
            payload = _payload(name, tier)
            signature = key.sign(cbor.encode(["Signature1", protected, b"", payload]))
            if what == "payload":
                body = envelope(protected, payload.replace(b"\x02", b"\x03"), signature)
                name = f"{label(tier, algorithm)}: a changed payload"
            else:
                changed = _signature_changes(algorithm, signature)[what]
                body = envelope(protected, payload, changed)
            yield Case(name, _with(name, tier, body), _BAD)
        stranger = signer(f"stranger {algorithm.name}", algorithm)
        for what, by, extra in (
            ("signed by a stranger under the issuer's id", stranger, {}),
            ("signed with external data", key, {"aad": b"terminal"}),
            ("signed as part of a COSE_Sign", key, {"context": "Signature"}),
            ("signed as a countersignature", key, {"context": "CounterSignature"}),
        ):
            name = f"{label(tier, algorithm)}: {what}"
            body = signed(_payload(name, tier), by, protected, **extra)
            yield Case(name, _with(name, tier, body), _BAD)
    yield from _rsa_paddings()
    name = "V1: a stranger under an id that three keys share"
    yield Case(name, text_of(1, signed(_payload(name, 1), STRANGER, header(-19, ONE_ID))), _BAD)
    name = "V1: RSA under an id that three keys of other algorithms share"
    rsa = ISSUERS[Algorithm.PS256][1]
    yield Case(name, text_of(1, signed(_payload(name, 1), rsa, header(-37, ONE_ID))), _UNKNOWN)
    name = "V1: another key of a shared id, as the third's algorithm"
    body = signed(_payload(name, 1), SHARERS[0], header(-9, ONE_ID))
    yield Case(name, text_of(1, body), _BAD)


def _signature_changes(algorithm: Algorithm, signature: bytes = bytes(64)) -> dict[str, bytes]:
    changes = {
        "no signature": b"",
        "signature of one byte": b"\0",
        "signature cut by a byte": signature[:-1],
        "signature longer by a byte": signature + b"\0",
        "signature of zeros": bytes(len(signature)),
        "signature of ones": b"\xff" * len(signature),
        "signature turned round": signature[::-1],
    }
    first, second = signature[:32], signature[32:]
    if algorithm is Algorithm.ESP256:
        s = int.from_bytes(second, "big")
        changes |= {
            "r of 0": bytes(32) + second,
            "s of 0": first + bytes(32),
            "r and s of the order": P256_ORDER.to_bytes(32, "big") * 2,
            "s longer by the order": first + min(s + P256_ORDER, 2**256 - 1).to_bytes(32, "big"),
            "r and s exchanged": second + first,
            "as DER": b"\x30\x44\x02\x20" + first + b"\x02\x20" + second,
        }
    if algorithm is Algorithm.ED25519:
        s = int.from_bytes(second, "little") + ED25519_ORDER
        changes |= {
            "s longer by the order": first + s.to_bytes(33, "little")[:32],
            "R of the neutral element, s of 0": b"\1" + bytes(63),
        }
    return changes


def _rsa_paddings() -> Iterator[Case]:
    key_id, key = ISSUERS[Algorithm.PS256]
    protected = header(-37, key_id)
    for what in ("no salt", "a salt of 20 bytes", "the padding of PKCS 1.5"):
        name = f"V1 PS256: {what}"
        payload = _payload(name, 1)
        data = cbor.encode(["Signature1", protected, b"", payload])
        signature = {
            "no salt": lambda data=data: key.sign_pss(data, 0),
            "a salt of 20 bytes": lambda data=data: key.sign_pss(data, 20),
            "the padding of PKCS 1.5": lambda data=data: key.sign_pkcs1(data),
        }[what]()
        yield Case(name, text_of(1, envelope(protected, payload, signature)), _BAD)
