"""Comparing with central: which entries it acknowledged, and what the replica holds."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, Table, func, select, tuple_, update

from kiosk.ledger import tables as t
from kiosk.protocol.entries import Window
from kiosk.protocol.messages import ReplicaCounts

_ACKNOWLEDGED = t.outbox.c.state.in_((t.ACKED, t.CONFLICT))


def acknowledged_before(
    connection: Connection, before: tuple[int, int] | None, max_entries: int
) -> Window | None:
    """The last acknowledged entries before a position (None: of all), within one epoch."""
    o = t.outbox.c
    earlier: list[ColumnElement[bool]] = [_ACKNOWLEDGED]
    if before is not None:
        earlier.append(tuple_(o.epoch, o.seq) < tuple_(*before))
    query = select(o.epoch, o.seq).where(*earlier).order_by(o.epoch.desc(), o.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Window(row.epoch, max(1, row.seq - max_entries + 1), row.seq)


def queue_again(connection: Connection, epoch: int, ranges: Iterable[tuple[int, int]]) -> int:
    """Queue the acknowledged entries in these ranges once more; how many they are."""
    o = t.outbox.c
    return sum(
        connection.execute(
            update(t.outbox)
            .where(_ACKNOWLEDGED, o.epoch == epoch, o.seq.between(first, last))
            .values(state=t.QUEUED, due_at_s=0, answer="central_lost_it")
        ).rowcount
        for first, last in ranges
    )


def replica_counts(connection: Connection) -> ReplicaCounts:
    """How many things of each kind the replica holds."""

    def rows(table: Table) -> int:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()

    return ReplicaCounts(
        vouchers=rows(t.vouchers),
        redemptions=rows(t.elsewhere),
        products=rows(t.products),
        stock=rows(t.stock),
        staff=rows(t.staff),
    )
