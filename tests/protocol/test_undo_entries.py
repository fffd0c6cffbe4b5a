"""Undo entries: what is written is read, everything else is refused by one word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.ports import TrustVersions
from kiosk.domain.vouchers import Item
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import (
    NO_PREVIOUS,
    REDEMPTION,
    Entry,
    EntryError,
    EntryHead,
    make_entry,
    read_entry,
)
from kiosk.protocol.undo_entries import UNDO, UndoFact, undo_fact, undo_payload
from tests.fakes import instant

FACT = UndoFact(
    redemption=bytes(range(32)),
    voucher=bytes(range(16)),
    items=(Item("CRAB-4M", 2, 1), Item("TEA-LJ", 1)),
    reason="顾客拿错了",
    supervisor="9001",
)
HEAD = EntryHead(
    kind=UNDO,
    terminal="S001-T01",
    store="S001",
    epoch=1,
    seq=2,
    previous=NO_PREVIOUS,
    now=instant(),
    wall_ms=0,
    staff="1001",
    versions=TrustVersions(),
)


def reread(payload: dict[CborKey, CborValue], head: EntryHead = HEAD) -> Entry:
    return read_entry(make_entry(head, payload).body)


def test_what_is_written_is_read() -> None:
    assert undo_fact(reread(undo_payload(FACT))) == FACT
    later = undo_payload(FACT) | {6: "more"}
    assert undo_fact(reread(later)) == FACT
    assert undo_fact(reread(undo_payload(FACT), replace(HEAD, kind=REDEMPTION))) is None


@pytest.mark.parametrize(
    "key, value",
    [
        (1, b"short"), (1, None), (1, "text"),
        (2, bytes(15)), (2, 7),
        (3, []), (3, b""), (3, [["TEA-LJ", 0, None]]), (3, [["TEA-LJ", -1, None]]),
        (3, [["TEA-LJ", True, None]]), (3, [["TEA-LJ", 1]]), (3, ["TEA-LJ"]),
        (3, [["TEA-LJ", 1, None], ["TEA-LJ", 1, None]]),
        (4, ""), (4, " "), (4, "two\nlines"), (4, "x" * 501), (4, None),
        (5, ""), (5, None), (5, 9001),
    ],
)  # fmt: skip
def test_other_forms_are_refused(key: int, value: CborValue) -> None:
    with pytest.raises(EntryError, match=r"^entry_(undo|item)$"):
        undo_fact(reread(undo_payload(FACT) | {key: value}))


@pytest.mark.parametrize("key", [1, 2, 3, 4, 5])
def test_nothing_may_be_missing(key: int) -> None:
    payload = undo_payload(FACT)
    del payload[key]
    with pytest.raises(EntryError, match=r"^entry_undo$"):
        undo_fact(reread(payload))
