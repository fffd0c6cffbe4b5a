"""COSE_Sign1 (RFC 9052) in its narrowest form, and the keys that sign it.

Protected header exactly ``{1: alg, 4: kid}``, unprotected header empty, payload attached,
no tag. The algorithm is pinned by the key and compared with the header, never taken from it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborError, CborValue

KEY_ID_BYTES = 8


class Algorithm(IntEnum):
    """COSE algorithm ids (RFC 9864 for the fully specified ones)."""

    ED25519 = -19
    ESP256 = -9
    PS256 = -37


PrivateKey: TypeAlias = "ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey"
PublicKey: TypeAlias = "ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey"


class CoseError(ValueError):
    """Bytes that are not a COSE_Sign1 or COSE_Key as used here; ``str()`` is the reason word."""


@dataclass(frozen=True, slots=True)
class Sign1:
    """A parsed, not yet verified COSE_Sign1."""

    algorithm: int
    """As the header claims; whether it is acceptable is the key's say."""
    key_id: bytes
    protected: bytes
    payload: bytes
    signature: bytes


def parse_sign1(data: bytes) -> Sign1:
    """Parse strictly; raises CoseError or CborError with the reason."""
    parts = cbor.decode(data)
    if not (isinstance(parts, list) and len(parts) == 4):
        raise CoseError("cose_not_sign1")
    protected, unprotected, payload, signature = parts
    if not (
        isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)
    ):
        raise CoseError("cose_not_sign1")
    if unprotected != {} or not isinstance(unprotected, dict):
        raise CoseError("cose_unprotected_header")
    algorithm, key_id = _header(protected)
    return Sign1(algorithm, key_id, protected, payload, signature)


@lru_cache(maxsize=64)
def _header(protected: bytes) -> tuple[int, bytes]:
    """Algorithm and key id. Remembered: all codes of a key have the same header."""
    header = cbor.decode(protected)
    if not isinstance(header, dict) or set(header) != {1, 4}:
        raise CoseError("cose_protected_header")
    algorithm, key_id = header[1], header[4]
    if isinstance(algorithm, bool) or not isinstance(algorithm, int):
        raise CoseError("cose_algorithm")
    if not (isinstance(key_id, bytes) and len(key_id) == KEY_ID_BYTES):
        raise CoseError("cose_key_id")
    return algorithm, key_id


def sign1(payload: bytes, key: PrivateKey, key_id: bytes) -> bytes:
    """Sign ``payload`` into an untagged COSE_Sign1."""
    if len(key_id) != KEY_ID_BYTES:
        raise CoseError("cose_key_id")
    protected = cbor.encode({1: int(algorithm_of(key)), 4: key_id})
    signature = _sign(key, _to_be_signed(protected, payload))
    return cbor.encode([protected, {}, payload, signature])


def verifies(message: Sign1, key: PublicKey) -> bool:
    """Whether the signature holds under a key whose algorithm was already compared."""
    data = _to_be_signed(message.protected, message.payload)
    signature = message.signature
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if len(signature) != 64:
                return False
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        else:
            key.verify(signature, data, _pss(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def algorithm_of(key: PrivateKey | PublicKey) -> Algorithm:
    """The one algorithm that a key of this type is used with."""
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return Algorithm.ED25519
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return Algorithm.ESP256
    return Algorithm.PS256


def generate_key(algorithm: Algorithm) -> PrivateKey:
    """A new private key."""
    match algorithm:
        case Algorithm.ED25519:
            return ed25519.Ed25519PrivateKey.generate()
        case Algorithm.ESP256:
            return ec.generate_private_key(ec.SECP256R1())
        case Algorithm.PS256:
            return rsa.generate_private_key(65537, 2048)


def public_key_map(key: PublicKey) -> dict[cbor.CborKey, CborValue]:
    """The key's own COSE_Key parameters (RFC 9052 §7), algorithm included."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {1: 1, 3: int(Algorithm.ED25519), -1: 6, -2: key.public_bytes_raw()}
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return {1: 2, 3: int(Algorithm.ESP256), -1: 1, -2: x, -3: y}
    numbers = key.public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    exponent = numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big")
    return {1: 3, 3: int(Algorithm.PS256), -1: modulus, -2: exponent}


def key_id_of(key: PublicKey) -> bytes:
    """The id that a key gives itself: the start of the hash of its COSE_Key."""
    return hashlib.sha256(cbor.encode(public_key_map(key))).digest()[:KEY_ID_BYTES]


def public_key_from(key: CborValue) -> PublicKey:
    """The public key in a COSE_Key map; raises CoseError when it is not one of ours."""
    if not isinstance(key, dict):
        raise CoseError("cose_key")
    kind, algorithm, first, second = key.get(1), key.get(3), key.get(-1), key.get(-2)
    if any(isinstance(value, bool) for value in (kind, algorithm, first)):
        raise CoseError("cose_key")  # Python would take true for 1
    try:
        match kind, algorithm:
            case 1, Algorithm.ED25519 if first == 6 and isinstance(second, bytes):
                return ed25519.Ed25519PublicKey.from_public_bytes(second)
            case 2, Algorithm.ESP256 if first == 1 and isinstance(second, bytes):
                third = key.get(-3)
                if isinstance(third, bytes) and len(second) == len(third) == 32:
                    x, y = int.from_bytes(second, "big"), int.from_bytes(third, "big")
                    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            case 3, Algorithm.PS256 if isinstance(first, bytes) and isinstance(second, bytes):
                n, e = int.from_bytes(first, "big"), int.from_bytes(second, "big")
                if 2048 <= n.bit_length() <= 4096 and e == 65537:
                    return rsa.RSAPublicNumbers(e, n).public_key()
    except ValueError:
        pass  # not a point on the curve, not a modulus: refused below like any other bad key
    raise CoseError("cose_key")


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    # The same as cbor.encode(["Signature1", protected, b"", payload]), in a tenth of the time.
    return b"\x84\x6aSignature1" + cbor.byte_string(protected) + b"\x40" + cbor.byte_string(payload)


def _sign(key: PrivateKey, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return key.sign(data, _pss(), hashes.SHA256())


def _pss() -> padding.PSS:
    return padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)


__all__ = [
    "KEY_ID_BYTES",
    "Algorithm",
    "CborError",
    "CoseError",
    "PrivateKey",
    "PublicKey",
    "Sign1",
    "algorithm_of",
    "generate_key",
    "key_id_of",
    "parse_sign1",
    "public_key_from",
    "public_key_map",
    "sign1",
    "verifies",
]
