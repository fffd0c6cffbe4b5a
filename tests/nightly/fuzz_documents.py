"""The fuzzer's target for signed documents: key sets, policies, trust files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec

from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict
from kiosk.domain.verification import Situation, judge
from kiosk.domain.vouchers import CODE_TIERS, Tier
from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import MAX_KEYS_OF_ONE_ID, KeySet, open_key_set
from kiosk.protocol.policies import open_policy
from kiosk.protocol.signed import DocumentError
from kiosk.protocol.trust import TrustBundle, open_bundle
from kiosk.protocol.verifier import CodeVerifier
from tests.data.vectors import make, shop
from tests.data.vectors.shop import NOW_S, ROOT, STORE, signed
from tests.nightly.fuzz_ground import (
    DOCUMENTS_HEADER,
    NOW,
    POOL,
    ROOT_HEADER,
    VERIFIER,
    Wrong,
    payload_of,
    signed_key_sets,
    trust,
    trusted_keys,
)
from tests.protocol.reference import accepted_voucher


def _body_in(kind: str, body: bytes) -> bytes:
    good = cbor.encode({1: kind, 2: 1, 3: NOW_S - 9, 4: NOW_S + 9, 5: b"here"})
    return good.replace(b"\x05\x44here", b"\x05" + body)


def _root_signed(payload: bytes) -> bytes:
    return signed(payload, ROOT, ROOT_HEADER)


def _documents_signed(payload: bytes) -> bytes:
    return signed(payload, shop.DOCUMENTS_KEY, DOCUMENTS_HEADER)


_POLICY_NAMES = (
    *("window_s", "offline_tiers", "stock_check", "location_check", "claim_wait_ms"),
    *("blocked_vouchers", "blocked_holders", "supervisor_override", "offline_v0", "later"),
    *("offline_v0_max_value_class", "holder_window_s", "challenge_value_class"),
)
_KEY_LABELS = (1, 2, 3, -1, -2, -3, -70001, -70002, -70003, -70004, -70005, -70006)
_ODD: tuple[Any, ...] = (
    *POOL,
    *([1], [[1]], [{}], [None], [b""], ["1"], [2**64 - 1], [-1], {"a": []}, {1: [1]}, [[], {}]),
    *("warn", "review", "refuse", [bytes(16)] * 2, [bytes(16)], [bytes(8)], ["codes"], [["codes"]]),
)


def _exchanged_policy(data: bytes) -> bytes:
    policy: dict[CborKey, CborValue] = {"offline_tiers": [1, 2, 3]}
    for name, value in zip(data[0::2], data[1::2], strict=False):
        policy[_POLICY_NAMES[name % len(_POLICY_NAMES)]] = _ODD[value % len(_ODD)]
    return _documents_signed(_body_in("policy", cbor.encode(policy)))


def _exchanged_key(data: bytes) -> bytes:
    """A key of the set with some values exchanged, and as often as the first byte says."""
    payload = cbor.decode(payload_of(trust().key_set))
    if not (isinstance(payload, dict) and isinstance(payload[5], list)):
        raise Wrong("the vectors' key set is none")
    times, data = (data[0] % 12, data[1:]) if data else (1, data)
    key = payload[5][data[0] % len(payload[5]) if data else 0]
    if not isinstance(key, dict):
        raise Wrong("the vectors' key is none")
    for label, value in zip(data[1::2], data[2::2], strict=False):
        key[_KEY_LABELS[label % len(_KEY_LABELS)]] = _ODD[value % len(_ODD)]
    return _root_signed(_body_in("keys", cbor.encode([key] * times)))


DOCUMENT_MODES: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("raw keys", lambda data: data),
    ("raw policy", lambda data: data),
    ("keys", _root_signed),
    ("keys", lambda data: _root_signed(_body_in("keys", data))),
    ("policy", _documents_signed),
    ("policy", lambda data: _documents_signed(_body_in("policy", data))),
    ("file", lambda data: data),
    ("policy", _exchanged_policy),
    ("keys", _exchanged_key),
)


def document(data: bytes) -> str:
    """One signed document, or trust file → a word. What is opened can be used."""
    kind, make_it = DOCUMENT_MODES[data[0] % len(DOCUMENT_MODES)] if data else DOCUMENT_MODES[0]
    signed_bytes = make_it(data[1:])
    try:
        if kind.endswith("keys"):
            opened = open_key_set(signed_bytes, ROOT.public_key)
            if kind == "raw keys" and signed_bytes not in signed_key_sets():
                raise Wrong("a key set that nobody signed was opened")
            return _use_key_set(opened)
        if kind.endswith("policy"):
            policy = open_policy(signed_bytes, trusted_keys(), NOW_S)
            if kind == "raw policy" and signed_bytes != trust().policy:
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
    return "the keys" if {key.key_id for key in trusted_keys().keys} == set(ids) else "other keys"


def _use_policy(policy: Policy) -> str:
    found = VERIFIER.verify(_good_codes()[0], NOW)
    if isinstance(found, Verdict):
        raise Wrong(f"a good code is refused: {found}")
    judge(found, Situation(STORE, NOW, policy, offline_s=60.0))
    if not all(isinstance(tier, Tier) for tier in policy.offline_tiers):
        raise Wrong(f"offline tiers {policy.offline_tiers!r}")
    return "a policy"


def seeds() -> Iterator[bytes]:
    for field in range(len(_POLICY_NAMES)):
        yield bytes([7, field, 20])
    for label in range(len(_KEY_LABELS)):
        yield bytes([8, 1, 0, label, 20])
    for name in ("trust.json", "trust-expired.json"):
        content = (make.FOLDER / name).read_bytes()
        yield b"\x06" + content
        bundle = msgspec.json.decode(content, type=TrustBundle)
        yield b"\0" + bundle.key_set
        yield b"\1" + bundle.policy
        for mode, message in ((2, bundle.key_set), (4, bundle.policy)):
            signed_payload = payload_of(message)
            yield bytes([mode]) + signed_payload
            payload = cbor.decode(signed_payload)
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
