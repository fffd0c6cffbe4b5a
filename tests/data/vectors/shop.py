"""Who signs in the vectors, what they sign, and the bytes around it – right or on purpose wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import base45

from kiosk.domain.policy import Policy
from kiosk.domain.vouchers import CODE_TIERS, Tier
from kiosk.protocol import cbor, cose
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import CODES, DOCUMENTS, RECEIPTS, KeySet, TrustedKey, sign_key_set
from kiosk.protocol.policies import policy_document
from kiosk.protocol.signed import sign_document
from kiosk.protocol.trust import TrustBundle
from tests.data.vectors.signers import Signer, signer

NOW_S = 1_800_000_000
STORE = "S001"
DAY_S = 86_400

SUB, AUD, EXP, NBF, IAT, CNF = 2, 3, 4, 5, 6, 8
ITEMS, TIER, OPTIONS, STATUS = -65537, -65538, -65539, 65535

ROOT = signer("root", Algorithm.ED25519)
DOCUMENTS_KEY = signer("documents", Algorithm.ED25519)
ISSUERS: Mapping[Algorithm, tuple[bytes, Signer]] = {
    Algorithm.ED25519: (b"issuer-1", signer("issuer Ed25519", Algorithm.ED25519)),
    Algorithm.ESP256: (b"issuer-2", signer("issuer P-256", Algorithm.ESP256)),
    Algorithm.PS256: (b"issuer-3", signer("issuer RSA", Algorithm.PS256)),
}
PHONES: Mapping[Algorithm, Signer] = {
    algorithm: signer(f"phone {algorithm.name}", algorithm)
    for algorithm in (Algorithm.ED25519, Algorithm.ESP256)
}
PHONE = PHONES[Algorithm.ED25519]
STRANGER = signer("stranger", Algorithm.ED25519)

ONE_ID = b"one-id-1"
SHARERS = (
    signer("shared 1", Algorithm.ED25519),
    signer("shared 2", Algorithm.ED25519),
    signer("shared 3", Algorithm.ESP256),
)
"""Three keys under one id."""


class Limited(NamedTuple):
    """A key of the set that may not sign everything, and what is wrong with it."""

    key_id: bytes
    signer: Signer
    tiers: frozenset[Tier] = CODE_TIERS
    not_before_s: int = NOW_S - DAY_S
    not_after_s: int = NOW_S + 30 * DAY_S
    purposes: frozenset[str] = frozenset({CODES})
    revoked: bool = False


def _named(name: str) -> Signer:
    return signer(f"limited {name}", Algorithm.ED25519)


ONLY_V1 = Limited(b"only-v1.", _named("V1"), tiers=frozenset({Tier.V1}))
ONLY_V3 = Limited(b"only-v3.", _named("V3"), tiers=frozenset({Tier.V3}))
REVOKED = Limited(b"revoked.", _named("revoked"), revoked=True)
PAST = Limited(b"past....", _named("past"), not_after_s=NOW_S)
FUTURE = Limited(b"future..", _named("future"), not_before_s=NOW_S + 1)
RECEIPT = Limited(b"receipts", _named("receipts"), purposes=frozenset({RECEIPTS}))
DOCUMENT = Limited(
    b"document", DOCUMENTS_KEY, tiers=frozenset(), purposes=frozenset({DOCUMENTS, RECEIPTS})
)
ALL_LIMITED = (ONLY_V1, ONLY_V3, REVOKED, PAST, FUTURE, RECEIPT, DOCUMENT)


def trust(expires_at_s: int = NOW_S + 30 * DAY_S) -> TrustBundle:
    """The content of a trust file."""
    plain = [Limited(key_id, key) for key_id, key in ISSUERS.values()]
    shared = [Limited(ONE_ID, key) for key in SHARERS]
    keys = tuple(
        TrustedKey(
            key_id=key.key_id,
            key=key.signer.public_key,
            not_before_s=key.not_before_s,
            not_after_s=key.not_after_s,
            tiers=key.tiers,
            issuer="vectors",
            purposes=key.purposes,
            revoked=key.revoked,
        )
        for key in (*plain, *shared, *ALL_LIMITED)
    )
    key_set = KeySet(1, NOW_S - DAY_S, expires_at_s, keys)
    policy = policy_document(Policy(version=1), NOW_S - DAY_S, NOW_S + 30 * DAY_S)
    return TrustBundle(
        root_key=cbor.encode(cose.public_key_map(ROOT.public_key)),
        key_set=sign_key_set(key_set, ROOT.private_key, b"the-root"),
        policy=sign_document(policy, DOCUMENTS_KEY.private_key, DOCUMENT.key_id),
    )


@dataclass(frozen=True, slots=True)
class Case:
    """One vector."""

    name: str
    text: str
    verdict: str


def voucher_of(name: str) -> bytes:
    """Each case has a voucher of its own."""
    return hashlib.sha256(f"voucher {name}".encode()).digest()[:16]


def claims_of(
    name: str, tier: int, changes: Mapping[CborKey, CborValue] | None = None, *, without: int = 0
) -> dict[CborKey, CborValue]:
    """Good claims of a tier, with changes; those of V3 name no phone yet."""
    claims: dict[CborKey, CborValue] = {
        SUB: voucher_of(name),
        AUD: STORE,
        EXP: NOW_S + DAY_S,
        IAT: NOW_S - (5 if tier < 3 else 3600),
        ITEMS: [["CRAB-4L", 2], ["GIFT-BOX", 1]],
        TIER: tier,
    }
    claims.update(changes or {})
    claims.pop(without, None)
    return claims


def head(major: int, argument: int) -> bytes:
    """A CBOR head in its shortest form."""
    return bytes([major << 5 | argument]) if argument < 24 else _long_head(major, argument)


def _long_head(major: int, argument: int) -> bytes:
    size = next(size for size in (0, 1, 2, 3) if argument < 1 << (8 << size))
    return bytes([major << 5 | 24 + size]) + argument.to_bytes(1 << size, "big")


def bstr(data: bytes) -> bytes:
    """A CBOR byte string."""
    return head(2, len(data)) + data


def header(algorithm: CborValue, key_id: CborValue) -> bytes:
    """A protected header."""
    return cbor.encode({1: algorithm, 4: key_id})


def signed(
    payload: bytes,
    key: Signer,
    protected: bytes,
    *,
    unprotected: bytes = b"\xa0",
    context: str = "Signature1",
    aad: bytes = b"",
) -> bytes:
    """A COSE_Sign1 with a good signature over whatever is given."""
    signature = key.sign(cbor.encode([context, protected, aad, payload]))
    return envelope(protected, payload, signature, unprotected=unprotected)


def envelope(
    protected: bytes, payload: bytes, signature: bytes, *, unprotected: bytes = b"\xa0"
) -> bytes:
    """The four parts, untagged."""
    return b"\x84" + bstr(protected) + unprotected + bstr(payload) + bstr(signature)


def text_of(tier: int, body: bytes) -> str:
    """What a phone shows."""
    return f"TH{tier}:{base45.b45encode(body).decode()}"


def issued(
    claims: Mapping[CborKey, CborValue] | bytes, algorithm: Algorithm = Algorithm.ED25519
) -> bytes:
    """What an issuer signs: claims, or bytes that pretend to be claims."""
    key_id, key = ISSUERS[algorithm]
    payload = claims if isinstance(claims, bytes) else cbor.encode(dict(claims))
    return signed(payload, key, header(int(algorithm), key_id))


def named_phone(phone: Signer) -> CborValue:
    """The ``cnf`` claim of a phone."""
    return {1: cose.public_key_map(phone.public_key)}


def shown(
    inner: bytes,
    phone: Signer = PHONE,
    at_s: CborValue = NOW_S - 5,
    more: Mapping[CborKey, CborValue] | None = None,
) -> bytes:
    """What a phone signs around what the issuer signed."""
    payload = cbor.encode({1: inner, 2: at_s, **(more or {})})
    return signed(payload, phone, header(int(phone.algorithm), phone.own_id))


def bound(
    name: str,
    algorithm: Algorithm = Algorithm.ED25519,
    phone: Signer = PHONE,
    changes: Mapping[CborKey, CborValue] | None = None,
) -> bytes:
    """The inner half of a V3 code."""
    return issued(claims_of(name, 3, {CNF: named_phone(phone), **(changes or {})}), algorithm)


def code(
    name: str,
    tier: int,
    algorithm: Algorithm = Algorithm.ED25519,
    changes: Mapping[CborKey, CborValue] | None = None,
    phone: Signer = PHONE,
) -> str:
    """A whole code of any tier, with changed claims under good signatures."""
    if tier < 3:
        return text_of(tier, issued(claims_of(name, tier, changes), algorithm))
    return text_of(3, shown(bound(name, algorithm, phone, changes), phone))


EVERY = tuple(product((1, 2, 3), Algorithm))
"""Each tier with each algorithm."""


def label(tier: int, algorithm: Algorithm) -> str:
    """How a case's name starts."""
    return f"V{tier} {algorithm.name}"
