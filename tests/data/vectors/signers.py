"""Keys and signatures that come out the same every time, so that the vectors can be made again.

Every key is derived from its name, so another implementation can derive it as well:

* Ed25519: the private key is ``SHA-256("pickup-kiosk vectors " + name)``;
* P-256: the same bytes as an integer, modulo n − 1, plus 1; signatures after RFC 6979;
* RSA: two primes of 1,024 bits out of a stream of hashes; PSS with a salt that is the hash of the
  message. A real issuer takes random keys and salts.

They are known to everybody and good for nothing but tests.
"""

from __future__ import annotations

import hashlib
from functools import cache
from math import gcd

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kiosk.protocol import cose
from kiosk.protocol.cose import Algorithm, PublicKey

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
_E = 65537
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def seed_of(name: str) -> bytes:
    """What a key is derived from."""
    return hashlib.sha256(f"pickup-kiosk vectors {name}".encode()).digest()


class Signer:
    """A private key with one algorithm; signs the same bytes the same way."""

    def __init__(self, name: str, algorithm: Algorithm) -> None:
        self.name = name
        self.algorithm = algorithm
        self.private_key = _private_key(name, algorithm)

    @property
    def public_key(self) -> PublicKey:
        """What a verifier is told."""
        return self.private_key.public_key()

    @property
    def own_id(self) -> bytes:
        """The key id that a phone's key gives itself."""
        return cose.key_id_of(self.public_key)

    def sign(self, data: bytes) -> bytes:
        """The signature as COSE has it."""
        if isinstance(self.private_key, ed25519.Ed25519PrivateKey):
            return self.private_key.sign(data)
        if isinstance(self.private_key, ec.EllipticCurvePrivateKey):
            algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
            r, s = decode_dss_signature(self.private_key.sign(data, algorithm))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self.sign_pss(data, salt_bytes=32)

    def sign_pss(self, data: bytes, salt_bytes: int) -> bytes:
        """RSASSA-PSS (RFC 8017 §8.1) with SHA-256, MGF1 and a salt made of the message."""
        assert isinstance(self.private_key, rsa.RSAPrivateKey)
        numbers = self.private_key.private_numbers()
        modulus = numbers.public_numbers.n
        bits = modulus.bit_length() - 1
        size = (bits + 7) // 8
        salt = hashlib.sha256(b"salt" + data).digest()[:salt_bytes]
        digest = hashlib.sha256(bytes(8) + hashlib.sha256(data).digest() + salt).digest()
        padded = bytes(size - len(salt) - len(digest) - 2) + b"\1" + salt
        mask = _mgf1(digest, len(padded))
        masked = bytearray(a ^ b for a, b in zip(padded, mask, strict=True))
        masked[0] &= 0xFF >> (8 * size - bits)
        encoded = int.from_bytes(bytes(masked) + digest + b"\xbc", "big")
        of_p, of_q = pow(encoded, numbers.dmp1, numbers.p), pow(encoded, numbers.dmq1, numbers.q)
        signature = of_q + numbers.q * ((of_p - of_q) * numbers.iqmp % numbers.p)
        return signature.to_bytes((modulus.bit_length() + 7) // 8, "big")

    def sign_pkcs1(self, data: bytes) -> bytes:
        """The older RSA signature, which no code may carry."""
        from cryptography.hazmat.primitives.asymmetric import padding

        assert isinstance(self.private_key, rsa.RSAPrivateKey)
        return self.private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())


@cache
def signer(name: str, algorithm: Algorithm) -> Signer:
    """The signer of a name; RSA keys take a second to find."""
    return Signer(name, algorithm)


def _private_key(name: str, algorithm: Algorithm) -> cose.PrivateKey:
    seed = seed_of(name)
    match algorithm:
        case Algorithm.ED25519:
            return ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        case Algorithm.ESP256:
            secret = int.from_bytes(seed, "big") % (P256_ORDER - 1) + 1
            return ec.derive_private_key(secret, ec.SECP256R1())
        case Algorithm.PS256:
            return _rsa_key(seed)


def _rsa_key(seed: bytes) -> rsa.RSAPrivateKey:
    p, q = _prime(seed + b"p"), _prime(seed + b"q")
    p, q = max(p, q), min(p, q)
    d = pow(_E, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=d % (p - 1),
        dmq1=d % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(_E, p * q),
    ).private_key()


def _prime(seed: bytes) -> int:
    """The first prime from a point that the seed decides; 1,024 bits, the two highest set."""
    stream = b"".join(hashlib.sha256(seed + bytes([i])).digest() for i in range(4))
    candidate = int.from_bytes(stream, "big") | 3 << 1022 | 1
    while not (_is_prime(candidate) and gcd(candidate - 1, _E) == 1):
        candidate += 2
    return candidate


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test; sure enough for numbers that nobody chose to deceive it."""
    if any(number % witness == 0 for witness in _WITNESSES):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, witness, odd, twos) for witness in _WITNESSES)


def _passes(number: int, witness: int, odd: int, twos: int) -> bool:
    x = pow(witness, odd, number)
    if x in {1, number - 1}:
        return True
    for _ in range(twos - 1):
        x = x * x % number
        if x == number - 1:
            return True
    return False


def _mgf1(seed: bytes, size: int) -> bytes:
    blocks = (hashlib.sha256(seed + i.to_bytes(4, "big")).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]
