"""What lies beside the entries, held against them: for proving a ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from kiosk.domain.vouchers import Item
from kiosk.ledger import tables as t
from kiosk.protocol.entries import REDEMPTION, Entry, read_entry, sealed_body
from kiosk.protocol.serial_entries import (
    SERIAL_REVIEW,
    SERIAL_TRY,
    SerialReviewFact,
    SerialTryFact,
    serial_fact,
)
from kiosk.protocol.settlement_entries import SETTLEMENT, SettlementFact, settlement_fact
from kiosk.protocol.stock_entries import STOCK_ADJUSTMENT, STOCK_COUNT, stock_fact
from kiosk.protocol.undo_entries import UNDO, UndoFact, undo_fact

_STOCK = (STOCK_COUNT, STOCK_ADJUSTMENT)
_CHECKED = frozenset({REDEMPTION, SERIAL_TRY, SERIAL_REVIEW, UNDO, SETTLEMENT, *_STOCK})


class Derived:
    """The rows beside the entries, as far as they must agree with them."""

    def __init__(self, connection: Connection) -> None:
        """Reads them all: a ledger is proved in one pass."""
        self._sent = {
            tuple(row) for row in connection.execute(select(t.outbox.c.epoch, t.outbox.c.seq))
        }
        self._lines: dict[bytes, Counter[tuple[str, int]]] = {}
        line = t.redemption_lines.c
        query = select(line.entry, line.sku, line.bundle, line.quantity)
        for row in connection.execution_options(yield_per=500).execute(query):
            counted = self._lines.setdefault(bytes(row.entry), Counter())
            counted[row.sku, row.bundle] += row.quantity
        tries = select(t.serial_tries.c.entry, t.serial_tries.c.voucher)
        self._tries = {bytes(row.entry): bytes(row.voucher) for row in connection.execute(tries)}
        self._cleared = set(connection.scalars(select(t.cleared_tries.c["try"])))
        undone = select(t.undone.c.entry, t.undone.c.redemption)
        self._undone = {
            bytes(row.entry): bytes(row.redemption) for row in connection.execute(undone)
        }

        settled = select(t.conflicts).where(t.conflicts.c.state == "settled")
        self._settled = {
            (bytes(row.entry), row.kind, bytes(row.other_entry))
            for row in connection.execute(settled)
        }

        entry, move = t.entries.c, t.movements.c
        moved = (
            select(entry.hash, move.sku, move.delta)
            .join(t.movements, (move.epoch == entry.epoch) & (move.seq == entry.seq))
            .where(entry.kind.in_(_STOCK))
        )
        self._stock = {bytes(row.hash): (row.sku, row.delta) for row in connection.execute(moved)}

    def fault(self, row: Row[Any]) -> str | None:
        """What an entry that holds lacks beside it, or None."""
        if (row.epoch, row.seq) not in self._sent:
            return "outbox_row_missing"
        if row.kind not in _CHECKED:
            return None
        entry = read_entry(sealed_body(bytes(row.sealed)))
        if (stock := stock_fact(entry)) is not None:
            moved = (stock.sku, stock.delta) if stock.delta else None
            return None if self._stock.get(entry.hash) == moved else f"{row.kind}_differs"
        match undo_fact(entry) or settlement_fact(entry) or serial_fact(entry):
            case SerialTryFact(voucher):
                return None if self._tries.get(entry.hash) == voucher else "serial_try_differs"
            case SerialReviewFact(cleared=cleared):
                return None if self._cleared.issuperset(cleared) else "serial_review_differs"
            case SettlementFact(disputed, kind) as fact:
                key = (disputed, kind, fact.other or b"")
                return None if key in self._settled else "settlement_differs"
            case UndoFact() as fact:
                return self._undo_fault(entry, fact)
        told = _quantities(entry.redemption().items, 1)
        return None if told == self._lines.get(entry.hash) else "redemption_lines_differ"

    def _undo_fault(self, entry: Entry, fact: UndoFact) -> str | None:
        # One whose redemption a salvage could not save has nothing to take back.
        lost = fact.redemption not in self._lines
        told = (None, None) if lost else (_quantities(fact.items, -1), fact.redemption)
        found = (self._lines.get(entry.hash), self._undone.get(entry.hash))
        return None if told == found else "undo_differs"


def _quantities(items: Iterable[Item], sign: int) -> Counter[tuple[str, int]]:
    told: Counter[tuple[str, int]] = Counter()
    for item in items:
        told[item.sku, t.bundle_of(item.group)] += sign * item.quantity
    return told
