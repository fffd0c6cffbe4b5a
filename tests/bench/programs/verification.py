"""Verifying code texts, beside nothing but the signature's own verification of the same bytes."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kiosk.domain.verdicts import Verdict
from kiosk.protocol import cbor
from kiosk.protocol.codes import parse_text
from kiosk.protocol.cose import Algorithm, PublicKey
from kiosk.protocol.verifier import CodeVerifier
from tests.bench.programs.saying import say
from tests.fakes import NOW_S, Issuer, instant

CODES = 250
ROUNDS = 5


def bare_verification(key: PublicKey, text: str) -> Callable[[], None]:
    """A call that verifies what `text` is signed over, everything around it done beforehand."""
    message = parse_text(text).message
    data = cbor.encode(["Signature1", message.protected, b"", message.payload])
    signature = message.signature
    if isinstance(key, ed25519.Ed25519PublicKey):
        return lambda: key.verify(signature, data)
    if isinstance(key, ec.EllipticCurvePublicKey):
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        der = encode_dss_signature(r, s)
        return lambda: key.verify(der, data, ec.ECDSA(hashes.SHA256()))
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=hashes.SHA256.digest_size)
    return lambda: key.verify(signature, data, pss, hashes.SHA256())


def _rates(algorithm: Algorithm) -> dict[str, float]:
    issuer = Issuer(algorithm)
    key_set, now = issuer.key_set(), instant(NOW_S)
    verifier = CodeVerifier(lambda: key_set)
    texts = [issuer.text() for _ in range(CODES)]
    key = issuer.trusted_key(algorithm).key
    calls = [bare_verification(key, text) for text in texts]
    whole_s, bare_s = [], []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        for call in calls:
            call()
        bare_s.append(time.perf_counter() - began_s)
        began_s = time.perf_counter()
        for text in texts:
            if isinstance(verdict := verifier.verify(text, now), Verdict):
                raise TypeError(verdict)
        whole_s.append(time.perf_counter() - began_s)
    return {
        "rate": CODES / statistics.median(whole_s),
        "bare": CODES / statistics.median(bare_s),
        "characters": statistics.mean(map(len, texts)),
    }


def main() -> int:
    """All algorithms."""
    say({algorithm.name: _rates(algorithm) for algorithm in Algorithm})
    return 0


if __name__ == "__main__":
    sys.exit(main())
