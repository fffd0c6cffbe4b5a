"""A supervisor's review of a locked serial: the wrong tries were looked at and count no more."""

from __future__ import annotations

from kiosk.domain.ports import Central, Store
from kiosk.domain.serials import ReviewRefusal, read_note
from kiosk.domain.staff import Role


def review_serial(
    voucher: bytes, staff: str, note: str, *, store: Store, central: Central
) -> ReviewRefusal | None:
    """Clear the tries that this terminal knows of; None means done, durably.

    Where another review was quicker there is nothing to do, and nothing is written. ``staff`` is
    the supervisor's id, whose PIN the caller has checked. Counter thread. Raises LedgerError when
    the disk fails.
    """
    member = store.staff_member(staff)
    if member is None or member.role is not Role.SUPERVISOR:
        return ReviewRefusal.NOT_A_SUPERVISOR
    kept = read_note(note)
    if kept is None:
        return ReviewRefusal.NOTE_UNUSABLE
    if store.review_serial(voucher, staff, kept):
        central.nudge()
    return None
