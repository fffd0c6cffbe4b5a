"""Status lists and deltas: the bits of the Token Status List, signed, bounded, never older."""

from __future__ import annotations

import os
import tracemalloc
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.policy import Policy
from kiosk.protocol.cbor import CborValue
from kiosk.protocol.signed import Document, DocumentError, sign_document
from kiosk.protocol.status_list import (
    DELTA,
    KIND,
    MAX_DELTA_CHANGES,
    MAX_ENTRIES,
    MAX_STATUS_BYTES,
    StatusDelta,
    StatusList,
    open_status,
    sign_delta,
    sign_status,
    taken,
)
from tests.fakes import NOW_S, Issuer

ISSUER = Issuer()
KEY_SET = ISSUER.key_set()
END_S = NOW_S + 86_400


def listed(*revoked: int, entries: int = 1024, version: int = 5, at_s: int = NOW_S) -> StatusList:
    bits = bytearray(entries // 8)
    for index in revoked:
        bits[index >> 3] |= 1 << (index & 7)
    return StatusList(0, version, at_s, END_S, entries, bytes(bits))


def delta(base: int, version: int, *revoked: int, restored: tuple[int, ...] = ()) -> StatusDelta:
    return StatusDelta(0, base, version, NOW_S, END_S, revoked, restored)


def opened(data: bytes) -> StatusList | StatusDelta:
    return open_status(data, KEY_SET, NOW_S)


def signed(found: StatusList | StatusDelta) -> bytes:
    key = (ISSUER.documents, b"document")
    return sign_status(found, *key) if isinstance(found, StatusList) else sign_delta(found, *key)


def raw(kind: str, body: CborValue, version: int = 5) -> bytes:
    return sign_document(Document(kind, version, NOW_S, END_S, body), ISSUER.documents, b"document")


def test_bits_lie_as_in_the_token_status_list() -> None:
    """The example of the IETF's document: statuses 1 0 0 1 1 1 0 1 1 1 0 0 0 1 0 1."""
    packed = bytes.fromhex("78dadbb918000217015d")
    found = opened(raw(KIND, {1: 0, 2: 1, 3: 16, 4: packed}))
    assert isinstance(found, StatusList)
    assert found.bits == b"\xb9\xa3"
    assert [found.revoked(i) for i in range(16)] == [
        bool(bit) for bit in (1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1)
    ]


def test_a_list_and_a_delta_are_read_whole() -> None:
    for found in (listed(1, 700), delta(3, 5, 7, 9, restored=(8,))):
        assert opened(signed(found)) == found


@pytest.mark.parametrize("index", [-1, 1024, 2**40])
def test_an_index_outside_is_not_there(index: int) -> None:
    assert listed(0).revoked(index) is None


def test_it_must_be_signed_by_a_documents_key() -> None:
    issuers = replace(KEY_SET, keys=KEY_SET.keys[:1])
    for found in (listed(1), delta(3, 5, 7)):
        with pytest.raises(DocumentError, match="document_key_unknown"):
            open_status(signed(found), issuers, NOW_S)
        with pytest.raises(DocumentError, match="document_signature"):
            open_status(signed(found), Issuer().key_set(), NOW_S)
    with pytest.raises(DocumentError, match="document_payload"):
        opened(ISSUER.signed_policy(Policy(version=5)))


def test_a_bomb_is_refused_before_it_inflates() -> None:
    """Signed or not: 2 GB behind two thousand entries cost no more than the entries."""
    stream = zlib.compressobj(9)
    block = bytes(1 << 20)
    bomb = b"".join(stream.compress(block) for _ in range(1 << 7)) + stream.flush()
    document = raw(KIND, {1: 0, 2: 1, 3: 2048, 4: bomb})
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match="status_size"):
            opened(document)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * len(document) + 100_000
    too_long: CborValue = {1: 0, 2: 1, 3: MAX_ENTRIES + 8, 4: bomb}
    with pytest.raises(DocumentError, match="status_body"):
        opened(raw(KIND, too_long))
    with pytest.raises(DocumentError, match="document_too_large"):
        opened(bytes(MAX_STATUS_BYTES + 1))


