"""Salvage: a damaged ledger is set aside, and what can be read of it goes on in a new epoch.

Entries are believed by their signature, wherever they are read; everything beside them is made
anew from them, or downloaded again. What was not sent is queued again, also when only its state
could not be read: central takes an entry once, however often it is sent.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, text

from kiosk.domain.ports import Clock, TrustVersions
from kiosk.ledger import tables as t
from kiosk.ledger.backup import copy_ledger, sync_folder
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.database import Database
from kiosk.ledger.errors import DamagedLedger, DiskTrouble, HomeUnusable, LedgerError
from kiosk.ledger.home import Home
from kiosk.ledger.identity import Identity
from kiosk.ledger.key_stores import key_store, load_key
from kiosk.ledger.meta import CATCHING_UP, write_meta
from kiosk.ledger.rebuilding import derive_again
from kiosk.ledger.replica import begin_generation
from kiosk.ledger.ruin import Ruin
from kiosk.ledger.swapping import finish_swap, swap_in
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.ledger.triggers import TRIGGERS
from kiosk.protocol.entries import NO_PREVIOUS, Entry, EntryError, open_sealed
from kiosk.protocol.epochs import NEW_EPOCH, Missing, NewEpoch, new_epoch_payload
from kiosk.protocol.trust import root_key_from

_log = structlog.get_logger(__name__)

_IDENTITY = ("terminal", "store", "terminal_key", "root_key", "epoch")
_ROOT_VERSION = "root_version"
_TIME = ("time_mark", "last_contact_s")
_DONE = frozenset({t.ACKED, t.CONFLICT, t.QUARANTINED})

_Place: TypeAlias = tuple[int, int]
"""Epoch and sequence number."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What became of a damaged ledger."""

    set_aside: Path
    """A copy of the damaged file, with its ``-wal``."""
    entries: int
    queued: int
    """Entries that go to central (again)."""
    missing: tuple[Missing, ...]
    """Gaps between the entries that were read."""
    unreadable: int
    """Rows that are there and cannot be read, or whose entry does not bear its signature."""
    epoch: int
    """The epoch that goes on."""


def salvage(
    home: Home,
    clock: Clock,
    progress: Callable[[int], None] = lambda _entries: None,
    *,
    whole_too: bool = False,
) -> Salvaged:
    """Make a new ledger of what can be read of the damaged one; the caller holds the home's lock.

    Nothing is deleted: the damaged file is kept under another name. Interrupted, it is run again.
    A ledger that is whole is refused unless ``whole_too``: a salvage forgets what was heard of
    other terminals. Raises KeyMissing, WrongKey, HomeUnusable (it is whole), DamagedLedger (the
    terminal's own key cannot be read: enrol it anew) or DiskTrouble.
    """
    registration = home.registration()
    key = load_key(key_store(registration.key_store, home), registration.key_check)
    finish_swap(home)
    if not whole_too and _whole(home, clock):
        raise HomeUnusable(
            f"{home.ledger_file}: this ledger is whole and its chain holds; there is nothing to"
            " salvage"
        )
    making = home.fresh_file.with_name(home.fresh_file.name + ".making")
    _remove_drafts(home)
    set_aside = _set_aside(home)
    with closing(Ruin(set_aside, key)) as ruin:
        identity = _identity(ruin)
        database = Database(making, key, create=True)
        database.open()
        try:
            database.write(lambda connection: _carry_over(connection, ruin))
            keeper = LedgerTimeKeeper(database, clock)
            work = _Filling(ruin, identity, progress)
            stamp = Stamp(keeper.now(), round(clock.read().wall_s * 1000), TrustVersions())
            found = database.write(lambda connection: work.fill(connection, stamp))
        finally:
            database.close()
    copy_ledger(making, key, home.fresh_file)  # one file, without a WAL, on the disk
    swap_in(home)
    _remove_drafts(home)
    _log.warning("ledger salvaged", entries=found.kept, gaps=len(found.missing))
    return Salvaged(
        set_aside, found.kept, work.queued, found.missing, work.unreadable, identity.epoch
    )


def _whole(home: Home, clock: Clock) -> bool:
    try:
        with closing(TerminalLedger(home, clock, read_only=True)) as ledger:
            with ledger.database.read() as connection:
                checked = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
            return checked == "ok" and ledger.prove_chain().fault is None
    except LedgerError:
        return False


def _remove_drafts(home: Home) -> None:
    for leftover in home.path.glob(home.fresh_file.name + "*"):
        leftover.unlink()


def _set_aside(home: Home) -> Path:
    """A durable copy of the damaged files, named by the time."""
    stamp = time.strftime("%Y%m%dT%H%M%S")
    target = home.path / f"ledger.db.damaged-{stamp}-{os.getpid()}"
    try:
        for suffix in ("-wal", ""):
            source = home.ledger_file.with_name(home.ledger_file.name + suffix)
            if source.exists() or not suffix:
                copy = target.with_name(target.name + suffix)
                shutil.copyfile(source, copy)
                copy.chmod(0o600)
                with copy.open("rb") as file:
                    os.fsync(file.fileno())
    except FileNotFoundError:
        raise DamagedLedger(
            f"{home.ledger_file}: there is no ledger to salvage; restore this terminal from its"
            " backup (kiosk ledger restore)"
        ) from None
    except OSError as error:
        raise DiskTrouble(f"{target}: {error.strerror}; nothing was changed") from error
    sync_folder(home.path)
    return target


