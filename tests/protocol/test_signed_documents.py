"""Key sets and policies: only what the pinned root vouches for, never older."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.policy import Policy, StockCheck
from kiosk.domain.vouchers import Tier
from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.keyset import MAX_KEYS_OF_ONE_ID, open_key_set
from kiosk.protocol.policies import open_policy
from kiosk.protocol.signed import Document, DocumentError, parse_document, sign_document
from kiosk.protocol.trust import TrustFileError, open_bundle, read_trust_file, root_key_from
from tests.fakes import NOW_S, Issuer

ISSUER = Issuer()
SIGNED = ISSUER.signed_key_set()


def test_a_key_set_is_read_whole() -> None:
    assert open_key_set(SIGNED, ISSUER.root.public_key()) == ISSUER.key_set()


def test_another_root_is_refused() -> None:
    with pytest.raises(DocumentError, match="document_signature"):
        open_key_set(SIGNED, Issuer().root.public_key())


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused(at: int, change: int) -> None:
    data = bytearray(SIGNED)
    data[at] ^= change
    with pytest.raises(DocumentError):
        open_key_set(bytes(data), ISSUER.root.public_key())


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        open_key_set(data, ISSUER.root.public_key())
    with pytest.raises(DocumentError):
        root_key_from(data)


def test_a_policy_is_not_a_key_set() -> None:
    with pytest.raises(DocumentError):
        open_key_set(ISSUER.signed_policy(), ISSUER.documents.public_key())


def test_a_policy_survives_whole() -> None:
    policy = Policy(
        version=7,
        window_s=30,
        claim_wait_s=0.1,
        max_offline_s=3600,
        offline_tiers=frozenset({Tier.V2}),
        offline_v1_max_value_class=0,
        stock_check=StockCheck.REFUSE,
        pin_max_failures=3,
    )
    assert open_policy(ISSUER.signed_policy(policy), ISSUER.key_set(), NOW_S) == policy


def test_a_policy_signed_by_an_issuing_key_is_refused() -> None:
    key_set = ISSUER.key_set()
    codes_only = replace(key_set, keys=key_set.keys[:1])
    with pytest.raises(DocumentError, match="document_key_unknown"):
        open_policy(ISSUER.signed_policy(), codes_only, NOW_S)


def test_a_trust_file_round_trips_and_names_its_faults(tmp_path: Path) -> None:
    import msgspec

    path = tmp_path / "trust.json"
    path.write_bytes(msgspec.json.encode(ISSUER.bundle()))
    key_set, policy = open_bundle(read_trust_file(path))
    assert key_set == ISSUER.key_set()
    assert policy.version == 1
    for content in (b"", b"{}", b"[1]", b"\xff", b'{"root_key": 1}', b'{"format": "other"}'):
        path.write_bytes(content)
        with pytest.raises(TrustFileError, match=r"trust\.json"):
            read_trust_file(path)
    with pytest.raises(TrustFileError, match="No such file"):
        read_trust_file(tmp_path / "absent.json")


def signed_by_root(body: CborValue, **changes: object) -> bytes:
    document = replace(Document("keys", 1, NOW_S, NOW_S + 9, body), **changes)  # type: ignore[arg-type]
    return sign_document(document, ISSUER.root, ISSUER.root_id)


def key_map(**changes: CborValue) -> dict[CborKey, CborValue]:
    """A key of a set with other values; names stand for the labels."""
    payload = cbor.decode(parse_document(SIGNED).payload)
    assert isinstance(payload, dict)
    assert isinstance(payload[5], list)
    key = payload[5][0]
    assert isinstance(key, dict)
    labels = {"kty": 1, "crv": -1, "not_before": -70001, "not_after": -70002, "tiers": -70003}
    return key | {labels[name]: value for name, value in changes.items()}


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": True},
        {"crv": True},
        {"not_before": False},
        {"not_after": True},
        {"tiers": [True]},
        {"tiers": [0]},
        {"tiers": [4]},
        {"tiers": [-1]},
    ],
)
def test_a_key_with_odd_numbers_is_refused(changes: dict[str, CborValue]) -> None:
    with pytest.raises(DocumentError, match="key_set_key"):
        open_key_set(signed_by_root([key_map(**changes)]), ISSUER.root.public_key())


@pytest.mark.parametrize(
    "changes",
    [
        {"version": True},
        {"version": 0},
        {"version": 2**63},
        {"issued_at_s": False},
        {"expires_at_s": 2**63},
        {"issued_at_s": -(2**63) - 1},
        {"kind": "policy"},
    ],
)
def test_a_document_with_odd_numbers_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(DocumentError, match="document_payload"):
        open_key_set(signed_by_root([key_map()], **changes), ISSUER.root.public_key())


def test_only_so_many_keys_share_an_id() -> None:
    def read(count: int) -> int:
        signed = signed_by_root(list[CborValue]([key_map()] * count))
        return len(open_key_set(signed, ISSUER.root.public_key()).keys)

    assert read(MAX_KEYS_OF_ONE_ID) == MAX_KEYS_OF_ONE_ID
    with pytest.raises(DocumentError, match="key_set_too_many_of_one_id"):
        read(MAX_KEYS_OF_ONE_ID + 1)


@pytest.mark.parametrize(
    "name, value",
    [
        ("offline_tiers", [True]),
        ("offline_tiers", [0]),
        ("offline_tiers", [[1]]),
        ("offline_tiers", [{}]),
        ("offline_tiers", ["1"]),
        ("offline_tiers", {1: 1}),
        ("window_s", True),
        ("window_s", -1),
        ("window_s", 2**31),
        ("stock_check", []),
        ("supervisor_override", 1),
        ("blocked_vouchers", [b"short"]),
        ("blocked_vouchers", [[]]),
        ("location_check", {}),
    ],
)
def test_a_policy_with_an_odd_value_is_refused_by_name(name: str, value: CborValue) -> None:
    document = Document("policy", 1, NOW_S, NOW_S + 9, {name: value})
    signed = sign_document(document, ISSUER.documents, b"document")
    with pytest.raises(DocumentError, match=f"policy_{name}"):
        open_policy(signed, ISSUER.key_set(), NOW_S)
