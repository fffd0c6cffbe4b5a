"""Entries about serials: what is written is read, everything else is refused by one word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.ports import TrustVersions
from kiosk.domain.serials import MAX_CLEARED, MAX_NOTE_CHARS
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import (
    MAX_ENTRY_BYTES,
    NO_PREVIOUS,
    REDEMPTION,
    Entry,
    EntryError,
    EntryHead,
    make_entry,
    read_entry,
)
from kiosk.protocol.serial_entries import (
    SERIAL_REVIEW,
    SERIAL_TRY,
    SerialReviewFact,
    SerialTryFact,
    review_payload,
    serial_fact,
    try_payload,
)
from tests.fakes import instant

VOUCHER, HASH = bytes(range(16)), bytes(range(32))
HEAD = EntryHead(
    kind=SERIAL_TRY,
    terminal="S001-T01",
    store="S001",
    epoch=1,
    seq=1,
    previous=NO_PREVIOUS,
    now=instant(),
    wall_ms=0,
    staff=None,
    versions=TrustVersions(),
)
REVIEW = replace(HEAD, kind=SERIAL_REVIEW, staff="9001")


def reread(head: EntryHead, payload: dict[CborKey, CborValue]) -> Entry:
    return read_entry(make_entry(head, payload).body)


def test_what_is_written_is_read() -> None:
    tried = SerialTryFact(VOUCHER)
    assert serial_fact(reread(HEAD, try_payload(tried))) == tried
    hashes = tuple(number.to_bytes(32, "big") for number in range(MAX_CLEARED))
    review = SerialReviewFact(VOUCHER, hashes, "字" * MAX_NOTE_CHARS)
    entry = reread(REVIEW, review_payload(review))
    assert serial_fact(entry) == review
    assert len(entry.body) < MAX_ENTRY_BYTES - 1000  # the seal needs some room


def test_other_kinds_say_nothing_of_serials() -> None:
    assert serial_fact(reread(replace(HEAD, kind=REDEMPTION), {1: VOUCHER})) is None
    assert serial_fact(reread(replace(HEAD, kind="undo"), {})) is None


def test_keys_of_later_versions_are_ignored() -> None:
    assert serial_fact(reread(HEAD, {1: VOUCHER, 9: "later"})) == SerialTryFact(VOUCHER)
    later: dict[CborKey, CborValue] = {1: VOUCHER, 2: [HASH], 3: "", 9: [1]}
    assert serial_fact(reread(REVIEW, later)) == SerialReviewFact(VOUCHER, (HASH,))


@pytest.mark.parametrize("payload", [{}, {1: b"short"}, {1: "x" * 16}, {1: None}, {2: VOUCHER}])
def test_malformed_tries(payload: dict[CborKey, CborValue]) -> None:
    with pytest.raises(EntryError, match=r"^entry_serial_try$"):
        serial_fact(reread(HEAD, payload))


@pytest.mark.parametrize(
    "changed",
    [
        {1: b"short"},
        {2: []},
        {2: HASH},
        {2: [HASH[:-1]]},
        {2: [HASH, "text"]},
        {2: [HASH, HASH]},
        {2: [number.to_bytes(32, "big") for number in range(MAX_CLEARED + 1)]},
        {3: "x" * (MAX_NOTE_CHARS + 1)},
        {3: "nul\0"},
        {3: None},
    ],
)
def test_malformed_reviews(changed: dict[CborKey, CborValue]) -> None:
    good: dict[CborKey, CborValue] = {1: VOUCHER, 2: [HASH], 3: "note"}
    with pytest.raises(EntryError, match=r"^entry_serial_review$"):
        serial_fact(reread(REVIEW, good | changed))


def test_a_review_has_a_reviewer() -> None:
    payload = review_payload(SerialReviewFact(VOUCHER, (HASH,)))
    with pytest.raises(EntryError, match=r"^entry_serial_review$"):
        serial_fact(reread(replace(REVIEW, staff=None), payload))
