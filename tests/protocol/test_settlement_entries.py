"""Settlement entries: what is written is read, everything else is refused by one word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import Entry, EntryError, make_entry, read_entry
from kiosk.protocol.settlement_entries import (
    SETTLEMENT,
    SettlementFact,
    settlement_fact,
    settlement_payload,
)
from tests.protocol.test_undo_entries import HEAD as UNDO_HEAD

FACT = SettlementFact(
    disputed=bytes(range(32)),
    kind="duplicate_redemption",
    decision="shop_bears",
    note="断网时两台都交货",
    supervisors=("9001", "9002"),
    other=bytes(range(32, 64)),
)
HEAD = replace(UNDO_HEAD, kind=SETTLEMENT)


def reread(payload: dict[CborKey, CborValue]) -> Entry:
    return read_entry(make_entry(HEAD, payload).body)


@pytest.mark.parametrize("other", [None, FACT.other])
def test_what_is_written_is_read(other: bytes | None) -> None:
    fact = replace(FACT, other=other)
    assert settlement_fact(reread(settlement_payload(fact))) == fact
    assert settlement_fact(reread(settlement_payload(fact) | {7: "more"})) == fact


def test_the_other_side_may_be_left_out() -> None:
    payload = settlement_payload(FACT)
    del payload[6]
    assert settlement_fact(reread(payload)) == replace(FACT, other=None)


@pytest.mark.parametrize(
    "key, value",
    [
        (1, b"short"), (1, "text"),
        (2, ""), (2, "a\nb"), (2, "x" * 65), (2, 1),
        (3, ""), (3, "x" * 65), (3, None),
        (4, ""), (4, " "), (4, "x" * 501), (4, "a\x00"),
        (5, []), (5, ["9001", "9001"]), (5, [9001]), (5, [""]), (5, "9001"),
        (5, [str(number) for number in range(9)]),
        (6, b"short"), (6, "text"), (6, 0),
    ],
)  # fmt: skip
def test_other_forms_are_refused(key: int, value: CborValue) -> None:
    with pytest.raises(EntryError, match=r"^entry_settlement$"):
        settlement_fact(reread(settlement_payload(FACT) | {key: value}))
