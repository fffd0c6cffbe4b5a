"""What lies beside the entries, made anew from them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from kiosk.ledger.conflicts import derive_settlement
from kiosk.ledger.redeem import derive
from kiosk.ledger.serials import derive_serial
from kiosk.ledger.stock import derive_stock
from kiosk.ledger.undo import derive_undo
from kiosk.protocol.entries import REDEMPTION, Entry
from kiosk.protocol.serial_entries import SERIAL_REVIEW, SERIAL_TRY, serial_fact
from kiosk.protocol.settlement_entries import SETTLEMENT, settlement_fact
from kiosk.protocol.stock_entries import STOCK_ADJUSTMENT, STOCK_COUNT, stock_fact
from kiosk.protocol.undo_entries import UNDO, undo_fact


def derive_again(connection: Connection, entry: Entry) -> None:
    """Write the rows that follow from an entry; part of the caller's transaction.

    A kind that leaves nothing beside its entry is none of its business. Raises EntryError on a
    payload that is not what its kind says.
    """
    maker = _MAKERS.get(entry.head.kind)
    if maker is not None:
        maker(connection, entry)


def _redemption(connection: Connection, entry: Entry) -> None:
    fact = entry.redemption()
    derive(connection, entry, fact, fact.entitlement)


def _serial(connection: Connection, entry: Entry) -> None:
    fact = serial_fact(entry)
    if fact is not None:
        derive_serial(connection, entry, fact)


def _undo(connection: Connection, entry: Entry) -> None:
    fact = undo_fact(entry)
    if fact is not None:
        derive_undo(connection, entry, fact)


def _settlement(connection: Connection, entry: Entry) -> None:
    fact = settlement_fact(entry)
    if fact is not None:
        derive_settlement(connection, entry, fact)


def _stock(connection: Connection, entry: Entry) -> None:
    fact = stock_fact(entry)
    if fact is not None:
        derive_stock(connection, entry, fact)


_MAKERS: dict[str, Callable[[Connection, Entry], None]] = {
    REDEMPTION: _redemption,
    SERIAL_TRY: _serial,
    SERIAL_REVIEW: _serial,
    UNDO: _undo,
    SETTLEMENT: _settlement,
    STOCK_COUNT: _stock,
    STOCK_ADJUSTMENT: _stock,
}
