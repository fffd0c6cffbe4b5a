"""Key sets and policies: only what the pinned root vouches for, never older."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.policy import Policy, StockCheck
from kiosk.domain.vouchers import Tier
from kiosk.protocol.keyset import open_key_set
from kiosk.protocol.policies import open_policy
from kiosk.protocol.signed import DocumentError
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
