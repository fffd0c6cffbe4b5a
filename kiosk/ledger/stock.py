"""Stock in the ledger: what is believed to be on hand, and setting it right by movements."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, insert, select

from kiosk.domain.stock import StockLevel, StockMoved
from kiosk.ledger import tables as t
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.identity import Identity
from kiosk.protocol.entries import Entry
from kiosk.protocol.stock_entries import (
    StockAdjustmentFact,
    StockCountFact,
    StockFact,
    stock_kind,
    stock_payload,
)

_MOVED, _COUNTED = t.movements.c, t.stock.c

# Made once: putting a statement together takes longer than SQLite takes to answer it.
_NOT_COUNTED_YET = (
    select(func.coalesce(func.sum(_MOVED.delta), 0))
    .where(
        _MOVED.sku == _COUNTED.sku,
        (_MOVED.epoch > _COUNTED.through_epoch)
        | ((_MOVED.epoch == _COUNTED.through_epoch) & (_MOVED.seq > _COUNTED.through_seq)),
    )
    .scalar_subquery()
)
_ON_HAND = (_COUNTED.counted + _NOT_COUNTED_YET).label("on_hand")
_OF_SKUS = select(_COUNTED.sku, _ON_HAND).where(_COUNTED.sku.in_(bindparam("skus", expanding=True)))
_ALL = (
    select(
        _COUNTED.sku,
        _ON_HAND,
        func.coalesce(t.products.c.name_zh, "").label("name_zh"),
        func.coalesce(t.products.c.name_en, "").label("name_en"),
    )
    .select_from(t.stock)
    .outerjoin(t.products, t.products.c.sku == _COUNTED.sku)
    .order_by(_COUNTED.sku)
)
_MOVE, _AUDIT = insert(t.movements), insert(t.audit)


def on_hand(connection: Connection, skus: tuple[str, ...]) -> dict[str, int]:
    """Central's count plus own movements that the count does not include yet."""
    return {row.sku: int(row.on_hand) for row in connection.execute(_OF_SKUS, {"skus": skus})}


def stock_levels(connection: Connection) -> tuple[StockLevel, ...]:
    """Every SKU that the store counts."""
    return tuple(
        StockLevel(row.sku, int(row.on_hand), row.name_zh, row.name_en)
        for row in connection.execute(_ALL)
    )


def record_count(
    connection: Connection, identity: Identity, stamp: Stamp, staff: str, counted: tuple[str, int]
) -> StockMoved | None:
    """Append a count of ``(sku, quantity)``; None, and nothing written, when it is not counted.

    Part of the caller's transaction, in which the projection is read as well.
    """
    sku, quantity = counted
    before = on_hand(connection, (sku,)).get(sku)
    if before is None:
        return None
    fact = StockCountFact(sku, quantity, before)
    return _record(connection, identity, stamp, staff, fact, before)


def record_adjustment(
    connection: Connection,
    identity: Identity,
    stamp: Stamp,
    staff: str,
    fact: StockAdjustmentFact,
) -> StockMoved | None:
    """Append an adjustment; None, and nothing written, when the SKU is not counted."""
    before = on_hand(connection, (fact.sku,)).get(fact.sku)
    if before is None:
        return None
    return _record(connection, identity, stamp, staff, fact, before)


def derive_stock(connection: Connection, entry: Entry, fact: StockFact) -> None:
    """The rows beside an entry about stock; part of the caller's transaction."""
    head = entry.head
    if fact.delta:
        movement = {"epoch": head.epoch, "seq": head.seq, "sku": fact.sku, "delta": fact.delta}
        connection.execute(_MOVE, movement)
    why = fact.reason if isinstance(fact, StockAdjustmentFact) else f"{fact.counted} counted"
    connection.execute(
        _AUDIT,
        {
            "at_s": head.now.unix_s,
            "staff": head.staff,
            "action": head.kind,
            "entry": entry.hash,
            "detail": f"{fact.sku} {fact.delta:+}: {why}",
        },
    )


def _record(
    connection: Connection,
    identity: Identity,
    stamp: Stamp,
    staff: str,
    fact: StockFact,
    before: int,
) -> StockMoved:
    entry = append(
        connection,
        identity,
        stamp,
        kind=stock_kind(fact),
        staff=staff,
        payload=stock_payload(fact),
    )
    derive_stock(connection, entry, fact)
    after = before + fact.delta
    return StockMoved(fact.sku, before, after, entry.head.seq, stamp.now.unix_s)
