"""What is left, and what one redemption may take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.redemption import (
    VoucherHistory,
    assess,
    entitled,
    remaining,
    repeated,
    selection_fault,
)
from kiosk.domain.verdicts import RedemptionRecord, VerdictKind
from kiosk.domain.vouchers import Item, PickupCode, Tier, request_id_for

CODE = PickupCode(
    voucher=bytes(16),
    tier=Tier.V2,
    stores=None,
    issued_at_s=5,
    expires_at_s=9,
    not_before_s=None,
    items=(Item("A", 3), Item("B", 1, 0), Item("C", 2, 0)),
    key_id=bytes(8),
    presented=b"",
)
RECORD = RedemptionRecord(bytes(32), 7, "S001", "S001-T02", None, here=False)
ITEMS = st.lists(st.builds(Item, st.sampled_from("ABC"), st.integers(0, 5)), max_size=6)


def test_nothing_taken_leaves_everything() -> None:
    assert assess(CODE, VoucherHistory()) is None
    assert remaining(CODE.items, ()) == CODE.items


def test_everything_taken_says_when_and_where() -> None:
    verdict = assess(CODE, VoucherHistory(taken=CODE.items, last=RECORD))
    assert verdict is not None
    assert verdict.kind is VerdictKind.ALREADY_REDEEMED
    assert verdict.record is RECORD


def test_a_part_taken_leaves_the_rest() -> None:
    assert assess(CODE, VoucherHistory(taken=(Item("A", 3),), last=RECORD)) is None


def test_an_instance_counts_before_what_is_left() -> None:
    elsewhere = assess(CODE, VoucherHistory(instance=RECORD))
    assert elsewhere is not None
    assert elsewhere.kind is VerdictKind.REPLAYED
    assert assess(CODE, VoucherHistory(instance=replace(RECORD, here=True))) is None


def test_a_showing_honoured_here_is_a_success_only_for_a_while() -> None:
    here = replace(RECORD, at_s=1000, here=True)
    soon, late = repeated(CODE, here, 1180, 180), repeated(CODE, here, 1181, 180)
    assert (soon.kind, soon.reason) == (VerdictKind.ACCEPTED, "same_request")
    assert (late.kind, late.record) == (VerdictKind.ALREADY_REDEEMED, here)


@given(ITEMS, ITEMS)
def test_the_replica_reduces_and_never_enlarges(code: list[Item], replica: list[Item]) -> None:
    code = list({item.key: item for item in code}.values())
    allowed = entitled(
        replace(CODE, items=tuple(code)), VoucherHistory(replica_items=tuple(replica))
    )
    assert all(a.quantity <= b.quantity for a, b in zip(allowed, code, strict=True))


@given(ITEMS, ITEMS)
def test_what_is_left_is_never_negative(entitlement: list[Item], taken: list[Item]) -> None:
    assert all(item.quantity >= 0 for item in remaining(entitlement, taken))


@pytest.mark.parametrize(
    "selected, fault",
    [
        ((Item("A", 3),), None),
        ((Item("A", 1), Item("B", 1, 0), Item("C", 2, 0)), None),
        ((Item("B", 1, 0), Item("C", 2, 0)), None),
        ((), "nothing_selected"),
        ((Item("A", 0),), "nothing_selected"),
        ((Item("A", 4),), "more_than_left"),
        ((Item("A", 2), Item("A", 2)), "more_than_left"),
        ((Item("A", -1), Item("B", 1, 0)), "more_than_left"),
        ((Item("Z", 1),), "more_than_left"),
        ((Item("B", 1, 0),), "bundle_split"),
        ((Item("B", 1, 0), Item("C", 1, 0)), "bundle_split"),
        ((Item("B", 1),), "more_than_left"),
    ],
)
def test_selections(selected: tuple[Item, ...], fault: str | None) -> None:
    assert selection_fault(selected, CODE.items) == fault


def test_request_ids_tell_showings_and_terminals_apart() -> None:
    first, second = CODE.instance, replace(CODE, issued_at_s=6).instance
    assert first is not None
    assert second is not None
    assert first != second
    assert request_id_for(first, "T1") == request_id_for(first, "T1")
    assert len({request_id_for(i, t) for i in (first, second) for t in ("T1", "T2")}) == 4
    assert replace(CODE, tier=Tier.V1).instance is None
