"""What a fuzzer feeds: bytes → the product's readers, with checks of what comes out.

The first byte of an input chooses how far inside the rest is put: as a text, as the COSE bytes,
as claims under a good signature … so that what lies behind a signature is reached as well. Each
target returns a word for what happened, and raises when something is wrong: an exception that a
reader must not let out, or something accepted that a second reader refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import base45
import msgspec

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict
from kiosk.domain.verification import Situation, judge
from kiosk.domain.vouchers import CODE_TIERS, Tier
from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborError, CborKey, CborValue
from kiosk.protocol.codes import unverified_voucher
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import MAX_KEYS_OF_ONE_ID, KeySet, open_key_set
from kiosk.protocol.policies import open_policy
from kiosk.protocol.signed import DocumentError
from kiosk.protocol.trust import TrustBundle, open_bundle
from kiosk.protocol.verifier import CodeVerifier
from tests.data.vectors import make, shop
from tests.data.vectors.shop import NOW_S, PHONE, ROOT, STORE, header, signed, text_of
from tests.protocol.reference import accepted_voucher

NOW = Instant(NOW_S, Confidence.CARRIED)
_KEY_ID, _KEY = shop.ISSUERS[Algorithm.ED25519]
_HEADER = header(-19, _KEY_ID)
_ROOT_HEADER, _DOCUMENTS_HEADER = header(-19, b"the-root"), header(-19, b"document")


class Wrong(AssertionError):
    """Something that must never happen."""


@cache
def _trust() -> TrustBundle:
    return shop.trust()


@cache
def _signed_key_sets() -> frozenset[bytes]:
    """All that the root has signed and an input may hold."""
    return frozenset({_trust().key_set, shop.trust(expires_at_s=NOW_S).key_set})


@cache
def _key_set() -> KeySet:
    return open_bundle(_trust())[0]


VERIFIER = CodeVerifier(_key_set)


# ---------------------------------------------------------------- codes


def _as_text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _as_claims(tier: int, data: bytes) -> str:
    body = signed(data, _KEY, _HEADER)
    return text_of(tier, shop.shown(body) if tier == 3 else body)


def _as_showing(data: bytes) -> str:
    return text_of(3, signed(data, PHONE, header(-19, PHONE.own_id)))


@cache
def _good_payload(tier: int) -> bytes:
    claims = shop.claims_of("fuzz", tier, {8: shop.named_phone(PHONE)} if tier == 3 else {})
    return cbor.encode(claims)


def _as_header(data: bytes) -> str:
    return text_of(1, signed(_good_payload(1), _KEY, data))


def _as_unprotected(data: bytes) -> str:
    return text_of(1, signed(_good_payload(1), _KEY, _HEADER, unprotected=data))


def _as_holder(data: bytes) -> str:
    """The phone's key in good claims."""
    claims = shop.claims_of("fuzz", 3, {8: b"here"})
    raw = cbor.encode(claims).replace(b"\x08\x44here", b"\x08\xa1\x01" + data)
    return text_of(3, shop.shown(signed(raw, _KEY, _HEADER)))


_LABELS: tuple[CborKey, ...] = (2, 3, 4, 5, 6, 8, -65537, -65538, -65539, 65535, 1, "x")
_POOL: tuple[Any, ...] = (
    *(0, 1, 2, 3, -1, 255, 9999, 10_000, 2**31, 2**32, 2**64 - 1, -(2**64), True, False, None),
    *(NOW_S + by for by in (-172_800, -86_400, -61, -60, -5, 0, 15, 16, 86_400)),
    *("*", "", STORE, "S002", "\u202e", b"", bytes(8), bytes(16), [], {}),
    *([STORE], [STORE, "*"], ["S002", STORE], [STORE, 1], [[STORE]]),
    *([["A", 1]], [["A", 1], ["A", 1]], [["A", 1, 0], ["A", 1]], [["A", 0]], [["A", True]], [[]]),
    *([0, 1], [1, 2**32], [True, 0], [0], {1: 3}, {1: 4}, {2: 30}, {2: 0}, {3: 255}, {4: 1}),
    *({4: True, 5: bytes(8)}, {5: b"7 bytes"}, {1: {}}, "20481024", "²", [0, 0], [0, 2**40]),
    *(shop.named_phone(PHONE), shop.named_phone(shop.STRANGER), {1: True}),
)


