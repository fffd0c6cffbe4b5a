"""The outbox: states, schedule, restart; one bad entry blocks nobody, nothing is lost."""

from __future__ import annotations

import random

from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol.messages import (
    ChangesAnswer,
    ConflictChange,
    OtherFact,
    Outcome,
)
from tests.fakes import NOW_S, FakeClock, Issuer, opened
from tests.ledger.test_redeem import draft


def redeem(ledger: TerminalLedger, issuer: Issuer, count: int) -> None:
    for _ in range(count):
        ledger.store.commit_redemption(draft(issuer.code()))


def states(ledger: TerminalLedger) -> list[str]:
    return [line.state for line in reversed(ledger.store.recent(100))]


def test_oldest_first_within_both_limits(ledger: TerminalLedger, issuer: Issuer) -> None:
    redeem(ledger, issuer, 5)
    assert len(ledger.outbox.take(2, 10**6)) == 2
    assert states(ledger) == ["in_flight", "in_flight", "queued", "queued", "queued"]
    assert len(ledger.outbox.take(10, 1)) == 1  # one is always taken, however large
    assert len(ledger.outbox.take(10, 10**6)) == 2
    assert ledger.outbox.take(10, 10**6) == ()
    assert ledger.outbox.due_in_s() is None


def test_each_entry_has_its_own_outcome(ledger: TerminalLedger, issuer: Issuer) -> None:
    redeem(ledger, issuer, 5)
    sent = ledger.outbox.take(10, 10**6)
    other = OtherFact(terminal="S001-T02", at_s=NOW_S)
    outcomes = [
        Outcome(sent[0].hash, "applied", receipt=b"receipt"),
        Outcome(sent[1].hash, "duplicate"),
        Outcome(sent[2].hash, "conflict", kind="duplicate_redemption", other=other),
        Outcome(sent[3].hash, "quarantined", why="entry_head"),
        Outcome(bytes(32), "applied"),  # never sent: ignored
    ]
    ledger.outbox.settle(outcomes, sent)
    assert states(ledger) == ["acked", "acked", "conflict", "quarantined", "queued"]
    status = ledger.store.outbox()
    assert (status.waiting, status.conflicts, status.quarantined) == (1, 1, 1)


def test_a_resent_conflict_stays_one(ledger: TerminalLedger, issuer: Issuer) -> None:
    """The reply that told of it was lost; the second one only says that it is known."""
    redeem(ledger, issuer, 1)
    sent = ledger.outbox.take(10, 10**6)
    told = ConflictChange(sent[0].hash, "over_redeemed")
    ledger.replica.apply(ChangesAnswer("1", [told], float(NOW_S)))
    ledger.outbox.settle([Outcome(sent[0].hash, "duplicate")], sent)
    ledger.replica.apply(ChangesAnswer("2", [told], float(NOW_S)))
    assert states(ledger) == ["conflict"]
    assert ledger.store.outbox().conflicts == 1


def test_a_failure_is_scheduled_not_repeated(
    ledger: TerminalLedger, issuer: Issuer, clock: FakeClock
) -> None:
    redeem(ledger, issuer, 2)
    sent = ledger.outbox.take(10, 10**6)
    ledger.outbox.give_back(sent, "timeout", 30.0)
    assert ledger.outbox.due_in_s() == 30.0
    assert ledger.outbox.take(10, 10**6) == ()
    clock.pass_s(30)
    assert [entry.hash for entry in ledger.outbox.take(10, 10**6)] == [e.hash for e in sent]


def test_what_was_in_flight_is_queued_after_a_start(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    with opened(home, clock) as ledger:
        redeem(ledger, issuer, 3)
        ledger.outbox.take(2, 10**6)
    with opened(home, clock) as ledger:
        assert ledger.outbox.recover() == 2
        assert states(ledger) == ["queued"] * 3
        redeem(ledger, issuer, 1)
        assert ledger.store.recent(1)[0].seq == 4


def test_any_history_ends_with_every_entry_settled_once(
    ledger: TerminalLedger, issuer: Issuer, clock: FakeClock
) -> None:
    rng = random.Random(7)
    redeem(ledger, issuer, 20)
    applied: list[bytes] = []
    while (due_s := ledger.outbox.due_in_s()) is not None:
        clock.pass_s(due_s + 1)
        sent = ledger.outbox.take(rng.randint(1, 7), 10**6)
        if rng.random() < 0.4:
            ledger.outbox.give_back(sent, "refused", rng.uniform(0, 5))
            continue
        answered = [entry for entry in sent if rng.random() < 0.7]
        applied += [entry.hash for entry in answered]
        ledger.outbox.settle([Outcome(entry.hash, "applied") for entry in answered], sent)
    assert len(applied) == len(set(applied)) == 20
    assert states(ledger) == ["acked"] * 20


def test_nothing_overtakes_an_entry_that_waits_for_its_time(
    home: Home, clock: FakeClock, issuer: Issuer
) -> None:
    """Central asked for patience, the program ended and began again: no gap in the chain."""
    with opened(home, clock) as ledger:
        redeem(ledger, issuer, 3)
        sent = ledger.outbox.take(2, 10**6)
        ledger.outbox.give_back(sent[1:], "http_429", 30.0)
        ledger.outbox.give_back(sent[:1], "cut", 0.0)
        ledger.outbox.recover()
        assert [one.hash for one in ledger.outbox.take(10, 10**6)] == [sent[0].hash]
        assert ledger.outbox.due_in_s() == 30.0
    with opened(home, clock) as ledger:
        ledger.outbox.recover()
        redeem(ledger, issuer, 1)
        first = ledger.outbox.take(10, 10**6)
        assert [one.hash for one in first] == [sent[0].hash]
        assert ledger.outbox.take(10, 10**6) == ()
        clock.pass_s(30)
        assert len(ledger.outbox.take(10, 10**6)) == 3
