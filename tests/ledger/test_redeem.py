"""Commits: durable, together or not at all, never over, the same request once."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from kiosk.domain.ports import RedemptionDraft
from kiosk.domain.undo import UndoDraft
from kiosk.domain.verdicts import VerdictKind
from kiosk.domain.vouchers import Item, PickupCode, Tier, request_id_for
from kiosk.ledger import tables as t
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol.messages import ChangesAnswer, Line, RedemptionChange, StockChange
from tests.fakes import NOW_S, TERMINAL, Issuer

EVERY_TABLE = (t.entries, t.outbox, t.redemptions, t.redemption_lines, t.movements, t.audit)


def draft(code: PickupCode, *items: Item, request_id: bytes | None = None) -> RedemptionDraft:
    return RedemptionDraft(
        code=code,
        entitlement=code.items,
        items=items or code.items,
        request_id=request_id or os.urandom(16),
        staff="1001",
        offline=False,
    )


def counts(ledger: TerminalLedger) -> dict[str, int]:
    with ledger.database.read() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in EVERY_TABLE
        }


def test_one_redemption_writes_everything_together(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code()
    handover = ledger.store.commit_redemption(draft(code))
    assert handover.verdict.kind is VerdictKind.ACCEPTED
    assert (handover.seq, handover.at_s) == (1, NOW_S)
    assert counts(ledger) == {
        "entries": 1, "outbox": 1, "redemptions": 1,
        "redemption_lines": 2, "movements": 2, "audit": 1,
    }  # fmt: skip
    assert ledger.prove_chain().fault is None
    assert ledger.store.outbox().waiting == 1


def test_a_part_then_the_rest_then_nothing(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code(items=(Item("A", 3),))
    first = ledger.store.commit_redemption(draft(code, Item("A", 2)))
    second = ledger.store.commit_redemption(draft(code, Item("A", 1)))
    third = ledger.store.commit_redemption(draft(code, Item("A", 1)))
    assert [h.verdict.kind.value for h in (first, second, third)] == [
        "partially_redeemed",
        "accepted",
        "already_redeemed",
    ]
    assert third.seq is None
    assert counts(ledger)["redemptions"] == 2


def test_the_guard_takes_nothing_when_one_line_is_too_much(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    code = issuer.code(items=(Item("A", 3), Item("B", 1)))
    ledger.store.commit_redemption(draft(code, Item("B", 1)))
    before = counts(ledger)
    refused = ledger.store.commit_redemption(draft(code, Item("A", 3), Item("B", 1)))
    assert refused.verdict.reason == "ledger_guard"
    assert counts(ledger) == before


def test_the_guard_counts_what_was_handed_over_elsewhere(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    code = issuer.code(items=(Item("A", 3),))
    change = RedemptionChange(
        os.urandom(32), code.voucher, [Line("A", 2)], NOW_S, "S001", "S001-T02"
    )
    ledger.replica.apply(ChangesAnswer("1", [change], float(NOW_S)))
    assert ledger.store.commit_redemption(draft(code, Item("A", 2))).seq is None
    assert ledger.store.commit_redemption(draft(code, Item("A", 1))).seq == 1
    undone = replace_undone(change)
    ledger.replica.apply(ChangesAnswer("2", [undone], float(NOW_S)))
    assert ledger.store.commit_redemption(draft(code, Item("A", 2))).seq == 2


def replace_undone(change: RedemptionChange) -> RedemptionChange:
    import msgspec

    return msgspec.structs.replace(change, undone=True)


def test_a_request_is_answered_with_its_first_fact(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code(tier=Tier.V2)
    assert code.instance is not None
    request = request_id_for(code.instance, TERMINAL)
    first = ledger.store.commit_redemption(draft(code, request_id=request))
    again = ledger.store.commit_redemption(draft(code, request_id=request))
    assert again.repeated
    assert (again.seq, again.at_s, again.items) == (first.seq, first.at_s, first.items)
    assert counts(ledger)["entries"] == 1
    history = ledger.store.history(code)
    assert history.instance is not None
    assert history.instance.here


def test_a_failing_transaction_leaves_nothing(ledger: TerminalLedger, issuer: Issuer) -> None:
    ledger.store.commit_redemption(draft(issuer.code()))
    before = counts(ledger)
    broken = replace(issuer.code(), voucher=None)  # type: ignore[arg-type]  # a bug of ours
    with pytest.raises(Exception, match="NOT NULL"):
        ledger.store.commit_redemption(draft(broken))
    assert counts(ledger) == before
    assert ledger.store.commit_redemption(draft(issuer.code())).seq == 2


@pytest.mark.parametrize("table", t.FACTS, ids=lambda table: table.name)
@pytest.mark.parametrize("statement", ["UPDATE {} SET rowid = rowid + 1", "DELETE FROM {}"])
def test_facts_are_never_erased(
    ledger: TerminalLedger, issuer: Issuer, table: object, statement: str
) -> None:
    ledger.store.commit_redemption(draft(issuer.code()))
    redemption = ledger.store.own_redemption(None, 1)
    assert redemption is not None
    ledger.store.commit_undo(UndoDraft(redemption, "退回", "9001", None))

    def tries(connection: Connection) -> None:
        row = {"entry": bytes(32), "voucher": bytes(16), "at_s": NOW_S, "terminal": "S001-T02"}
        connection.execute(t.serial_tries.insert().values(row))
        connection.execute(t.cleared_tries.insert().values({"try": bytes(32), "review": bytes(32)}))

    ledger.database.write(tries)
    with pytest.raises(DBAPIError, match="never erased"):
        ledger.database.write(lambda c: c.execute(text(statement.format(table))))


def test_an_unsent_entry_is_never_deleted(ledger: TerminalLedger, issuer: Issuer) -> None:
    ledger.store.commit_redemption(draft(issuer.code()))
    with pytest.raises(DBAPIError, match="unsent"):
        ledger.database.write(lambda c: c.execute(text("DELETE FROM outbox")))


def test_sequence_numbers_have_no_gap(ledger: TerminalLedger, issuer: Issuer) -> None:
    for expected in range(1, 6):
        assert ledger.store.commit_redemption(draft(issuer.code())).seq == expected
    with pytest.raises(DBAPIError, match="no gaps"):
        ledger.database.write(
            lambda c: c.execute(
                text(
                    "INSERT INTO entries SELECT epoch, 99, x'00', previous, kind, at_s, sealed"
                    " FROM entries WHERE seq = 5"
                )
            )
        )


def test_twenty_threads_never_redeem_one_voucher_twice(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    code = issuer.code(items=(Item("A", 3),))
    start = threading.Barrier(20)
    kinds: list[VerdictKind] = []

    def one() -> None:
        start.wait()
        kinds.append(ledger.store.commit_redemption(draft(code, Item("A", 1))).verdict.kind)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(kind is not VerdictKind.ALREADY_REDEEMED for kind in kinds) == 3
    assert counts(ledger)["redemptions"] == 3
    assert ledger.prove_chain().entries == 3


def test_stock_is_centrals_count_plus_own_news(ledger: TerminalLedger, issuer: Issuer) -> None:
    def page(cursor: str, count: int, through: int) -> ChangesAnswer:
        change = StockChange("A", count)
        return ChangesAnswer(cursor, [change], float(NOW_S), through_epoch=1, through_seq=through)

    ledger.replica.apply(page("1", 10, 0))
    for _ in range(2):
        ledger.store.commit_redemption(draft(issuer.code(items=(Item("A", 3),))))
    assert ledger.store.on_hand(("A", "B")) == {"A": 4}
    ledger.replica.apply(page("2", 7, 1))  # central has applied the first one only
    assert ledger.store.on_hand(("A",)) == {"A": 4}
    ledger.replica.apply(page("3", 4, 2))
    assert ledger.store.on_hand(("A",)) == {"A": 4}
