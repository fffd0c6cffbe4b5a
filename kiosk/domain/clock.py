"""Trusted time: what the terminal may believe about now. A clock change never widens anything.

Trusted time is the largest of: central's time, the ``iat`` of verified dynamic codes and the
persisted high-water mark, carried forward by the boot clock within one boot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

MAX_WALL_DRIFT_S = 120
MAX_CENTRAL_JUMP_S = 24 * 3600
MAX_BOOT_DRIFT = 500e-6
"""Seconds that a boot clock may gain in a second: quartz is ten times better."""


WITNESSES_NEEDED = 3
WITNESS_VALID_S = 600
"""How long a code that was seen speaks for the time, by the boot clock."""
_LATEST_SHOWING_S, _EARLIEST_SHOWING_S = 60, -15
"""A changing code is shown at most this long after (before) the time that it names."""


class Confidence(IntEnum):
    """How much a trusted instant is worth; stored in every ledger entry."""

    UNSURE = 0
    """Only a lower bound: reboot without network, or the wall clock jumped."""
    CARRIED = 1
    """Central's time, carried forward by the boot clock of the same boot; or the wall clock's
    after a reboot, when several fresh codes of central bore it out."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One look at this machine's clocks."""

    wall_s: float
    """Wall clock, Unix seconds; an attacker may have set it."""
    boot_s: float
    """Seconds since boot, suspend included (CLOCK_BOOTTIME)."""
    boot_id: str
    """Changes at every boot."""


@dataclass(frozen=True, slots=True)
class TimeMark:
    """The persisted high-water mark, tied to the boot in which it was set."""

    trusted_s: float
    boot_s: float
    boot_id: str
    wall_offset_s: float
    """Wall clock minus trusted time when central last settled the time."""
    floor_boot_id: str = ""
    """The later boot, without a network, in which ``trusted_s`` was raised as a lower bound."""
    floor_boot_s: float = 0.0
    """Boot clock of that boot when it was."""


@dataclass(frozen=True, slots=True)
class Instant:
    """Trusted now."""

    unix_s: int
    confidence: Confidence
    reason: str = ""
    """Why the confidence is low: ``rebooted``, ``wall_clock_behind``, ``wall_clock_changed`` or
    ``never_synced``."""
    earliest_s: int | None = None
    """The lower bound when ``unix_s`` is only a guess; None when both are one."""

    @property
    def at_least_s(self) -> int:
        """What is certainly past: for everything that opens as time goes on."""
        return self.unix_s if self.earliest_s is None else self.earliest_s

    @property
    def sure(self) -> bool:
        """Whether dynamic codes may be judged by it."""
        return self.confidence is not Confidence.UNSURE


def trusted_now(mark: TimeMark | None, reading: ClockReading) -> Instant:
    """The trusted time for a reading; never earlier than the mark."""
    if mark is None:
        return Instant(int(reading.wall_s), Confidence.UNSURE, "never_synced")
    if mark.boot_id != reading.boot_id or reading.boot_s < mark.boot_s:
        return _after_reboot(mark, reading)
    trusted_s = mark.trusted_s + (reading.boot_s - mark.boot_s)
    moved_s = (reading.wall_s - trusted_s) - mark.wall_offset_s
    if abs(moved_s) > MAX_WALL_DRIFT_S:
        return Instant(int(trusted_s), Confidence.UNSURE, "wall_clock_changed")
    return Instant(int(trusted_s), Confidence.CARRIED)


def lower_bound_s(mark: TimeMark, reading: ClockReading) -> float:
    """What time it is at least, after a reboot: the mark, and what this boot has lasted since."""
    counted_s = mark.floor_boot_s if mark.floor_boot_id == reading.boot_id else 0.0
    return mark.trusted_s + max(0.0, reading.boot_s - counted_s)


def _after_reboot(mark: TimeMark, reading: ClockReading) -> Instant:
    """How long this machine was off is the wall clock's word alone: believed where it narrows."""
    wall_s, least_s = reading.wall_s, lower_bound_s(mark, reading)
    floor_s = int(least_s)
    if wall_s < least_s - MAX_WALL_DRIFT_S:
        return Instant(floor_s, Confidence.UNSURE, "wall_clock_behind", floor_s)
    return Instant(max(floor_s, int(wall_s)), Confidence.UNSURE, "rebooted", floor_s)