def _identity(ruin: Ruin) -> Identity:
    """Who the terminal is, with the next epoch; raises DamagedLedger when its key is lost."""
    values = {name: ruin.value(name) for name in _IDENTITY}
    found = {name: value for name, value in values.items() if value is not None}
    if len(found) < len(_IDENTITY):
        lost = ", ".join(sorted(set(_IDENTITY) - set(found)))
        raise DamagedLedger(
            f"of who this terminal is, {lost} cannot be read. Enrol it anew in another home; the"
            " damaged file is kept, for whoever can read more of it"
        )
    return Identity(
        terminal=found["terminal"].decode(),
        store=found["store"].decode(),
        key=Ed25519PrivateKey.from_private_bytes(found["terminal_key"]),
        root=root_key_from(found["root_key"]),
        root_version=int(ruin.value(_ROOT_VERSION) or b"0"),
        epoch=int(found["epoch"]) + 1,
    )


def _carry_over(connection: Connection, ruin: Ruin) -> None:
    """What is not in entries: identity, time, signed documents, audit lines of sign-ins."""
    for name in (*_IDENTITY, _ROOT_VERSION, *_TIME):
        value = ruin.value(name)
        if value is not None:
            write_meta(connection, name, value)
    write_meta(connection, CATCHING_UP, b"1")  # what was heard of other terminals is gone
    begin_generation(connection)
    epoch = int(ruin.value("epoch") or b"0") + 1
    write_meta(connection, "epoch", str(epoch).encode())
    for kind, version, document in ruin.rows("documents", "kind", "version", "document"):
        row = {"kind": kind, "version": version, "document": document}
        connection.execute(insert(t.documents), row)
    columns = ("at_s", "staff", "action", "entry", "detail")
    for values in ruin.rows("audit", *columns):
        row = dict(zip(columns, values, strict=True))
        if row["entry"] is None:  # the others follow from their entries
            connection.execute(insert(t.audit), row)


class _Filling:
    """Entries into the new ledger, in their old places."""

    def __init__(self, ruin: Ruin, identity: Identity, progress: Callable[[int], None]) -> None:
        self._ruin, self._identity, self._progress = ruin, identity, progress
        self.queued = self.unreadable = 0

    def fill(self, connection: Connection, stamp: Stamp) -> NewEpoch:
        """Everything in one transaction; ends with the entry that begins the new epoch."""
        states = self._states()
        guard = "entries_without_gap"  # old places have gaps now; told of below, and signed
        connection.execute(text(f"DROP TRIGGER {guard}"))
        kept = 0
        missing: list[Missing] = []
        last: _Place = (0, 0)
        hash_before = NO_PREVIOUS
        for entry, sealed in self._entries():
            place = (entry.head.epoch, entry.head.seq)
            if entry.head.previous != hash_before:
                missing.append(_gap(last, place))
            last, hash_before = place, entry.hash
            self._put(connection, entry, sealed, states.get(place))
            kept += 1
            self._progress(kept)
        connection.execute(text(TRIGGERS[guard]))
        told = NewEpoch("salvage", kept, tuple(missing))
        payload = new_epoch_payload(told)
        append(connection, self._identity, stamp, kind=NEW_EPOCH, staff=None, payload=payload)
        self.queued += 1
        self.unreadable += self._ruin.unreadable
        return told

    def _entries(self) -> Iterator[tuple[Entry, bytes]]:
        """Entries that bear this terminal's signature, in order, each place once."""
        found: dict[_Place, int] = {}
        public = self._identity.key.public_key()
        # First the places, then each entry again: a ledger need not fit into memory.
        for number, (rowid, sealed) in enumerate(self._ruin.rows("entries", "rowid", "sealed")):
            try:
                head = open_sealed(bytes(sealed), public).head
            except EntryError as error:
                self.unreadable += 1
                _log.error("entry not believed", row=number, reason=str(error))
                continue
            found.setdefault((head.epoch, head.seq), rowid)
        for _, rowid in sorted(found.items()):
            (sealed,) = self._ruin.row("entries", rowid, "sealed")
            yield open_sealed(bytes(sealed), public), bytes(sealed)

    def _states(self) -> dict[_Place, tuple[str, int, str, bytes | None]]:
        columns = ("epoch", "seq", "state", "attempts", "answer", "receipt")
        return {
            (epoch, seq): (state, attempts, answer, receipt)
            for epoch, seq, state, attempts, answer, receipt in self._ruin.rows("outbox", *columns)
        }

    def _put(
        self,
        connection: Connection,
        entry: Entry,
        sealed: bytes,
        known: tuple[str, int, str, bytes | None] | None,
    ) -> None:
        head = entry.head
        connection.execute(
            insert(t.entries),
            {
                "epoch": head.epoch,
                "seq": head.seq,
                "hash": entry.hash,
                "previous": head.previous,
                "kind": head.kind,
                "at_s": head.now.unix_s,
                "sealed": sealed,
            },
        )
        state, attempts, answer, receipt = known or (t.QUEUED, 0, "", None)
        if state not in _DONE:
            state = t.QUEUED
            self.queued += 1
        connection.execute(
            insert(t.outbox),
            {
                "epoch": head.epoch,
                "seq": head.seq,
                "state": state,
                "attempts": attempts,
                "answer": answer,
                "receipt": receipt,
            },
        )
        derive_again(connection, entry)


def _gap(last: _Place, place: _Place) -> Missing:
    """What is missing between two entries that follow each other now."""
    epoch, seq = place
    first = last[1] + 1 if epoch == last[0] else 1
    return Missing(epoch, first, seq - 1) if seq > 1 else Missing(epoch, 0, 0)
