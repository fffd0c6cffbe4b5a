"""The first entry of a new epoch: read back, and nothing else taken for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import Entry, EntryError, make_entry, read_entry
from kiosk.protocol.epochs import (
    NEW_EPOCH,
    Missing,
    NewEpoch,
    new_epoch_payload,
    read_new_epoch,
)
from tests.protocol.golden.samples import entry_chain

HEAD = replace(read_entry(entry_chain()["first"][0]).head, kind=NEW_EPOCH)
GAPS = st.builds(
    lambda epoch, first, more: Missing(epoch, first, first + more),
    st.integers(1, 9),
    st.integers(1, 10**6),
    st.integers(0, 10**6),
) | st.builds(Missing, st.integers(1, 9), st.just(0), st.just(0))


def entry(payload: dict[CborKey, CborValue]) -> Entry:
    return make_entry(HEAD, payload)


@given(st.sampled_from(["salvage", "restore"]), st.integers(0, 10**9), st.lists(GAPS, max_size=5))
def test_it_is_read_back(cause: str, kept: int, gaps: list[Missing]) -> None:
    told = NewEpoch(cause, kept, tuple(gaps))  # type: ignore[arg-type]  # one of the two words
    assert read_new_epoch(entry(new_epoch_payload(told))) == told


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {1: "repair", 2: 0, 3: []},
        {1: "salvage", 2: -1, 3: []},
        {1: "salvage", 2: True, 3: []},
        {1: "salvage", 2: 0, 3: [[1, 2]]},
        {1: "salvage", 2: 0, 3: [[1, 3, 2]]},
        {1: "salvage", 2: 0, 3: [[0, 1, 2]]},
        {1: "salvage", 2: 0, 3: [[1, 0, 2]]},
        {1: "salvage", 2: 0, 3: [[1, True, 2]]},
        {1: "salvage", 2: 0, 3: [[1, 1, 2**53]]},
    ],
)
def test_another_form_is_refused(payload: dict[CborKey, CborValue]) -> None:
    with pytest.raises(EntryError, match="entry_new_epoch"):
        read_new_epoch(entry(payload))


def test_another_kind_is_refused() -> None:
    other = make_entry(replace(HEAD, kind="undo"), new_epoch_payload(NewEpoch("restore", 1)))
    with pytest.raises(EntryError, match="entry_new_epoch"):
        read_new_epoch(other)
