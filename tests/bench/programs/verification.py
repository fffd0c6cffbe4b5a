"""Code texts → verdicts, beside the bare signature check and beside `base45` + `cwt.decode`.

All are timed one call at a time, in turns, so that a slow moment of the machine hits each alike.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import base45
import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.domain.clock import Instant
from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict
from kiosk.domain.verification import Situation, judge
from kiosk.domain.vouchers import CODE_TIERS, Tier
from kiosk.protocol import cbor, cose
from kiosk.protocol.codes import parse_text
from kiosk.protocol.cose import Algorithm, PublicKey, Sign1
from kiosk.protocol.keyset import MAX_KEYS_OF_ONE_ID, KeySet
from kiosk.protocol.trust import open_bundle
from kiosk.protocol.verifier import CodeVerifier
from tests.bench.programs.saying import say
from tests.data.vectors import make, shop
from tests.fakes import STORE, Issuer, instant

CODES = 1500
WARM_UP = 50
TIMES_EACH_REFUSAL = 3
_TAG = b"\xd2"
_NAMES = {Algorithm.ED25519: "Ed25519", Algorithm.ESP256: "ESP256", Algorithm.PS256: "PS256"}

Call = Callable[[], object]


def bare_check(key: PublicKey, message: Sign1) -> Call:
    """A call that verifies one signature, everything around it done beforehand."""
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


def _to_verdict(key_set: KeySet, store: str, now: Instant) -> Callable[[str], str]:
    verifier, here = (
        CodeVerifier(lambda: key_set),
        Situation(store, now, Policy(max_status_age_s=0)),
    )

    def verdict(text: str) -> str:
        code = verifier.verify(text, now)
        refusal = code if isinstance(code, Verdict) else judge(code, here)
        return refusal.kind.value if refusal else "accepted"

    return verdict


def _cwt_key(key: PublicKey, key_id: bytes, algorithm: Algorithm) -> Any:
    from cwt import COSEKey

    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return COSEKey.from_pem(pem, kid=key_id, alg=_NAMES[algorithm])


def _timed(call: Call) -> float:
    began_ns = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - began_ns) / 1e6


def _accepting(tier: Tier, algorithm: Algorithm) -> dict[str, Any]:
    import cwt

    issuer = Issuer(algorithm, now_s=int(time.time()))
    phone = cose.generate_key(Algorithm.ED25519)
    key_id, private = issuer.keys[algorithm]
    key, phone_key = private.public_key(), phone.public_key()
    verdict = _to_verdict(issuer.key_set(), STORE, instant(issuer.now_s))
    reader = _cwt_key(key, key_id, algorithm)
    phone_reader = _cwt_key(phone_key, cose.key_id_of(phone_key), Algorithm.ED25519)
    outer_reader = cwt.COSE.new()

    def calls() -> tuple[str, Call, Call]:
        text = issuer.showing(phone) if tier is Tier.V3 else issuer.text(tier=tier)
        code = parse_text(text)
        check = bare_check(key, code.message)
        if code.showing is None:
            return text, check, lambda: cwt.decode(_TAG + base45.b45decode(text[4:]), reader)
        phone_check = bare_check(phone_key, code.showing.message)

        def stock() -> None:
            tagged = _TAG + base45.b45decode(text[4:])
            inner = cbor2.loads(outer_reader.decode(tagged, phone_reader))[1]
            cwt.decode(_TAG + inner, reader)

        return text, lambda: (check(), phone_check()), stock

    whole: list[float] = []
    bare: list[float] = []
    stock_ms: list[float] = []
    characters = 0
    for n in range(CODES + WARM_UP):
        text, check, stock = calls()
        characters += len(text)
        if verdict(text) != "accepted":
            raise TypeError(verdict(text))
        # Every second time the other way round: what comes first warms the caches.
        order: list[tuple[list[float], Call]]
        order = [
            (whole, partial(verdict, text)),
            (bare, check),
            (stock_ms, stock),
        ]
        for into, call in order[:: 1 if n % 2 else -1]:
            took_ms = _timed(call)
            if n >= WARM_UP:
                into.append(took_ms)
    mean = characters / (CODES + WARM_UP)
    return {"whole": whole, "bare": bare, "cwt": stock_ms, "characters": mean}


def _refusals() -> dict[str, list[float]]:
    """What the vectors hold of refusals, and the dearest: many large keys under one id."""
    key_set, _ = open_bundle(shop.trust())
    verdict = _to_verdict(key_set, shop.STORE, instant(shop.NOW_S))
    times: list[float] = []
    texts = [
        case["text"]
        for name in make.FILES
        for case in json.loads((make.FOLDER / f"{name}.json").read_bytes())["cases"]
        if case["verdict"] != "accepted"
    ]
    for _ in range(TIMES_EACH_REFUSAL + 1):
        times = [*times, *(_timed(partial(verdict, text)) for text in texts)]
    return {
        "of the vectors": times[len(texts) :],
        f"{MAX_KEYS_OF_ONE_ID} Ed25519 keys under one id": _crowd(Algorithm.ED25519),
        f"{MAX_KEYS_OF_ONE_ID} RSA keys of 4096 bit under one id": _crowd(Algorithm.PS256),
    }


def _crowd(algorithm: Algorithm) -> list[float]:
    issuer = Issuer(algorithm)
    key_id, _ = issuer.keys[algorithm]
    if algorithm is Algorithm.PS256:
        issuer.keys[algorithm] = (key_id, generate_private_key(65537, 4096))
    usual = issuer.trusted_key(algorithm)
    others = [
        generate_private_key(65537, 4096)
        if algorithm is Algorithm.PS256
        else cose.generate_key(algorithm)
        for _ in range(MAX_KEYS_OF_ONE_ID)
    ]
    keys = tuple(replace(usual, key=other.public_key()) for other in others)
    crowded = replace(issuer.key_set(), keys=keys)
    verdict, text = _to_verdict(crowded, STORE, instant(issuer.now_s)), issuer.text()
    if verdict(text) != "bad_signature":
        raise TypeError(verdict(text))
    return [_timed(partial(verdict, text)) for _ in range(300)]


def main() -> int:
    """All tiers and algorithms, then refusals."""
    warnings.simplefilter("ignore")  # the cwt package loads what cryptography is about to drop
    accepted = {
        f"V{int(tier)} {algorithm.name}": _accepting(tier, algorithm)
        for tier in sorted(CODE_TIERS)
        for algorithm in Algorithm
    }
    say({"accepted": accepted, "refusals": _refusals()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
