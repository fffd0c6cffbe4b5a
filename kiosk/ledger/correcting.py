"""Corrections as the use cases see them: what takes earlier facts back, or sets them right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from kiosk.domain.conflicts import Conflict, Settled, SettlementDraft
from kiosk.domain.ports import Clock
from kiosk.domain.stock import StockAdjustment, StockCount, StockLevel, StockMoved
from kiosk.domain.undo import OwnRedemption, UndoDraft, Undone
from kiosk.ledger import conflicts, stock
from kiosk.ledger.chain import Stamp
from kiosk.ledger.database import Database
from kiosk.ledger.identity import Identity
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.ledger.trust import TrustStore
from kiosk.ledger.undo import own_redemption, record_undo, undo_of
from kiosk.protocol.stock_entries import StockAdjustmentFact

T = TypeVar("T")


class Correcting:
    """The correcting part of :class:`kiosk.ledger.store.LedgerStore`."""

    def __init__(
        self,
        database: Database,
        identity: Identity,
        trust: TrustStore,
        time_keeper: LedgerTimeKeeper,
        clock: Clock,
    ) -> None:
        self._database, self._identity = database, identity
        self._trust, self._time, self._clock = trust, time_keeper, clock

    def own_redemption(self, epoch: int | None, seq: int) -> OwnRedemption | None:
        """A redemption of this terminal's ledger (``epoch`` None: the current one), or None."""
        epoch = self._identity.epoch if epoch is None else epoch
        with self._database.read() as connection:
            return own_redemption(connection, epoch, seq)

    def undone(self, redemption: OwnRedemption) -> Undone | None:
        """The undo of a redemption, or None."""
        with self._database.read() as connection:
            return undo_of(connection, redemption)

    def commit_undo(self, draft: UndoDraft) -> Undone:
        """Commit an undo with everything that follows from it, durably."""
        return self._append(lambda c, stamp: record_undo(c, self._identity, stamp, draft))

    def conflicts(self) -> tuple[Conflict, ...]:
        """What contradicts this terminal's facts, oldest first; settled ones stay listed."""
        with self._database.read() as connection:
            return conflicts.conflicts(connection, self._identity)

    def conflict(self, entry: bytes, kind: str, other_entry: bytes) -> Conflict | None:
        """One conflict, or None."""
        with self._database.read() as connection:
            return conflicts.conflict(connection, self._identity, (entry, kind, other_entry))

    def commit_settlement(self, draft: SettlementDraft) -> Settled:
        """Commit a settlement, durably; what was settled before answers with that decision."""
        return self._append(
            lambda c, stamp: conflicts.record_settlement(c, self._identity, stamp, draft)
        )

    def stock_levels(self) -> tuple[StockLevel, ...]:
        """Projected stock of every SKU that the store counts."""
        with self._database.read() as connection:
            return stock.stock_levels(connection)

    def commit_stock_count(self, count: StockCount) -> StockMoved | None:
        """Commit a count, durably; None, and nothing written, when the SKU is not counted."""
        counted = (count.sku, count.counted)
        return self._append(
            lambda c, stamp: stock.record_count(c, self._identity, stamp, count.supervisor, counted)
        )

    def commit_stock_adjustment(self, adjustment: StockAdjustment) -> StockMoved | None:
        """Commit an adjustment, durably; None, and nothing written, when it is not counted."""
        fact = StockAdjustmentFact(adjustment.sku, adjustment.delta, adjustment.reason)
        return self._append(
            lambda c, stamp: stock.record_adjustment(
                c, self._identity, stamp, adjustment.supervisor, fact
            )
        )

    def _append(self, work: Callable[[Connection, Stamp], T]) -> T:
        """Run ``work``, which appends an entry, in one durable transaction."""

        def transaction(connection: Connection) -> T:
            result = work(connection, self._stamp())
            self._time.persist(connection)
            return result

        return self._database.write(transaction)

    def _stamp(self) -> Stamp:
        wall_ms = round(self._clock.read().wall_s * 1000)
        return Stamp(self._time.now(), wall_ms, self._trust.versions())