def _as_choices(data: bytes) -> str:
    """Good claims and a good showing with parts exchanged: a label and a value each."""
    tier = 1 + data[0] % 3 if data else 1
    claims = dict(shop.claims_of("fuzz", tier, {8: shop.named_phone(PHONE)} if tier == 3 else {}))
    shown: dict[CborKey, CborValue] = {2: NOW_S - 5}
    for label, value in zip(data[1::2], data[2::2], strict=False):
        part, at = divmod(label, 16)
        into, labels = (shown, (2, 3, 4, 5)) if part % 4 == 3 else (claims, _LABELS)
        into[labels[at % len(labels)]] = _POOL[value % len(_POOL)]
        if part == 14:
            claims.pop(_LABELS[at % len(_LABELS)], None)
    body = signed(cbor.encode(claims), _KEY, _HEADER)
    at_s = shown.pop(2)
    return text_of(tier, shop.shown(body, at_s=at_s, more=shown) if tier == 3 else body)


CODE_MODES: tuple[Callable[[bytes], str], ...] = (
    _as_text,
    lambda data: text_of(1, data),
    lambda data: text_of(2, data),
    lambda data: text_of(3, data),
    lambda data: _as_claims(1, data),
    lambda data: _as_claims(2, data),
    lambda data: _as_claims(3, data),
    _as_showing,
    _as_header,
    _as_unprotected,
    _as_holder,
    _as_choices,
)


def code(data: bytes) -> str:
    """One text → the verdict's word. What is accepted, a second reader accepts too."""
    mode = data[0] % len(CODE_MODES) if data else 0
    text = CODE_MODES[mode](data[1:])
    claimed = unverified_voucher(text)
    found = VERIFIER.verify(text, NOW)
    if isinstance(found, Verdict):
        return found.kind.value
    if claimed != found.voucher:
        raise Wrong(f"claimed and verified vouchers differ: {text!r}")
    refusal = judge(found, Situation(STORE, NOW, Policy()))
    if refusal is not None:
        return refusal.kind.value
    if accepted_voucher(text, _key_set().keys, STORE, NOW_S) != found.voucher:
        raise Wrong(f"falsely accepted: {text!r}")
    return "accepted"


def _code_seeds() -> Iterator[bytes]:
    for tier in range(3):
        yield bytes([len(CODE_MODES) - 1, tier])
        for label in range(len(_LABELS)):
            yield bytes([len(CODE_MODES) - 1, tier, label, 20])
    for name in make.FILES:
        for case in json.loads((make.FOLDER / f"{name}.json").read_bytes())["cases"]:
            text = case["text"]
            if len(text) > 2000:
                continue
            yield b"\0" + text.encode()
            yield from _inner_seeds(text)


def _inner_seeds(text: str) -> Iterator[bytes]:
    if text[:4] not in {"TH1:", "TH2:", "TH3:"}:
        return
    tier = int(text[2])
    try:
        body = base45.b45decode(text[4:])
    except ValueError:
        return
    yield bytes([tier]) + body
    parts = _parts(body)
    if parts is None:
        return
    yield bytes([8]) + parts[0]
    yield bytes([7 if tier == 3 else 3 + tier]) + parts[2]
    if tier == 3:
        try:
            shown = cbor.decode(parts[2])
        except CborError:
            return
        inner = _parts(shown.get(1)) if isinstance(shown, dict) else None
        if inner is not None:
            yield bytes([6]) + inner[2]


def _parts(message: CborValue) -> tuple[bytes, bytes, bytes] | None:
    """Protected header, nothing, payload – if it looks like a COSE_Sign1."""
    try:
        parts = cbor.decode(message) if isinstance(message, bytes) else None
    except CborError:
        return None
    match parts:
        case [bytes(protected), _, bytes(payload), _]:
            return protected, b"", payload
        case _:
            return None


# ---------------------------------------------------------------- documents


def _body_in(kind: str, body: bytes) -> bytes:
    good = cbor.encode({1: kind, 2: 1, 3: NOW_S - 9, 4: NOW_S + 9, 5: b"here"})
    return good.replace(b"\x05\x44here", b"\x05" + body)


def _root_signed(payload: bytes) -> bytes:
    return signed(payload, ROOT, _ROOT_HEADER)


def _documents_signed(payload: bytes) -> bytes:
    return signed(payload, shop.DOCUMENTS_KEY, _DOCUMENTS_HEADER)


DOCUMENT_MODES: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("raw keys", lambda data: data),
    ("raw policy", lambda data: data),
    ("keys", _root_signed),
    ("keys", lambda data: _root_signed(_body_in("keys", data))),
    ("policy", _documents_signed),
    ("policy", lambda data: _documents_signed(_body_in("policy", data))),
    ("file", lambda data: data),
)


