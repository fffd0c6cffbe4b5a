"""Settling conflicts at a counter, on a real ledger: who may, how many, and what stays listed."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import text

from kiosk.counter.desk import Desk
from kiosk.counter.settle import settle
from kiosk.domain.conflicts import Conflict, Decision, Settled, SettlementDraft, SettleRefusal
from kiosk.domain.ports import ClaimAnswer
from kiosk.domain.vouchers import CodeOptions, Item
from kiosk.ledger.export import exported
from kiosk.ledger.home import Home
from kiosk.ledger.salvage import salvage
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from kiosk.protocol.entries import open_sealed
from kiosk.protocol.settlement_entries import SettlementFact, settlement_fact
from kiosk.protocol.verifier import CodeVerifier
from tests.counter.conftest import Counter
from tests.fakes import NOW_S, STORE, TERMINAL

OTHER = m.OtherFact(
    bytes(range(32)), bytes(16), STORE, "S001-T02", "1002", NOW_S - 60, [m.Line("A", 1)]
)
KIND = "duplicate_redemption"


@pytest.fixture
def counter(counter: Counter) -> Counter:
    counter.central.answer = ClaimAnswer(granted=True)
    counter.learn(
        m.StaffChange("9001", "李店长", "supervisor", "scrypt$00$00"),
        m.StaffChange("9002", "赵", "supervisor", "scrypt$00$00"),
        m.StaffChange("1001", "王小满", "clerk", "scrypt$00$00"),
    )
    return counter


def disputed(counter: Counter, value_class: int = 0) -> bytes:
    """A redemption that central has taken and contradicts; its entry's hash."""
    options = CodeOptions(value_class=value_class)
    code = counter.issuer.text(items=(Item("A", 1),), options=options)
    counter.hand_over(counter.scan(code))
    sent = counter.ledger.outbox.take(9, 10**6)
    outcomes = [m.Outcome(one.hash, "conflict", b"receipt", KIND, OTHER) for one in sent]
    counter.ledger.outbox.settle(outcomes, sent)
    return sent[-1].hash


def draft(conflict: Conflict, *supervisors: str, note: str = "门店承担") -> SettlementDraft:
    return SettlementDraft(
        conflict.entry,
        conflict.kind,
        conflict.other_entry,
        Decision.SHOP_BEARS,
        note,
        supervisors or ("9001",),
    )


def ask(counter: Counter, asked: SettlementDraft) -> Settled | SettleRefusal:
    return settle(asked, store=counter.ledger.store, central=counter.central)


def only(counter: Counter) -> Conflict:
    [conflict] = counter.ledger.store.conflicts()
    return conflict


def state(counter: Counter) -> str:
    return counter.ledger.store.recent(1)[0].state


def test_both_facts_are_told(counter: Counter) -> None:
    entry = disputed(counter, value_class=2)
    conflict = only(counter)
    assert (conflict.entry, conflict.kind, conflict.value_class) == (entry, KIND, 2)
    assert conflict.own is not None
    assert (conflict.own.terminal, conflict.own.staff, conflict.own.at_s) == (
        TERMINAL, "1001", NOW_S,
    )  # fmt: skip
    assert conflict.own.items == (Item("A", 1),)
    assert conflict.other is not None
    assert (conflict.other.terminal, conflict.other.staff) == ("S001-T02", "1002")
    assert (conflict.other.items, conflict.other.at_s) == ((Item("A", 1),), NOW_S - 60)
    assert conflict.settlement is None


