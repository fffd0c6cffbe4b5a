"""Undo in the ledger: all of it or nothing, guarded by the database, kept by a salvage."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from kiosk.domain.undo import OwnRedemption, UndoDraft
from kiosk.domain.vouchers import Item
from kiosk.ledger import tables as t
from kiosk.ledger.export import exported
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.salvage import salvage
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol.messages import ChangesAnswer, Line, RedemptionChange
from tests.fakes import NOW_S, STORE, FakeClock, Issuer, opened
from tests.ledger.test_redeem import draft

TABLES = (t.entries, t.outbox, t.redemption_lines, t.undone, t.movements, t.audit)


def redemption(ledger: TerminalLedger, seq: int = 1) -> OwnRedemption:
    found = ledger.store.own_redemption(1, seq)
    assert found is not None
    return found


def undo(ledger: TerminalLedger, seq: int = 1) -> None:
    ledger.store.commit_undo(UndoDraft(redemption(ledger, seq), "退回", "9001", "1001"))


def counts(ledger: TerminalLedger) -> list[int]:
    with ledger.database.read() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in TABLES
        ]


def test_one_undo_writes_everything_together(ledger: TerminalLedger, issuer: Issuer) -> None:
    ledger.store.commit_redemption(draft(issuer.code()))
    before = counts(ledger)
    undo(ledger)
    added = [after - was for was, after in zip(before, counts(ledger), strict=True)]
    assert added == [1, 1, 2, 1, 2, 1]
    with ledger.database.read() as connection:
        line = connection.execute(
            select(t.audit.c.staff, t.audit.c.action, t.audit.c.detail).order_by(
                t.audit.c.id.desc()
            )
        ).first()
        moved = connection.scalar(select(func.sum(t.movements.c.delta)))
    assert line == ("9001", "undo", "退回")
    assert moved == 0
    undo(ledger)
    assert [after - was for was, after in zip(before, counts(ledger), strict=True)] == added


def test_what_others_took_still_counts(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code(items=(Item("A", 3),))
    ledger.store.commit_redemption(draft(code, Item("A", 1)))
    change = RedemptionChange(os.urandom(32), code.voucher, [Line("A", 2)], NOW_S, STORE, "T02")
    ledger.replica.apply(ChangesAnswer("1", [change], float(NOW_S)))
    undo(ledger)
    assert ledger.store.commit_redemption(draft(code, Item("A", 2))).seq is None
    assert ledger.store.commit_redemption(draft(code, Item("A", 1))).seq == 3


@pytest.mark.parametrize("order", [(False, True), (True, False)])
def test_what_came_back_elsewhere_stays_back_whatever_arrives_late(
    ledger: TerminalLedger, issuer: Issuer, order: tuple[bool, bool]
) -> None:
    code = issuer.code(items=(Item("A", 1),))
    entry = os.urandom(32)
    for undone in order:
        change = RedemptionChange(
            entry, code.voucher, [Line("A", 1)], NOW_S, STORE, "T02", undone=undone
        )
        ledger.replica.learn([change])
    assert ledger.store.commit_redemption(draft(code)).seq == 1


def test_no_more_comes_back_than_was_handed_over(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code(items=(Item("A", 2),))
    ledger.store.commit_redemption(draft(code))
    ledger.store.commit_redemption(draft(issuer.code(items=(Item("A", 2),))))

    def give(connection: Connection) -> None:
        line = {"entry": redemption(ledger, 2).entry, "sku": "A", "bundle": 7}
        connection.execute(
            t.redemption_lines.insert().values(line | {"voucher": code.voucher, "quantity": -1})
        )

    with pytest.raises(DBAPIError, match="more undone than redeemed"):
        ledger.database.write(give)


def test_a_salvage_keeps_it(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    code = issuer.code(items=(Item("A", 1),))
    with opened(home, clock) as ledger:
        ledger.store.commit_redemption(draft(code))
        undo(ledger)
        before = counts(ledger)
    with HomeLock(home):
        assert salvage(home, clock, whole_too=True).entries == 2
    with opened(home, clock) as ledger:
        assert ledger.prove_chain().fault is None
        # One more entry and outbox row: the new epoch's.
        assert counts(ledger) == [before[0] + 1, before[1] + 1, *before[2:]]
        assert ledger.store.undone(redemption(ledger)) is not None
        assert ledger.store.commit_redemption(draft(code)).seq == 2


def lose_the_first(connection: Connection) -> None:
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    tables = ("undone", "redemption_lines", "redemptions", "movements", "outbox", "entries")
    for table in tables:
        guard = f"{table}_never_delete" if table != "outbox" else "outbox_never_deleted"
        connection.execute(text(f"DROP TRIGGER {guard}"))
        connection.execute(text(f"DELETE FROM {table} WHERE rowid = 1"))


def test_an_undo_survives_the_loss_of_its_redemption(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    code = issuer.code(items=(Item("A", 1),))

    with opened(home, clock) as ledger:
        ledger.store.commit_redemption(draft(code))
        undo(ledger)
        ledger.database.write(lose_the_first)
    with HomeLock(home):
        assert salvage(home, clock, whole_too=True).entries == 1
    with opened(home, clock) as ledger:
        assert ledger.prove_chain().fault is None
        with ledger.database.read() as connection:
            assert connection.scalar(select(func.sum(t.movements.c.delta))) == 1
        assert ledger.store.commit_redemption(draft(code)).seq == 2


def test_it_is_exported(ledger: TerminalLedger, issuer: Issuer) -> None:
    code = issuer.code(items=(Item("A", 2),))
    ledger.store.commit_redemption(draft(code))
    undo(ledger)
    first, second = exported(ledger.database)
    assert (second["kind"], second["voucher"]) == ("undo", code.voucher.hex())
    assert second["undoes"] == first["hash"]
    assert second["items"] == [["A", 2, None]]
    assert (second["reason"], second["supervisor"], second["staff"]) == ("退回", "9001", "1001")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM undone",
        "DELETE FROM redemption_lines WHERE quantity < 0",
        "UPDATE redemption_lines SET quantity = -1 WHERE quantity = -2",
    ],
)
def test_tampering_is_named(ledger: TerminalLedger, issuer: Issuer, statement: str) -> None:
    ledger.store.commit_redemption(draft(issuer.code()))
    undo(ledger)
    assert ledger.prove_chain().fault is None

    def tamper(connection: Connection) -> None:
        for table in ("undone", "redemption_lines"):
            for event in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_never_{event}"))
        connection.execute(text(statement))

    ledger.database.write(tamper)
    fault = ledger.prove_chain().fault
    assert fault is not None
    assert (fault.seq, fault.reason) == (2, "undo_differs")
