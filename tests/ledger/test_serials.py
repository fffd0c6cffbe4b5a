"""Wrong tries and reviews in the ledger: facts, once each, whoever told of them."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import func, select, text

from kiosk.domain.serials import MAX_CLEARED, SerialVoucher
from kiosk.ledger import tables as t
from kiosk.ledger.export import exported
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.salvage import salvage
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol import messages as m
from kiosk.protocol.entries import Entry, open_sealed
from kiosk.protocol.serial_entries import SerialReviewFact, SerialTryFact, serial_fact
from tests.fakes import NOW_S, TERMINAL, FakeClock, Issuer, opened
from tests.ledger.test_redeem import draft
from tests.ledger.test_replica import page, voucher

SERIAL = "123456789014"
VOUCHER = bytes(range(16))
OTHER = "S001-T02"


def found(ledger: TerminalLedger, serial: str = SERIAL) -> SerialVoucher:
    one = ledger.store.serial_voucher(serial)
    assert one is not None
    return one


def tries(ledger: TerminalLedger) -> int:
    return found(ledger).open_tries


def rows(ledger: TerminalLedger, table: str) -> int:
    with ledger.database.read() as connection:
        return connection.execute(
            select(func.count()).select_from(t.metadata.tables[table])
        ).scalar_one()


def sent(ledger: TerminalLedger) -> list[Entry]:
    key = ledger.identity.key.public_key()
    return [open_sealed(one.sealed, key) for one in ledger.outbox.take(500, 10**6)]


@pytest.fixture
def ledger(ledger: TerminalLedger) -> TerminalLedger:
    """The ledger, which knows a voucher with a serial."""
    known = voucher(VOUCHER, serial=SERIAL, password_hash="scrypt$0$1")
    ledger.replica.apply(page("1", known))
    return ledger


def told_try(entry: bytes | None = None) -> m.SerialTry:
    return m.SerialTry(entry or os.urandom(32), VOUCHER, NOW_S, OTHER)


def test_a_serial_is_found_as_long_as_its_voucher_has_it(ledger: TerminalLedger) -> None:
    assert (found(ledger).voucher, found(ledger).password_hash) == (VOUCHER, "scrypt$0$1")
    assert ledger.store.serial_voucher("") is None
    ledger.replica.apply(page("2", voucher(VOUCHER)))
    assert ledger.store.serial_voucher(SERIAL) is None
    ledger.replica.apply(page("3", voucher(VOUCHER, serial=SERIAL)))
    ledger.replica.apply(page("4", m.VoucherGone(VOUCHER)))
    assert ledger.store.serial_voucher(SERIAL) is None


def test_a_try_is_an_entry_with_its_rows_in_one_commit(
    ledger: TerminalLedger, issuer: Issuer
) -> None:
    ledger.store.commit_redemption(draft(issuer.code()))
    assert [ledger.store.record_wrong_password(VOUCHER, "1001") for _ in range(2)] == [1, 2]
    assert ledger.store.record_wrong_password(bytes(16), None) == 1
    assert [rows(ledger, name) for name in ("entries", "outbox", "serial_tries")] == [4, 4, 3]
    assert ledger.store.outbox().waiting == 4
    _, first, second, other = sent(ledger)
    assert serial_fact(first) == serial_fact(second) == SerialTryFact(VOUCHER)
    assert serial_fact(other) == SerialTryFact(bytes(16))
    assert (first.head.kind, first.head.staff, first.head.seq) == ("serial_try", "1001", 2)
    with ledger.database.read() as connection:
        lines = connection.execute(select(t.audit.c.action, t.audit.c.entry)).all()
    assert ("serial_try", first.hash) in [tuple(line) for line in lines]


def test_a_review_names_what_it_clears(ledger: TerminalLedger) -> None:
    for _ in range(3):
        ledger.store.record_wrong_password(VOUCHER, "1001")
    ledger.replica.apply(page("2", told_try(b"o" * 32)))
    assert tries(ledger) == 4
    assert ledger.store.review_serial(VOUCHER, "9001", "核对") == 4
    assert ledger.store.review_serial(VOUCHER, "9001", "核对") == 0
    assert ledger.store.review_serial(bytes(16), "9001", "核对") == 0
    assert tries(ledger) == 0
    *own, review = sent(ledger)
    fact = serial_fact(review)
    assert isinstance(fact, SerialReviewFact)
    assert (review.head.kind, review.head.staff) == ("serial_review", "9001")
    assert set(fact.cleared) == {*(entry.hash for entry in own), b"o" * 32}
    assert fact.note == "核对"
    assert ledger.store.record_wrong_password(VOUCHER, "1001") == 1
    assert ledger.prove_chain().fault is None


def test_a_flood_of_tries_is_cleared_in_portions_that_fit_an_entry(ledger: TerminalLedger) -> None:
    ledger.replica.apply(page("2", *(told_try() for _ in range(MAX_CLEARED + 5))))
    assert ledger.store.review_serial(VOUCHER, "9001", "字" * 500) == MAX_CLEARED
    assert tries(ledger) == 5
    assert ledger.store.review_serial(VOUCHER, "9001", "") == 5
    assert ledger.prove_chain().fault is None


def test_told_again_nothing_counts_twice(ledger: TerminalLedger) -> None:
    """Neither one's own facts that come back with the feed, nor a page applied again."""
    for _ in range(2):
        ledger.store.record_wrong_password(VOUCHER, "1001")
    mine = [m.SerialTry(e.hash, VOUCHER, e.head.now.unix_s, TERMINAL) for e in sent(ledger)]
    theirs = told_try()
    for cursor in "234":
        ledger.replica.apply(page(cursor, *mine, theirs))
    assert tries(ledger) == 3
    review = m.SerialReview(os.urandom(32), VOUCHER, [mine[0].entry, theirs.entry])
    for cursor in "567":
        ledger.replica.apply(page(cursor, review, *mine, theirs))
    assert tries(ledger) == 1
    assert ledger.prove_chain().fault is None