def document(data: bytes) -> str:
    """One signed document, or trust file → a word. What is opened can be used."""
    kind, make_it = DOCUMENT_MODES[data[0] % len(DOCUMENT_MODES)] if data else DOCUMENT_MODES[0]
    signed_bytes = make_it(data[1:])
    try:
        if kind.endswith("keys"):
            opened = open_key_set(signed_bytes, ROOT.public_key)
            if kind == "raw keys" and signed_bytes not in _signed_key_sets():
                raise Wrong("a key set that nobody signed was opened")
            return _use_key_set(opened)
        if kind.endswith("policy"):
            policy = open_policy(signed_bytes, _key_set(), NOW_S)
            if kind == "raw policy" and signed_bytes != _trust().policy:
                raise Wrong("a policy that nobody signed was opened")
            return _use_policy(policy)
        bundle = msgspec.json.decode(signed_bytes, type=TrustBundle)
        open_bundle(bundle)
    except (DocumentError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error).split(" ", 1)[0] if isinstance(error, DocumentError) else "json"
    return "a trust file"


@cache
def _good_codes() -> tuple[str, ...]:
    return tuple(
        shop.code("fuzz", tier, algorithm)
        for tier, algorithm in shop.EVERY
        if algorithm is not Algorithm.PS256
    )


def _use_key_set(key_set: KeySet) -> str:
    if isinstance(key_set.version, bool) or key_set.version <= 0:
        raise Wrong(f"version {key_set.version!r}")
    ids = [key.key_id for key in key_set.keys]
    if any(ids.count(key_id) > MAX_KEYS_OF_ONE_ID for key_id in set(ids)):
        raise Wrong("too many keys of one id")
    if not all(key.tiers <= CODE_TIERS for key in key_set.keys):
        raise Wrong("a key for a tier that has no codes")
    verifier = CodeVerifier(lambda: key_set)
    for text in _good_codes():
        found = verifier.verify(text, NOW)
        if isinstance(found, Verdict):
            continue
        # Whatever the set says, both readers take it for the same.
        if accepted_voucher(text, key_set.keys, STORE, NOW_S) != found.voucher:
            raise Wrong(f"falsely accepted: {text!r}")
    return "the keys" if {key.key_id for key in _key_set().keys} == set(ids) else "other keys"


def _use_policy(policy: Policy) -> str:
    found = VERIFIER.verify(_good_codes()[0], NOW)
    if isinstance(found, Verdict):
        raise Wrong(f"a good code is refused: {found}")
    judge(found, Situation(STORE, NOW, policy, offline_s=60.0))
    if not all(isinstance(tier, Tier) for tier in policy.offline_tiers):
        raise Wrong(f"offline tiers {policy.offline_tiers!r}")
    return "a policy"


def _document_seeds() -> Iterator[bytes]:
    for name in ("trust.json", "trust-expired.json"):
        content = (make.FOLDER / name).read_bytes()
        yield b"\x06" + content
        bundle = msgspec.json.decode(content, type=TrustBundle)
        yield b"\0" + bundle.key_set
        yield b"\1" + bundle.policy
        for mode, message in ((2, bundle.key_set), (4, bundle.policy)):
            parts = _parts(message)
            if parts is None:
                raise Wrong(f"{name} is no trust file")
            yield bytes([mode]) + parts[2]
            payload = cbor.decode(parts[2])
            if isinstance(payload, dict):
                yield bytes([mode + 1]) + cbor.encode(payload[5])
                if isinstance(payload[5], list):
                    yield from (bytes([mode + 1, 0x81]) + cbor.encode(k) for k in payload[5])
    policies: tuple[dict[CborKey, CborValue], ...] = (
        {"offline_tiers": [1, 2, 3], "stock_check": "warn", "claim_wait_ms": 250},
        {"blocked_vouchers": [bytes(16)], "blocked_holders": [bytes(8)]},
        {"location_check": "review", "supervisor_override": True, "offline_v0": False},
        {"window_s": 60, "future_skew_s": 15, "max_offline_s": 2**31 - 1, "later": [{}]},
    )
    yield from (b"\5" + cbor.encode(policy) for policy in policies)


TARGETS: Mapping[str, tuple[Callable[[bytes], str], Callable[[], Iterator[bytes]]]] = {
    "codes": (code, _code_seeds),
    "documents": (document, _document_seeds),
}