@pytest.mark.parametrize(
    "body",
    [
        {1: 0, 2: 1, 3: 16},
        {1: -1, 2: 1, 3: 16, 4: zlib.compress(b"\0\0")},
        {1: True, 2: 1, 3: 16, 4: zlib.compress(b"\0\0")},
        {1: 0, 2: 2, 3: 16, 4: zlib.compress(b"\0\0")},
        {1: 0, 2: True, 3: 16, 4: zlib.compress(b"\0\0")},
        {1: 0, 2: 1, 3: 0, 4: zlib.compress(b"")},
        {1: 0, 2: 1, 3: 15, 4: zlib.compress(b"\0\0")},
        {1: 0, 2: 1, 3: 16, 4: b"no zlib"},
        {1: 0, 2: 1, 3: 16, 4: zlib.compress(b"\0")},
        {1: 0, 2: 1, 3: 16, 4: zlib.compress(b"\0\0\0")},
        {1: 0, 2: 1, 3: 16, 4: zlib.compress(b"\0\0")[:-1]},
        {1: 0, 2: 1, 3: 16, 4: zlib.compress(b"\0\0") + b"more"},
        [0],
        None,
    ],
)
def test_what_is_no_list_is_refused(body: CborValue) -> None:
    with pytest.raises(DocumentError, match="status_"):
        opened(raw(KIND, body))


@pytest.mark.parametrize(
    "body",
    [
        {1: 0, 2: 3, 3: [1]},
        {1: 0, 2: 0, 3: [1], 4: []},
        {1: 0, 2: 6, 3: [1], 4: []},
        {1: 0, 2: True, 3: [1], 4: []},
        {1: 0, 2: 3, 3: [2, 1], 4: []},
        {1: 0, 2: 3, 3: [1, 1], 4: []},
        {1: 0, 2: 3, 3: [-1], 4: []},
        {1: 0, 2: 3, 3: [True], 4: []},
        {1: 0, 2: 3, 3: ["1"], 4: []},
        {1: 0, 2: 3, 3: [MAX_ENTRIES], 4: []},
        {1: 0, 2: 3, 3: [1], 4: [1]},
        {1: 0, 2: 3, 3: [*range(MAX_DELTA_CHANGES + 1)], 4: []},
    ],
)
def test_what_is_no_delta_is_refused(body: CborValue) -> None:
    with pytest.raises(DocumentError, match="status_delta_body"):
        opened(raw(DELTA, body))


def test_a_delta_that_changes_within_a_version_is_a_fork() -> None:
    with pytest.raises(DocumentError, match="status_fork"):
        opened(raw(DELTA, {1: 0, 2: 5, 3: [1], 4: []}))


@given(
    st.sets(st.integers(0, 1023)),
    st.sets(st.integers(0, 5000)),
    st.sets(st.integers(0, 5000)),
)
def test_a_delta_does_what_it_says(before: set[int], on: set[int], off: set[int]) -> None:
    off -= on
    base = listed(*before)
    found = taken(base, delta(5, 9, *sorted(on), restored=tuple(sorted(off))), NOW_S)
    assert found.version == 9
    assert found.entries == len(found.bits) * 8 >= 1024
    there = {index for index in range(found.entries) if found.revoked(index)}
    assert there == (before | on) - off
    assert base == listed(*before)


def test_only_what_comes_after_is_taken() -> None:
    base = listed(1, version=5)
    with pytest.raises(DocumentError, match="status_rollback"):
        taken(base, listed(version=4), NOW_S)
    with pytest.raises(DocumentError, match="status_fork"):
        taken(base, listed(2, version=5), NOW_S)
    for news in (delta(4, 6, 2), delta(6, 7, 2)):
        with pytest.raises(DocumentError, match="status_delta_base"):
            taken(base, news, NOW_S)
    with pytest.raises(DocumentError, match="status_delta_base"):
        taken(None, delta(4, 6, 2), NOW_S)
    with pytest.raises(DocumentError, match="status_expired"):
        taken(base, replace(listed(version=9), expires_at_s=NOW_S), NOW_S)
    assert taken(base, listed(2, version=6), NOW_S).revoked(2)
    assert taken(base, base, NOW_S) == base


def test_an_empty_delta_makes_a_list_younger_and_never_older() -> None:
    base = listed(1, version=5, at_s=NOW_S - 3600)
    younger = taken(base, delta(5, 5), NOW_S)
    assert (younger.issued_at_s, younger.bits) == (NOW_S, base.bits)
    for older in (replace(delta(5, 5), issued_at_s=NOW_S - 9), replace(base)):
        with pytest.raises(DocumentError, match="status_rollback"):
            taken(younger, older, NOW_S)


def test_a_list_from_the_future_is_as_old_as_now() -> None:
    """A stolen documents key must not make a list that seems fresh for years."""
    assert taken(None, listed(at_s=NOW_S + 9_000), NOW_S).issued_at_s == NOW_S
    base = taken(None, listed(version=5), NOW_S)
    assert taken(base, replace(delta(5, 5), issued_at_s=END_S - 1), NOW_S).issued_at_s == NOW_S


def test_a_list_that_does_not_shrink_fits() -> None:
    full = StatusList(0, 1, NOW_S, END_S, MAX_ENTRIES, os.urandom(MAX_ENTRIES // 8))
    assert opened(signed(full)) == full