def test_a_review_may_come_before_its_tries(ledger: TerminalLedger) -> None:
    told = told_try()
    ledger.replica.apply(page("2", m.SerialReview(os.urandom(32), VOUCHER, [told.entry])))
    ledger.replica.apply(page("3", told))
    assert tries(ledger) == 0
    ledger.replica.apply(page("4", m.SerialReview(os.urandom(32), VOUCHER, [])))


def test_two_reviews_of_the_same_tries(ledger: TerminalLedger) -> None:
    """Both counters' supervisors were called: each review stands, and the chain holds."""
    ledger.store.record_wrong_password(VOUCHER, "1001")
    [entry] = sent(ledger)
    ledger.store.review_serial(VOUCHER, "9001", "")
    review = m.SerialReview(os.urandom(32), VOUCHER, [entry.hash])
    ledger.replica.apply(page("2", review))
    assert tries(ledger) == 0
    assert ledger.prove_chain().fault is None


def test_tries_survive_a_restart_and_a_new_snapshot(home: Home, clock: FakeClock) -> None:
    known = voucher(VOUCHER, serial=SERIAL)
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", known))
        for _ in range(3):
            ledger.store.record_wrong_password(VOUCHER, "1001")
    with opened(home, clock) as ledger:
        assert tries(ledger) == 3
        ledger.replica.restart()
        ledger.replica.apply(page("x", known))
        assert tries(ledger) == 3


def test_a_salvage_forgets_no_try(home: Home, clock: FakeClock) -> None:
    known = voucher(VOUCHER, serial=SERIAL)
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", known, told_try(b"o" * 32)))
        ledger.store.record_wrong_password(VOUCHER, "1001")
        ledger.store.review_serial(VOUCHER, "9001", "核对")
        for _ in range(3):
            ledger.store.record_wrong_password(VOUCHER, "1001")
        audited = rows(ledger, "audit")
    with HomeLock(home):
        assert salvage(home, clock, whole_too=True).entries == 5
    with opened(home, clock) as ledger:
        ledger.replica.apply(page("1", known, told_try(b"o" * 32)))
        assert tries(ledger) == 3
        assert rows(ledger, "audit") == audited
        assert ledger.prove_chain().fault is None


def test_tries_and_reviews_are_exported(ledger: TerminalLedger) -> None:
    ledger.store.record_wrong_password(VOUCHER, "1001")
    ledger.store.review_serial(VOUCHER, "9001", "核对")
    wrong, review = exported(ledger.database)
    assert (wrong["kind"], wrong["voucher"], wrong["staff"]) == (
        "serial_try",
        VOUCHER.hex(),
        "1001",
    )
    assert (review["kind"], review["voucher"], review["staff"]) == (
        "serial_review",
        VOUCHER.hex(),
        "9001",
    )
    assert (review["cleared"], review["note"]) == ([wrong["hash"]], "核对")


@pytest.mark.parametrize(
    "statement, fault",
    [
        ("DELETE FROM serial_tries", (1, "serial_try_differs")),
        ("UPDATE serial_tries SET voucher = x'00'", (1, "serial_try_differs")),
        ("DELETE FROM cleared_tries", (2, "serial_review_differs")),
    ],
)
def test_tampering_is_named(ledger: TerminalLedger, statement: str, fault: tuple[int, str]) -> None:
    ledger.store.record_wrong_password(VOUCHER, "1001")
    ledger.store.review_serial(VOUCHER, "9001", "")

    def tamper(connection) -> None:  # type: ignore[no-untyped-def]
        for table in ("serial_tries", "cleared_tries"):
            for event in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_never_{event}"))
        connection.execute(text(statement))

    ledger.database.write(tamper)
    found_fault = ledger.prove_chain().fault
    assert found_fault is not None
    assert (found_fault.seq, found_fault.reason) == fault
