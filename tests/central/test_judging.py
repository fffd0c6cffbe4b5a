"""The rules by which facts contradict each other, without a database."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from kiosk.central.judging import (
    EXPIRY_GRACE_S,
    SEVERITY,
    Chain,
    Contradiction,
    HandedOver,
    KnownVoucher,
    Link,
    Told,
    judge_redemption,
    worst,
)
from kiosk.domain.vouchers import VoucherState
from kiosk.protocol.entries import NO_PREVIOUS
from kiosk.protocol.messages import Line, RedemptionChange

NOW_S = 1_800_000_000
VOUCHER = bytes(16)


def fact(number: int, *lines: Line, undone: bool = False, store: str = "S1") -> RedemptionChange:
    return RedemptionChange(
        entry=bytes([number]) * 32,
        voucher=VOUCHER,
        lines=list(lines),
        at_s=NOW_S,
        store=store,
        terminal=f"T{number}",
        undone=undone,
    )


def known(*lines: Line, state: VoucherState = VoucherState.ACTIVE) -> KnownVoucher:
    return KnownVoucher(state, NOW_S - 10, NOW_S + 100, lines, ("S1",))


def judged(
    one: RedemptionChange, voucher: KnownVoucher | None, *earlier: RedemptionChange | Told
) -> list[Contradiction]:
    """Proved facts, unless they come as what was told."""
    told = [before if isinstance(before, Told) else Told(before, True) for before in earlier]
    return judge_redemption(Told(one, True), voucher, HandedOver(told))


def unproved(one: RedemptionChange) -> Told:
    return Told(one, proved=False)


def kinds(found: list[Contradiction]) -> list[str]:
    return [one.kind for one in found]


def test_within_the_entitlement_nothing_contradicts() -> None:
    voucher = known(Line("A", 3), Line("B", 1, 1))
    earlier = [fact(1, Line("A", 2))]
    assert judged(fact(2, Line("A", 1), Line("B", 1, 1)), voucher, *earlier) == []


def test_an_undone_fact_gives_back() -> None:
    earlier = [fact(1, Line("A", 1), undone=True)]
    assert judged(fact(2, Line("A", 1)), known(Line("A", 1)), *earlier) == []


def test_a_double_names_the_latest_rival_for_the_same_line() -> None:
    voucher = known(Line("A", 1), Line("B", 1))
    earlier = [fact(1, Line("A", 1)), fact(2, Line("B", 1))]
    [found] = judged(fact(3, Line("A", 1)), voucher, *earlier)
    assert found.kind == "duplicate_redemption"
    assert found.other is not None
    assert found.other.terminal == "T1"


@pytest.mark.parametrize(
    "asked, kind",
    [
        (Line("A", 2), "over_redeemed"),
        (Line("A", 3), "over_redeemed"),
        (Line("C", 1), "over_redeemed"),
    ],
)
def test_more_than_is_left(asked: Line, kind: str) -> None:
    found = judged(fact(2, asked), known(Line("A", 2)), fact(1, Line("A", 1)))
    assert kinds(found) == ["over_redeemed"]


def test_one_fact_may_ask_for_a_line_twice() -> None:
    found = judged(fact(1, Line("A", 1), Line("A", 1)), known(Line("A", 1)))
    assert kinds(found) == ["over_redeemed"]


def test_nothing_known_of_the_voucher() -> None:
    assert kinds(judged(fact(1, Line("A", 1)), None)) == ["unknown_voucher"]


def test_expiry_has_the_grace_of_an_open_card() -> None:
    edge = KnownVoucher(
        VoucherState.ACTIVE, 0, NOW_S - EXPIRY_GRACE_S + 1, (Line("A", 1),), ("S1",)
    )
    late = KnownVoucher(VoucherState.ACTIVE, 0, NOW_S - EXPIRY_GRACE_S, (Line("A", 1),), ("S1",))
    assert judged(fact(1, Line("A", 1)), edge) == []
    assert kinds(judged(fact(1, Line("A", 1)), late)) == ["expired_before"]


def test_any_store_means_any() -> None:
    voucher = KnownVoucher(VoucherState.ACTIVE, 0, NOW_S + 1, (Line("A", 1),), ("*",))
    assert judged(fact(1, Line("A", 1), store="S9"), voucher) == []


def test_what_nothing_proves_is_flagged_and_counts_in_its_own_store_only() -> None:
    here = judge_redemption(unproved(fact(1, Line("A", 1))), known(Line("A", 1)), HandedOver())
    away = unproved(fact(2, Line("A", 1), store="S9"))
    there = judge_redemption(away, known(Line("A", 1)), HandedOver())
    assert (kinds(here), kinds(there)) == (["unknown_voucher"], ["wrong_store"])
    assert judged(fact(3, Line("A", 1)), known(Line("A", 1)), away) == []
    [again] = judged(fact(3, Line("A", 1)), known(Line("A", 1)), unproved(fact(1, Line("A", 1))))
    assert (again.kind, again.other and again.other.terminal) == ("duplicate_redemption", "T1")
    elsewhere = judged(fact(3, Line("A", 1), store="S9"), known(Line("A", 1)), away)
    assert kinds(elsewhere) == ["duplicate_redemption", "wrong_store"]


def test_the_other_side_is_told_with_few_lines() -> None:
    """Or a batch of conflicts with a long fact would be an answer that no terminal takes."""
    lines = [Line(f"A{number}", 1) for number in range(200)]
    [found] = judged(fact(2, Line("A0", 1)), known(*lines), fact(1, *lines))
    assert found.other is not None
    assert found.other.lines == lines[:20]


class CountedLines(list[Line]):
    """Knows how often it was read through."""

    times = 0

    def __iter__(self) -> Iterator[Line]:
        self.times += 1
        return super().__iter__()


def test_judging_reads_no_fact_again() -> None:
    """Running totals: what came before costs nothing, however much it is."""
    lines = [Line(f"A{number}", 1) for number in range(20)]
    voucher, before = known(*lines), HandedOver()
    facts = [fact(number, *lines) for number in range(200)]
    facts = [msgspec.structs.replace(one, lines=CountedLines(one.lines)) for one in facts]
    for one in facts:
        judge_redemption(Told(one, True), voucher, before)
        before.add(Told(one, True))
    read = [one.lines.times for one in facts if isinstance(one.lines, CountedLines)]
    assert len(read) == 200
    assert set(read) == {2}, "once when judged, once when counted"


def test_the_worst_comes_first_and_every_kind_has_its_place() -> None:
    found = [Contradiction("chain_gap"), Contradiction("wrong_store")]
    assert worst(found) == Contradiction("wrong_store")
    assert worst([]) is None
    assert len(set(SEVERITY)) == len(SEVERITY) == 12


# --- chains -----------------------------------------------------------------------------------


def link(name: int, previous: int | None, epoch: int, seq: int) -> Link:
    before = NO_PREVIOUS if previous is None else bytes([previous]) * 32
    return Link(bytes([name]) * 32, before, epoch, seq, NOW_S, None, None)


def chain(*links: Link) -> Chain:
    made = Chain("T1", "S1", last=(0, 0))
    for one in links:
        made.add(one)
    return made


@pytest.mark.parametrize(
    "before, new, kind",
    [
        ([], link(1, None, 1, 1), None),
        ([], link(1, None, 2, 1), None),  # an empty first epoch was set aside
        ([], link(1, None, 1, 2), "chain_gap"),
        ([], link(2, 1, 1, 2), "chain_gap"),
        ([link(1, None, 1, 1)], link(2, 1, 1, 2), None),
        ([link(1, None, 1, 1)], link(2, 1, 1, 3), "chain_gap"),
        ([link(1, None, 1, 1)], link(2, 1, 2, 1), None),
        ([link(1, None, 1, 1)], link(2, 1, 2, 2), "chain_gap"),
        ([link(1, None, 1, 1)], link(2, 9, 2, 1), "chain_gap"),
        ([link(1, None, 1, 1)], link(2, None, 1, 1), "chain_fork"),
        ([link(1, None, 1, 1)], link(2, None, 2, 1), "chain_fork"),
        ([link(1, None, 1, 1), link(2, 1, 1, 2)], link(3, 1, 1, 2), "chain_fork"),
        ([link(1, None, 1, 1), link(2, 1, 1, 2)], link(3, 1, 2, 1), "chain_fork"),
    ],
)
def test_where_an_entry_belongs(before: list[Link], new: Link, kind: str | None) -> None:
    found = chain(*before).judge(new)
    assert kinds(found) == ([kind] if kind else [])


def test_a_quarantined_entry_holds_its_place() -> None:
    made = chain(link(1, None, 1, 1))
    made.unread.add(bytes([2]) * 32)
    assert made.judge(link(3, 2, 1, 3)) == []


def test_a_gap_names_what_is_missing_and_a_fork_its_rival() -> None:
    made = chain(link(1, None, 1, 1), link(2, 1, 1, 2))
    [gap] = made.judge(link(5, 4, 1, 5))
    [fork] = made.judge(link(3, 1, 1, 2))
    assert gap.other is not None
    assert gap.other.entry == bytes([4]) * 32
    assert fork.other is not None
    assert (fork.other.entry, fork.other.terminal) == (bytes([2]) * 32, "T1")
