"""Settling a conflict: supervisors have seen both facts and say what becomes of it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.conflicts import (
    Settled,
    SettlementDraft,
    SettleRefusal,
    persons_needed,
    read_decision_note,
)
from kiosk.domain.ports import Central, Store
from kiosk.domain.staff import Role


def settle(draft: SettlementDraft, *, store: Store, central: Central) -> Settled | SettleRefusal:
    """Settle a conflict of this terminal, durably; nothing disappears.

    ``draft.supervisors``: whose PINs the caller has checked; from the policy's
    ``settle_two_persons_from_class`` on, two different ones. What was settled before, here or
    elsewhere, is answered with that decision. Counter thread. Raises LedgerError when the disk
    fails.
    """
    people = tuple(dict.fromkeys(draft.supervisors))
    members = [store.staff_member(person) for person in people]
    if not members or any(m is None or m.role is not Role.SUPERVISOR for m in members):
        return SettleRefusal.NOT_A_SUPERVISOR
    note = read_decision_note(draft.note)
    if note is None:
        return SettleRefusal.NOTE_UNUSABLE
    conflict = store.conflict(draft.entry, draft.kind, draft.other_entry)
    if conflict is None:
        return SettleRefusal.UNKNOWN_CONFLICT
    if conflict.settlement is not None:
        return Settled(conflict.settlement, None)
    needed = persons_needed(conflict.value_class, store.policy().settle_two_persons_from_class)
    if len(people) < needed:
        return SettleRefusal.SECOND_PERSON_NEEDED
    settled = store.commit_settlement(replace(draft, note=note, supervisors=people))
    central.nudge()
    return settled