def test_settled_it_stays_listed_and_is_open_no_more(counter: Counter) -> None:
    entry = disputed(counter)
    assert (state(counter), counter.ledger.store.outbox().conflicts) == ("conflict", 1)
    nudges = counter.central.nudges
    result = ask(counter, draft(only(counter), note=" 门店\n承担 "))
    assert isinstance(result, Settled)
    assert (result.seq, result.repeated) == (2, False)
    assert counter.central.nudges == nudges + 1
    settlement = only(counter).settlement
    assert settlement == result.settlement
    assert settlement is not None
    assert (settlement.decision, settlement.note) == ("shop_bears", "门店 承担")
    assert (settlement.supervisors, settlement.at_s) == (("9001",), NOW_S)
    assert (state(counter), counter.ledger.store.outbox().conflicts) == ("acked", 0)
    [sent] = counter.ledger.outbox.take(9, 10**6)
    fact = settlement_fact(open_sealed(sent.sealed, counter.ledger.identity.key.public_key()))
    assert fact == SettlementFact(entry, KIND, "shop_bears", "门店 承担", ("9001",), OTHER.entry)
    assert counter.ledger.prove_chain().fault is None


def test_a_second_time_tells_the_first_decision(counter: Counter) -> None:
    disputed(counter)
    first = ask(counter, draft(only(counter)))
    assert isinstance(first, Settled)
    again = ask(counter, replace(draft(only(counter), "9002"), decision=Decision.OTHER))
    assert isinstance(again, Settled)
    assert (again.repeated, again.settlement) == (True, first.settlement)
    assert counter.ledger.prove_chain().entries == 2


@pytest.mark.parametrize(
    "value_class, supervisors, accepted",
    [
        (2, ("9001",), True),
        (3, ("9001",), False),
        (3, ("9001", "9001"), False),
        (3, ("9001", "9002"), True),
    ],
)
def test_dear_goods_take_two_persons(
    counter: Counter, value_class: int, supervisors: tuple[str, ...], accepted: bool
) -> None:
    disputed(counter, value_class)
    result = ask(counter, draft(only(counter), *supervisors))
    if accepted:
        assert isinstance(result, Settled)
    else:
        assert result is SettleRefusal.SECOND_PERSON_NEEDED
        assert only(counter).settlement is None


def test_the_policy_says_from_where_on(counter: Counter) -> None:
    disputed(counter, value_class=1)
    counter.govern(settle_two_persons_from_class=1)
    assert ask(counter, draft(only(counter))) is SettleRefusal.SECOND_PERSON_NEEDED
    counter.govern(settle_two_persons_from_class=4)
    assert isinstance(ask(counter, draft(only(counter))), Settled)


@pytest.mark.parametrize(
    "supervisors, note, refusal",
    [
        (("1001",), "x", SettleRefusal.NOT_A_SUPERVISOR),
        (("9001", "1001"), "x", SettleRefusal.NOT_A_SUPERVISOR),
        (("nobody",), "x", SettleRefusal.NOT_A_SUPERVISOR),
        (("9001",), "  ", SettleRefusal.NOTE_UNUSABLE),
        (("9001",), "x" * 501, SettleRefusal.NOTE_UNUSABLE),
    ],
)
def test_refusals_write_nothing(
    counter: Counter, supervisors: tuple[str, ...], note: str, refusal: SettleRefusal
) -> None:
    disputed(counter)
    assert ask(counter, draft(only(counter), *supervisors, note=note)) is refusal
    assert counter.ledger.prove_chain().entries == 1
    assert only(counter).settlement is None


def test_without_anybody_nothing_is_settled(counter: Counter) -> None:
    disputed(counter)
    asked = replace(draft(only(counter)), supervisors=())
    assert ask(counter, asked) is SettleRefusal.NOT_A_SUPERVISOR


def test_what_is_not_there_cannot_be_settled(counter: Counter) -> None:
    disputed(counter)
    asked = draft(only(counter))
    for other in (
        replace(asked, entry=bytes(32)),
        replace(asked, kind="over_redeemed"),
        replace(asked, other_entry=b""),
    ):
        assert ask(counter, other) is SettleRefusal.UNKNOWN_CONFLICT


# --- whose value is it ------------------------------------------------------------------------


def test_an_entry_that_is_lost_counts_as_dear(counter: Counter) -> None:
    counter.learn(m.ConflictChange(os.urandom(32), KIND, OTHER))
    assert (only(counter).own, only(counter).value_class) == (None, 3)


