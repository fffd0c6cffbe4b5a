"""Comparing with central: the ledger's side."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, Update, update

from kiosk.ledger import tables as t
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from kiosk.protocol.entries import Window
from tests.fakes import NOW_S, Issuer
from tests.ledger.test_redeem import draft


def redeemed(ledger: TerminalLedger, issuer: Issuer, *states: str) -> None:
    """One entry for each of these outbox states."""
    for seq, state in enumerate(states, start=1):
        ledger.store.commit_redemption(draft(issuer.code()))
        put = update(t.outbox).where(t.outbox.c.seq == seq).values(state=state)
        ledger.database.write(partial(_execute, put))


def _execute(statement: Update, connection: Connection) -> None:
    connection.execute(statement)


def states(ledger: TerminalLedger) -> list[str]:
    return [line.state for line in reversed(ledger.store.recent(20))]


def test_windows_end_at_what_was_acknowledged(ledger: TerminalLedger, issuer: Issuer) -> None:
    outbox = ledger.outbox
    assert outbox.acknowledged_before(None, 10) is None
    redeemed(ledger, issuer, "acked", "conflict", "quarantined", "acked", "queued")
    assert outbox.acknowledged_before(None, 10) == Window(1, 1, 4)
    assert outbox.acknowledged_before(None, 2) == Window(1, 3, 4)
    assert outbox.acknowledged_before((1, 3), 2) == Window(1, 1, 2)
    assert outbox.acknowledged_before((2, 1), 1) == Window(1, 4, 4)
    assert outbox.acknowledged_before((1, 1), 2) is None


def test_only_what_was_acknowledged_is_queued_again(ledger: TerminalLedger, issuer: Issuer) -> None:
    redeemed(ledger, issuer, "acked", "conflict", "quarantined", "acked", "in_flight", "acked")
    assert ledger.outbox.queue_again(1, [(2, 5), (99, 120)]) == 2
    assert states(ledger) == ["acked", "queued", "quarantined", "queued", "in_flight", "acked"]
    assert ledger.outbox.queue_again(2, [(1, 9)]) == 0
    taken = ledger.outbox.take(10, 10**6)
    assert len(taken) == 2


def test_counts_are_those_of_the_replica(ledger: TerminalLedger, issuer: Issuer) -> None:
    assert ledger.replica.counts() == m.ReplicaCounts(0, 0, 0, 0, 0)
    ledger.store.commit_redemption(draft(issuer.code()))
    code = issuer.code()
    changes: list[m.Change] = [
        m.VoucherChange(code.voucher, 1, "active", NOW_S + 9, [m.Line("A", 1)]),
        m.RedemptionChange(bytes(32), code.voucher, [m.Line("A", 1)], NOW_S, "S001", "T9"),
        m.ProductChange("A", "甲", "A"),
        m.ProductChange("B", "乙", "B"),
        m.StockChange("A", 3),
        m.StaffChange("1001", "小王", "clerk", "scrypt$00$00", active=False),
    ]
    for cursor in ("1", "2"):  # a page that comes twice counts once
        ledger.replica.apply(m.ChangesAnswer(cursor, changes, float(NOW_S)))
    assert ledger.replica.counts() == m.ReplicaCounts(1, 1, 2, 1, 1)
