"""Stock that falls below 0: shown to people as a conflict of the entry that took it there."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Connection, bindparam, select

from kiosk.central.database import Transaction, upsert
from kiosk.central.facts import to_text
from kiosk.central.feed import conflict_key
from kiosk.central.feed_log import ChangeKind, FeedChange, publish
from kiosk.central.recording import Batch, Judged, own_side
from kiosk.central.tables import conflicts, stock
from kiosk.protocol.messages import Line, OtherFact

STOCK_NEGATIVE = "stock_negative"

# Built once: putting a statement together costs more than running it does.
_BELOW = (
    select(stock.c.sku, stock.c.on_hand)
    .where(
        stock.c.store == bindparam("of"),
        stock.c.sku.in_(bindparam("skus", expanding=True)),
        stock.c.on_hand < 0,
    )
    .order_by(stock.c.sku)
)


def tell_shortages(transaction: Transaction, batch: Batch, moved: Counter[str]) -> None:
    """Make conflicts of SKUs that the batch took below 0; ``moved`` is what left, by SKU.

    Call it after stock has moved, while the store's feed is locked: what one batch finds is what
    it did. A shortage is told once, when it begins, not again with everything that deepens it.
    """
    connection, store = transaction.connection, batch.bearer.store
    left = [sku for sku, number in moved.items() if number > 0]
    if not left:
        return
    short: dict[bytes, tuple[Judged, list[Line]]] = {}
    for row in connection.execute(_BELOW, {"of": store, "skus": left}):
        if row.on_hand + moved[row.sku] >= 0:
            culprit = _last_that_took(batch, row.sku)
            _, lines = short.setdefault(culprit.link.hash, (culprit, []))
            lines.append(Line(row.sku, -row.on_hand))
    if short:
        _write(connection, batch, [(one, lines) for one, lines in short.values()])
        publish(
            transaction,
            [
                FeedChange(store, ChangeKind.CONFLICT, conflict_key(entry, STOCK_NEGATIVE))
                for entry in short
            ],
        )


def _last_that_took(batch: Batch, sku: str) -> Judged:
    return next(one for one in reversed(batch.judged) if one.takes.get(sku, 0) > 0)


def _write(connection: Connection, batch: Batch, short: list[tuple[Judged, list[Line]]]) -> None:
    bearer = batch.bearer
    rows: list[dict[str, Any]] = [
        {
            "entry": one.link.hash,
            "kind": STOCK_NEGATIVE,
            "terminal": bearer.terminal,
            "store": bearer.store,
            "voucher": one.link.voucher,
            "fact": to_text(own_side(one, batch)),
            "other": to_text(OtherFact(store=bearer.store, lines=lines)),
            "other_entry": None,
            "other_terminal": "",
            "found_s": batch.now_s,
            "state": "open",
        }
        for one, lines in short
    ]
    statement = upsert(connection.dialect.name, conflicts).on_conflict_do_nothing()
    connection.execute(statement, rows)