def test_the_codes_own_word_comes_first(counter: Counter) -> None:
    code = counter.issuer.code(items=(Item("A", 1),))
    counter.hand_over(counter.scan(counter.issuer.text(code)))
    [sent] = counter.ledger.outbox.take(9, 10**6)
    counter.learn(
        m.VoucherChange(code.voucher, 1, "active", NOW_S + 99, [], value_class=2),
        m.ConflictChange(sent.hash, KIND, OTHER),
    )
    assert only(counter).value_class == 0


# --- what others settled ----------------------------------------------------------------------


def told_settled(entry: bytes) -> m.ConflictChange:
    settlement = m.Settled("customer_error", "已追回", ["9009"], NOW_S + 5, "S001-T02")
    return m.ConflictChange(entry, KIND, OTHER, settlement)


def test_the_other_side_settled_it(counter: Counter) -> None:
    entry = disputed(counter)
    counter.learn(told_settled(entry))
    settlement = only(counter).settlement
    assert settlement is not None
    assert (settlement.decision, settlement.supervisors) == ("customer_error", ("9009",))
    assert (state(counter), counter.ledger.store.outbox().conflicts) == ("acked", 0)
    result = ask(counter, draft(only(counter)))
    assert isinstance(result, Settled)
    assert (result.repeated, result.settlement) == (True, settlement)


def test_an_older_word_does_not_open_it_again(counter: Counter) -> None:
    entry = disputed(counter)
    ask(counter, draft(only(counter)))
    counter.learn(m.ConflictChange(entry, KIND, OTHER))
    assert only(counter).settlement is not None
    assert state(counter) == "acked"


def test_two_others_are_two_conflicts(counter: Counter) -> None:
    entry = disputed(counter)
    third = m.OtherFact(os.urandom(32), bytes(16), STORE, "S001-T03", None, NOW_S, [])
    counter.learn(m.ConflictChange(entry, KIND, third))
    first, second = counter.ledger.store.conflicts()
    assert first.id != second.id
    ask(counter, draft(first))
    assert (state(counter), counter.ledger.store.outbox().conflicts) == ("conflict", 1)
    ask(counter, draft(second))
    assert (state(counter), counter.ledger.store.outbox().conflicts) == ("acked", 0)


def test_the_desk_lists_and_settles(counter: Counter) -> None:
    disputed(counter)
    desk = Desk(
        verifier=CodeVerifier(counter.ledger.trust.key_set),
        store=counter.ledger.store,
        central=counter.central,
        clock=counter.clock,
    )
    try:
        [conflict] = desk.conflicts().result()
        assert isinstance(desk.settle(draft(conflict)).result(), Settled)
    finally:
        desk.close()


# --- the ledger -------------------------------------------------------------------------------


def test_it_is_exported_and_proved(counter: Counter) -> None:
    entry = disputed(counter, 3)
    ask(counter, draft(only(counter), "9001", "9002"))
    line = list(exported(counter.ledger.database))[-1]
    assert (line["kind"], line["settles"], line["conflict"]) == ("settlement", entry.hex(), KIND)
    assert (line["decision"], line["note"]) == ("shop_bears", "门店承担")
    assert line["supervisors"] == ["9001", "9002"]
    counter.ledger.database.write(lambda c: c.execute(text("UPDATE conflicts SET state = 'open'")))
    fault = counter.ledger.prove_chain().fault
    assert fault is not None
    assert (fault.seq, fault.reason) == (2, "settlement_differs")


def test_a_salvage_keeps_it_settled(counter: Counter) -> None:
    entry = disputed(counter)
    ask(counter, draft(only(counter)))
    home = Home(counter.ledger.database._path.parent)
    counter.ledger.close()
    salvage(home, counter.clock, whole_too=True)
    with closing(TerminalLedger(home, counter.clock)) as ledger:
        assert ledger.prove_chain().fault is None
        told = m.ConflictChange(entry, KIND, OTHER)
        ledger.replica.apply(m.ChangesAnswer("new", [told], float(NOW_S)))
        [conflict] = ledger.store.conflicts()
        assert conflict.settlement is not None
        assert conflict.other is not None
        assert ledger.store.outbox().conflicts == 0
