"""Undo: a supervisor takes a redemption of this terminal back, soon after it was made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.domain.ports import Central, Store
from kiosk.domain.staff import Role
from kiosk.domain.undo import UndoDraft, Undone, UndoRefusal, out_of_time, read_reason


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """What a person asks for."""

    seq: int
    """Ledger sequence number of the redemption."""
    supervisor: str
    """Staff id; whoever calls has checked the PIN (``sign_in``)."""
    reason: str
    epoch: int | None = None
    """Of the redemption; None: the current one."""
    staff: str | None = None
    """Who is on duty; None: the supervisor alone."""


def undo(request: UndoRequest, *, store: Store, central: Central) -> Undone | UndoRefusal:
    """Take a redemption back, durably: voucher and stock are as if it had not been.

    A second time answers with the first fact, however late. The showing that was redeemed stays
    used at this terminal: the customer shows a fresh one (a static code can be shown again).
    Counter thread. Raises LedgerError when the disk fails.
    """
    member = store.staff_member(request.supervisor)
    if member is None or member.role is not Role.SUPERVISOR:
        return UndoRefusal.NOT_A_SUPERVISOR
    reason = read_reason(request.reason)
    if reason is None:
        return UndoRefusal.REASON_UNUSABLE
    redemption = store.own_redemption(request.epoch, request.seq)
    if redemption is None:
        return UndoRefusal.UNKNOWN_REDEMPTION
    earlier = store.undone(redemption)
    if earlier is not None:
        return replace(earlier, repeated=True)
    late = out_of_time(redemption.at_s, store.now(), store.policy().undo_within_s)
    if late is not None:
        return late
    staff = request.supervisor if request.staff is None else request.staff
    done = store.commit_undo(UndoDraft(redemption, reason, request.supervisor, staff))
    central.nudge()
    return done
