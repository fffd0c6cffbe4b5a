"""The outbox: entries that central has not acknowledged. Rows change state, none is deleted.

queued → in_flight → acked | conflict | quarantined
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, select, tuple_, update

from kiosk.ledger import tables as t
from kiosk.ledger.conflicts import is_disputed, note_conflict
from kiosk.ledger.database import Database
from kiosk.ledger.gaps import acknowledged_before, queue_again
from kiosk.ledger.tables import ACKED, CONFLICT, IN_FLIGHT, QUARANTINED, QUEUED
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.protocol.entries import Outgoing, Window
from kiosk.protocol.messages import Outcome

T = TypeVar("T")

_STATES = {
    "applied": ACKED,
    "duplicate": ACKED,
    "conflict": ACKED,  # once it is settled
    "quarantined": QUARANTINED,
}


class LedgerOutbox:
    """Implements :class:`kiosk.sync.ports.Outbox`; ``on_change`` runs after each change."""

    def __init__(
        self, database: Database, time_keeper: LedgerTimeKeeper, on_change: Callable[[], None]
    ) -> None:
        self._database, self._time, self._on_change = database, time_keeper, on_change

    def recover(self) -> int:
        """After a start: what was in flight is queued again. Returns how many."""

        def work(connection: Connection) -> int:
            return connection.execute(
                update(t.outbox).where(t.outbox.c.state == IN_FLIGHT).values(state=QUEUED)
            ).rowcount

        return self._changed(work)

    def take(self, max_entries: int, max_bytes: int) -> tuple[Outgoing, ...]:
        """The oldest entries, marked in flight, up to the first that is not due yet.

        Never one before another that waits: central would miss the entry in between.
        """
        now_s = self._time.now().unix_s

        def work(connection: Connection) -> tuple[Outgoing, ...]:
            rows = connection.execute(
                select(t.entries.c.hash, t.entries.c.sealed, t.outbox.c.due_at_s)
                .join(
                    t.outbox,
                    (t.outbox.c.epoch == t.entries.c.epoch) & (t.outbox.c.seq == t.entries.c.seq),
                )
                .where(t.outbox.c.state == QUEUED)
                .order_by(t.outbox.c.epoch, t.outbox.c.seq)
                .limit(max_entries)
            ).all()
            chosen: list[Outgoing] = []
            size = 0
            for row in rows:
                size += len(row.sealed)
                if row.due_at_s > now_s or (chosen and size > max_bytes):
                    break
                chosen.append(Outgoing(row.hash, row.sealed))
            _set_state(connection, [entry.hash for entry in chosen], IN_FLIGHT)
            return tuple(chosen)

        if self.due_in_s() != 0:
            return ()  # nothing to do: spare the disk a transaction
        return self._changed(work)

    def settle(self, outcomes: Sequence[Outcome], sent: Sequence[Outgoing]) -> None:
        """Store central's outcome (and receipt) per entry; a missing one is queued again."""
        ours = {entry.hash for entry in sent}
        answered = {outcome.entry: outcome for outcome in outcomes if outcome.entry in ours}

        def work(connection: Connection) -> None:
            for digest, outcome in answered.items():
                _settle_one(connection, digest, outcome, self._time.now().unix_s)
            _set_state(connection, sorted(ours - set(answered)), QUEUED)
            self._time.persist(connection)

        self._changed(work)

    def give_back(self, sent: Sequence[Outgoing], answer: str, retry_in_s: float) -> None:
        """No usable answer: queue again with one more attempt, due after ``retry_in_s``."""
        due_at_s = self._time.now().unix_s + round(retry_in_s)

        def work(connection: Connection) -> None:
            connection.execute(
                update(t.outbox)
                .where(_is_one_of([entry.hash for entry in sent]))
                .values(
                    state=QUEUED,
                    attempts=t.outbox.c.attempts + 1,
                    due_at_s=due_at_s,
                    answer=answer[:200],
                )
            )

        self._changed(work)

    def due_in_s(self) -> float | None:
        """Seconds until the oldest entry is due (0 = now); None when nothing is queued."""
        query = (
            select(t.outbox.c.due_at_s)
            .where(t.outbox.c.state == QUEUED)
            .order_by(t.outbox.c.epoch, t.outbox.c.seq)
            .limit(1)
        )
        with self._database.read() as connection:
            due_at_s = connection.execute(query).scalar()
        if due_at_s is None:
            return None
        return max(0.0, float(due_at_s - self._time.now().unix_s))

    def acknowledged_before(
        self, before: tuple[int, int] | None, max_entries: int
    ) -> Window | None:
        """The last acknowledged entries before a position (None: of all), within one epoch."""
        with self._database.read() as connection:
            return acknowledged_before(connection, before, max_entries)

    def queue_again(self, epoch: int, ranges: Sequence[tuple[int, int]]) -> int:
        """Queue acknowledged entries that central lacks once more; how many they are."""
        return self._changed(lambda connection: queue_again(connection, epoch, ranges))

    def _changed(self, work: Callable[[Connection], T]) -> T:
        result = self._database.write(work)
        self._on_change()
        return result


def last_acknowledged(database: Database) -> tuple[int, int] | None:
    """Epoch and sequence number of the last entry that central recorded, or None."""
    o = t.outbox.c
    query = (
        select(o.epoch, o.seq)
        .where(o.state.in_((ACKED, CONFLICT)), o.attempts > 0)
        .order_by(o.epoch.desc(), o.seq.desc())
        .limit(1)
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.epoch, row.seq)


def queue_again_after(connection: Connection, through: tuple[int, int]) -> None:
    """Queue what was recorded after a position once more; part of the caller's transaction."""
    o = t.outbox.c
    connection.execute(
        update(t.outbox)
        .where(o.state.in_((ACKED, CONFLICT)), tuple_(o.epoch, o.seq) > tuple_(*through))
        .values(state=QUEUED, due_at_s=0, answer="central_lost_it")
    )


def _settle_one(connection: Connection, digest: bytes, outcome: Outcome, at_s: int) -> None:
    # A resent entry is a "duplicate", but what was found wrong with it the first time stays,
    # until it is settled.
    if outcome.kind:
        note_conflict(connection, digest, outcome.kind, outcome.other, at_s)
    unexplained = outcome.state == "conflict" and not outcome.kind
    disputed = unexplained or is_disputed(connection, digest)
    connection.execute(
        update(t.outbox)
        .where(_is_one_of([digest]))
        .values(
            state=CONFLICT if disputed else _STATES[outcome.state],
            receipt=outcome.receipt,
            answer=outcome.why or outcome.kind,
            attempts=t.outbox.c.attempts + 1,
        )
    )


def _set_state(connection: Connection, hashes: Sequence[bytes], state: str) -> None:
    if hashes:
        connection.execute(update(t.outbox).where(_is_one_of(hashes)).values(state=state))


def _is_one_of(hashes: Sequence[bytes]) -> ColumnElement[bool]:
    e = t.entries.c
    positions = select(e.epoch, e.seq).where(e.hash.in_(hashes))
    return tuple_(t.outbox.c.epoch, t.outbox.c.seq).in_(positions)
