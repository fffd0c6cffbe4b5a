"""Setting stock right: a supervisor counts a SKU, or adjusts it for a reason."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.ports import Central, Store
from kiosk.domain.staff import Role
from kiosk.domain.stock import (
    MAX_QUANTITY,
    StockAdjustment,
    StockCount,
    StockMoved,
    StockRefusal,
)
from kiosk.domain.undo import read_reason


def count_stock(asked: StockCount, *, store: Store, central: Central) -> StockMoved | StockRefusal:
    """Record a count, durably: what differs from the projection moves.

    Counter thread. Raises LedgerError when the disk fails.
    """
    if not _may(asked.supervisor, store):
        return StockRefusal.NOT_A_SUPERVISOR
    if not 0 <= asked.counted <= MAX_QUANTITY:
        return StockRefusal.QUANTITY_UNUSABLE
    return _done(store.commit_stock_count(asked), central)


def adjust_stock(
    asked: StockAdjustment, *, store: Store, central: Central
) -> StockMoved | StockRefusal:
    """Record an adjustment, durably. Each is a fact of its own: asking twice moves twice.

    Stock may come out below 0: central makes a conflict of it. Counter thread. Raises LedgerError
    when the disk fails.
    """
    if not _may(asked.supervisor, store):
        return StockRefusal.NOT_A_SUPERVISOR
    if not asked.delta or abs(asked.delta) > MAX_QUANTITY:
        return StockRefusal.QUANTITY_UNUSABLE
    reason = read_reason(asked.reason)
    if reason is None:
        return StockRefusal.REASON_UNUSABLE
    return _done(store.commit_stock_adjustment(replace(asked, reason=reason)), central)


def _may(staff: str, store: Store) -> bool:
    member = store.staff_member(staff)
    return member is not None and member.role is Role.SUPERVISOR


def _done(moved: StockMoved | None, central: Central) -> StockMoved | StockRefusal:
    if moved is None:
        return StockRefusal.NOT_COUNTED
    central.nudge()
    return moved
