"""Entries: canonical bytes, one identity, one signer."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.ports import TrustVersions
from kiosk.domain.vouchers import Item
from kiosk.protocol import cbor
from kiosk.protocol.entries import (
    NO_PREVIOUS,
    REDEMPTION,
    Entry,
    EntryError,
    EntryHead,
    RedemptionFact,
    make_entry,
    open_sealed,
    read_entry,
    redemption_payload,
    seal,
)
from tests.fakes import instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
FACT = RedemptionFact(
    voucher=bytes(range(16)),
    items=(Item("CRAB-4L", 2), Item("BAG", 1, 0)),
    entitlement=(Item("CRAB-4L", 4), Item("BAG", 1, 0)),
    request_id=b"r" * 16,
    instance=None,
    presented=b"cose bytes",
    tier=1,
    offline=True,
)


def entry() -> Entry:
    head = EntryHead(
        kind=REDEMPTION,
        terminal="S001-T01",
        store="S001",
        epoch=1,
        seq=1,
        previous=NO_PREVIOUS,
        now=instant(),
        wall_ms=1_800_000_000_123,
        staff="1001",
        versions=TrustVersions(3, 0, 2),
    )
    return make_entry(head, redemption_payload(FACT))


def test_an_entry_is_read_whole() -> None:
    made = entry()
    read = read_entry(made.body)
    assert read == made
    assert read.redemption() == FACT


def test_the_format_is_frozen() -> None:
    """Golden bytes: entries of this form are in ledgers for good."""
    assert entry().hash.hex() == hashlib.sha256(entry().body).hexdigest()
    assert entry().hash.hex() == GOLDEN


def test_only_the_terminals_key_opens_a_seal() -> None:
    sealed = seal(entry(), KEY)
    assert open_sealed(sealed, KEY.public_key()) == entry()
    with pytest.raises(EntryError, match="entry_signature"):
        open_sealed(sealed, Ed25519PrivateKey.generate().public_key())


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_breaks_the_seal(at: int, change: int) -> None:
    data = bytearray(seal(entry(), KEY))
    data[at % len(data)] ^= change
    with pytest.raises(EntryError):
        open_sealed(bytes(data), KEY.public_key())


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(EntryError):
        read_entry(data)


@pytest.mark.parametrize(
    "field, value",
    [(3, 7), (5, 0), (5, True), (6, 0), (6, 2**60), (7, b""), (8, -1), (9, 2), (11, 4), (13, [])],
)
def test_heads_are_checked(field: int, value: cbor.CborValue) -> None:
    body = cbor.decode(entry().body)
    assert isinstance(body, dict)
    with pytest.raises(EntryError):
        read_entry(cbor.encode(body | {field: value}))


def test_fields_of_later_versions_are_kept_and_ignored() -> None:
    body = cbor.decode(entry().body)
    assert isinstance(body, dict)
    later = cbor.encode(body | {99: "new"})
    assert read_entry(later).head == entry().head
    assert read_entry(later).body == later


GOLDEN = "ffdc6defecf4bd961d634e2481ace6aca60589046cbba37345bee82b0f96690c"