def settled_by_central(mark: TimeMark | None, central_s: float, reading: ClockReading) -> TimeMark:
    """The mark after central told the time: it settles the confidence, and never goes back."""
    if mark is not None and _implausible(mark, central_s, reading):
        return mark
    trusted_s = max(central_s, _floor_s(mark, reading)) if mark else central_s
    return TimeMark(
        trusted_s=trusted_s,
        boot_s=reading.boot_s,
        boot_id=reading.boot_id,
        wall_offset_s=reading.wall_s - trusted_s,
    )


def _floor_s(mark: TimeMark, reading: ClockReading) -> float:
    """What central's time may not fall short of: going back reopens windows already closed.

    Central's answer is always a little late, and may be held back on its way. What the boot clock
    gained against central's is given back, but never faster than it can have been gained.
    """
    elapsed_s = reading.boot_s - mark.boot_s
    if mark.boot_id != reading.boot_id or elapsed_s < 0:
        return mark.trusted_s
    return mark.trusted_s + elapsed_s * (1 - MAX_BOOT_DRIFT)


def _implausible(mark: TimeMark, central_s: float, reading: ClockReading) -> bool:
    """A central far ahead of a clock that ran on, and of the wall clock too, is mistaken.

    Believed once, it could never be taken back. After a reboot nothing here can contradict it.
    """
    now = trusted_now(mark, reading)
    known_s = max(float(now.unix_s), reading.wall_s)
    return mark.boot_id == reading.boot_id and central_s > known_s + MAX_CENTRAL_JUMP_S


def raised_by_uptime(mark: TimeMark, reading: ClockReading) -> TimeMark:
    """The mark after a reboot, with what this boot has lasted: so reboots do not stop time.

    It stays a lower bound; nothing becomes sure by it.
    """
    return replace(
        mark,
        trusted_s=lower_bound_s(mark, reading),
        floor_boot_id=reading.boot_id,
        floor_boot_s=reading.boot_s,
    )


def raised_by_code(mark: TimeMark, issued_at_s: int, reading: ClockReading) -> TimeMark:
    """The mark after a verified dynamic code was seen: its ``iat`` is a lower bound of now."""
    now = trusted_now(mark, reading)
    if not now.sure or issued_at_s <= now.unix_s:
        return mark
    return replace(mark, trusted_s=float(issued_at_s), boot_s=reading.boot_s)


@dataclass(frozen=True, slots=True)
class Witness:
    """A changing code that central signed, as it was seen while the time was unsure."""

    voucher: bytes
    issued_at_s: int
    boot_s: float
    """Boot clock when it was seen."""


def settled_by_codes(
    mark: TimeMark | None, witnesses: Iterable[Witness], reading: ClockReading
) -> TimeMark | None:
    """The mark when enough fresh codes bear out what the clocks say; None when they do not (yet).

    Without a network, two sources that know nothing of each other have to agree: this machine's
    clock, and codes of several vouchers that central signed within the last minute (ADR 0011). A
    wall clock behind the mark agrees with nothing.
    """
    now = trusted_now(mark, reading)
    if mark is None or now.reason not in {"rebooted", "wall_clock_changed"}:
        return None
    said_s = reading.wall_s if now.reason == "rebooted" else float(now.unix_s)
    if said_s < now.at_least_s:
        return None
    agreeing = {seen.voucher for seen in witnesses if _agrees(seen, said_s, reading.boot_s)}
    if len(agreeing) < WITNESSES_NEEDED:
        return None
    return TimeMark(said_s, reading.boot_s, reading.boot_id, reading.wall_s - said_s)


def _agrees(seen: Witness, said_s: float, boot_s: float) -> bool:
    ago_s = boot_s - seen.boot_s
    shown_after_s = said_s - ago_s - seen.issued_at_s
    return (
        0 <= ago_s <= WITNESS_VALID_S and _EARLIEST_SHOWING_S <= shown_after_s <= _LATEST_SHOWING_S
    )
