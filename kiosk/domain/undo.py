"""Undo: goods that were handed over came back. When it may be done, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.clock import Instant
from kiosk.domain.serials import read_note
from kiosk.domain.vouchers import Item


class UndoRefusal(StrEnum):
    """Why nothing was undone."""

    NOT_A_SUPERVISOR = "not_a_supervisor"
    REASON_UNUSABLE = "reason_unusable"
    """Empty, longer than a note may be, or with characters that nothing can print."""
    UNKNOWN_REDEMPTION = "unknown_redemption"
    """This terminal's ledger has no redemption of that number."""
    TOO_LATE = "too_late"
    """More time has passed than the policy's ``undo_within_s``: it is a refund now."""
    CLOCK_UNTRUSTED = "clock_untrusted"
    """Nobody knows how much time has passed."""


@dataclass(frozen=True, slots=True)
class OwnRedemption:
    """A redemption in this terminal's ledger."""

    entry: bytes
    epoch: int
    seq: int
    voucher: bytes
    items: tuple[Item, ...]
    at_s: int
    """Trusted time, Unix seconds UTC."""


@dataclass(frozen=True, slots=True)
class UndoDraft:
    """Everything an undo commits together."""

    redemption: OwnRedemption
    reason: str
    supervisor: str
    """Who allowed it."""
    staff: str | None
    """Who is on duty, noted in the entry's head."""


@dataclass(frozen=True, slots=True)
class Undone:
    """An undo as the ledger has it."""

    redemption: OwnRedemption
    epoch: int
    seq: int
    """Ledger sequence number of the undo."""
    at_s: int
    """Trusted time of the undo, Unix seconds UTC."""
    supervisor: str
    repeated: bool = False
    """True when it had been done before, and this is the fact of the first time."""


def read_reason(typed: str) -> str | None:
    """A reason on one line; None when there is none, or it cannot be kept."""
    return read_note(typed) or None


def out_of_time(redeemed_at_s: int, now: Instant, within_s: int) -> UndoRefusal | None:
    """Why time is against an undo, or None. A time that is only a lower bound proves too little."""
    if now.at_least_s - redeemed_at_s > within_s:
        return UndoRefusal.TOO_LATE
    return None if now.sure else UndoRefusal.CLOCK_UNTRUSTED
