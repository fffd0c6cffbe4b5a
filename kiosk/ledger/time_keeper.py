"""Trusted time with its persisted high-water mark (rules: :mod:`kiosk.domain.clock`)."""

from __future__ import annotations

import threading

import msgspec
from sqlalchemy import Connection

from kiosk.domain.clock import (
    WITNESS_VALID_S,
    Instant,
    TimeMark,
    Witness,
    raised_by_code,
    raised_by_uptime,
    settled_by_central,
    settled_by_codes,
    trusted_now,
)
from kiosk.domain.ports import Clock
from kiosk.ledger.database import Database
from kiosk.ledger.meta import read_meta, write_meta

_NAME = "time_mark"
_CONTACT = "last_contact_s"
PERSIST_EVERY_S = 60.0


class LedgerTimeKeeper:
    """Keeps the mark in memory and in the ledger. Any thread."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        with database.read() as connection:
            raw, contact = read_meta(connection, _NAME), read_meta(connection, _CONTACT)
        self._mark = msgspec.json.decode(raw, type=TimeMark) if raw else None
        self._last_contact_s = float(contact) if contact else None
        self._persisted_s: float | None = None
        self._witnesses: dict[bytes, Witness] = {}
        """The latest code of each voucher that was seen while the time was unsure."""

    def now(self) -> Instant:
        """Trusted now."""
        with self._lock:
            return trusted_now(self._mark, self._clock.read())

    def settle(self, central_s: float) -> None:
        """Central told the time: confidence is settled; persisted at most once a minute."""
        with self._lock:
            reading = self._clock.read()
            unsure = not trusted_now(self._mark, reading).sure
            self._mark = settled_by_central(self._mark, central_s, reading)
            self._last_contact_s = central_s
        mono_s = self._clock.monotonic_s()
        due = self._persisted_s is None or mono_s - self._persisted_s >= PERSIST_EVERY_S
        if unsure or due:
            self._persisted_s = mono_s
            self._database.write(self.persist)

    def last_contact_age_s(self) -> float | None:
        """How long ago central was heard, over restarts too; None when it never was."""
        now_s, contact_s = self.now().unix_s, self._last_contact_s
        return None if contact_s is None else max(0.0, now_s - contact_s)

    def note_code(self, issued_at_s: int) -> None:
        """A verified dynamic code was seen: now is not before its ``iat``."""
        with self._lock:
            if self._mark is not None:
                self._mark = raised_by_code(self._mark, issued_at_s, self._clock.read())

    def witness(self, voucher: bytes, issued_at_s: int) -> Instant:
        """A verified changing code was seen: trusted now, which it may have settled."""
        with self._lock:
            reading = self._clock.read()
            if trusted_now(self._mark, reading).sure:
                self._witnesses.clear()
            else:
                self._note_witness(Witness(voucher, issued_at_s, reading.boot_s))
                mark = settled_by_codes(self._mark, self._witnesses.values(), reading)
                self._mark = mark or self._mark
            return trusted_now(self._mark, reading)

    def _note_witness(self, seen: Witness) -> None:
        kept = (w for w in self._witnesses.values() if seen.boot_s - w.boot_s <= WITNESS_VALID_S)
        self._witnesses = {w.voucher: w for w in kept} | {seen.voucher: seen}

    def persist(self, connection: Connection) -> None:
        """Store the mark as of now; part of every commit, so that it never falls behind a fact."""
        with self._lock:
            mark, reading = self._mark, self._clock.read()
            now, contact_s = trusted_now(mark, reading), self._last_contact_s
        if mark is None:
            return
        if mark.boot_id == reading.boot_id and reading.boot_s >= mark.boot_s:
            # Same boot: the boot clock vouches. After a reboot the wall clock must not raise the
            # mark: set far ahead once, it would lock this terminal out for good.
            mark = TimeMark(float(now.unix_s), reading.boot_s, reading.boot_id, mark.wall_offset_s)
        else:
            mark = raised_by_uptime(mark, reading)
        write_meta(connection, _NAME, msgspec.json.encode(mark))
        if contact_s is not None:
            write_meta(connection, _CONTACT, repr(contact_s).encode())
