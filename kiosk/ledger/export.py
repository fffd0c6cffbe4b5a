"""Every entry of the ledger as plain values, for people and programs outside."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from kiosk.ledger import tables as t
from kiosk.ledger.database import Database
from kiosk.protocol.entries import (
    REDEMPTION,
    EntryError,
    RedemptionFact,
    read_entry,
    sealed_body,
)
from kiosk.protocol.serial_entries import SerialReviewFact, serial_fact
from kiosk.protocol.settlement_entries import settlement_fact
from kiosk.protocol.stock_entries import StockCountFact, stock_fact
from kiosk.protocol.undo_entries import undo_fact


def exported(database: Database) -> Iterator[dict[str, object]]:
    """Entries, oldest first, with their outbox state; one that cannot be read says so."""
    query = (
        select(t.entries, t.outbox.c.state, t.outbox.c.attempts, t.outbox.c.answer)
        .outerjoin(
            t.outbox,
            (t.outbox.c.epoch == t.entries.c.epoch) & (t.outbox.c.seq == t.entries.c.seq),
        )
        .order_by(t.entries.c.epoch, t.entries.c.seq)
    )
    with database.read() as connection:
        for row in connection.execution_options(yield_per=500).execute(query):
            yield {
                "seq": row.seq,
                "epoch": row.epoch,
                "kind": row.kind,
                "voucher": None,
                "at": row.at_s,
                "state": row.state,
                "attempts": row.attempts,
                "answer": row.answer,
                "hash": row.hash.hex(),
                **_content(bytes(row.sealed)),
            }


def last_redemption(database: Database) -> RedemptionFact | None:
    """What the latest redemption says; None when there is none, or it cannot be read."""
    query = (
        select(t.entries.c.sealed)
        .where(t.entries.c.kind == REDEMPTION)
        .order_by(t.entries.c.epoch.desc(), t.entries.c.seq.desc())
        .limit(1)
    )
    with database.read() as connection:
        sealed = connection.execute(query).scalar()
    if sealed is None:
        return None
    try:
        return read_entry(sealed_body(bytes(sealed))).redemption()
    except EntryError:
        return None  # `kiosk ledger verify` names it


def _content(sealed: bytes) -> dict[str, object]:
    try:
        entry = read_entry(sealed_body(sealed))
        content: dict[str, object] = {
            "terminal": entry.head.terminal,
            "store": entry.head.store,
            "staff": entry.head.staff,
            "time_confidence": int(entry.head.now.confidence),
        }
        if entry.head.kind == REDEMPTION:
            fact = entry.redemption()
            content |= {
                "voucher": fact.voucher.hex(),
                "items": [[item.sku, item.quantity, item.group] for item in fact.items],
                "request": fact.request_id.hex(),
                "offline": fact.offline,
            }
        undo = undo_fact(entry)
        if undo is not None:
            content |= {
                "voucher": undo.voucher.hex(),
                "undoes": undo.redemption.hex(),
                "items": [[item.sku, item.quantity, item.group] for item in undo.items],
                "reason": undo.reason,
                "supervisor": undo.supervisor,
            }
        stock = stock_fact(entry)
        if stock is not None:
            content |= {"sku": stock.sku, "delta": stock.delta}
            if isinstance(stock, StockCountFact):
                content |= {"counted": stock.counted, "before": stock.before}
            else:
                content["reason"] = stock.reason
        settlement = settlement_fact(entry)
        if settlement is not None:
            content |= {
                "settles": settlement.disputed.hex(),
                "conflict": settlement.kind,
                "other": settlement.other.hex() if settlement.other else None,
                "decision": settlement.decision,
                "note": settlement.note,
                "supervisors": list(settlement.supervisors),
            }
        serial = serial_fact(entry)
        if serial is not None:
            content["voucher"] = serial.voucher.hex()
        if isinstance(serial, SerialReviewFact):
            cleared = [digest.hex() for digest in serial.cleared]
            content |= {"cleared": cleared, "note": serial.note}
    except EntryError as error:
        return {"unreadable": str(error)}
    return content
