"""What a terminal compares itself with: which of its entries are missing, how much it follows."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import pairwise

from sqlalchemy import Connection, Table, distinct, func, select

from kiosk.central.cursors import read_cursor
from kiosk.central.feed import feed_heads
from kiosk.central.feed_log import COMMON, ChangeKind
from kiosk.central.tables import changes, entries, products, redemptions, staff, stock, vouchers
from kiosk.central.tokens import Bearer
from kiosk.protocol.messages import MAX_MISSING, HeadsAnswer, ReplicaCounts


def read_heads(
    connection: Connection, bearer: Bearer, cursor: str, window: tuple[int, int, int]
) -> HeadsAnswer:
    """Compare in one snapshot; ``window``: epoch, first and last number. Raises CursorGoneError.

    Counts are told only to who has followed to the end: to anybody else they would mean nothing.
    """
    names = (COMMON, bearer.store)
    heads = dict.fromkeys(names, 0) | feed_heads(connection, names)
    at_end = bool(cursor) and read_cursor(connection, cursor, heads) == heads
    return HeadsAnswer(
        time_s=time.time(),
        missing=_missing(connection, bearer, *window),
        counts=_counts(connection, bearer) if at_end else None,
    )


def _missing(
    connection: Connection, bearer: Bearer, epoch: int, first: int, last: int
) -> list[tuple[int, int]]:
    if last < first:
        return []
    seq = entries.c.seq
    mine = (entries.c.terminal == bearer.terminal, entries.c.epoch == epoch)
    within = (*mine, seq.between(first, last))
    if connection.scalar(select(func.count(distinct(seq))).where(*within)) == last - first + 1:
        return []
    known = connection.scalars(select(seq).where(*within).distinct().order_by(seq)).all()
    return _gaps((first - 1, *known, last + 1))[:MAX_MISSING]


def _gaps(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The ranges between rising numbers."""
    return [(one + 1, two - 1) for one, two in pairwise(numbers) if two > one + 1]


def _counts(connection: Connection, bearer: Bearer) -> ReplicaCounts:
    told = select(func.count(distinct(changes.c.key))).where(
        changes.c.feed.in_((COMMON, bearer.store))
    )
    vouchers_told = told.join(vouchers, vouchers.c.id == changes.c.key).where(
        changes.c.kind == ChangeKind.VOUCHER.value
    )
    # Its own redemptions are in its ledger, not in its replica.
    redemptions_told = told.join(redemptions, redemptions.c.entry == changes.c.key).where(
        changes.c.kind == ChangeKind.REDEMPTION.value, redemptions.c.terminal != bearer.terminal
    )

    def in_store(table: Table) -> int:
        query = select(func.count()).select_from(table).where(table.c.store == bearer.store)
        return connection.execute(query).scalar_one()

    return ReplicaCounts(
        vouchers=connection.execute(vouchers_told).scalar_one(),
        redemptions=connection.execute(redemptions_told).scalar_one(),
        products=connection.execute(select(func.count()).select_from(products)).scalar_one(),
        stock=in_store(stock),
        staff=in_store(staff),
    )
