"""Backup of a whole terminal, and a terminal made of its backup.

A backup is old by nature: what was handed over after it, central may know and the backup does
not. So a restored terminal begins a new epoch, and asks central for everything anew; its own
later redemptions come back as facts of the replica. What central has not had is in no backup.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Connection, func, select

from kiosk.domain.ports import Clock
from kiosk.ledger import tables as t
from kiosk.ledger.backup import copy_ledger, sync_folder
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.database import Database
from kiosk.ledger.errors import DiskTrouble, HomeUnusable
from kiosk.ledger.home import Home, write_durably
from kiosk.ledger.identity import begin_epoch, read_identity
from kiosk.ledger.key_stores import key_store, load_key
from kiosk.ledger.meta import CATCHING_UP, write_meta
from kiosk.ledger.replica import begin_generation
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.ledger.trust import TrustStore
from kiosk.protocol.epochs import NEW_EPOCH, NewEpoch, new_epoch_payload

_BESIDE = ("terminal.json", "ca.pem", "config.toml")


@dataclass(frozen=True, slots=True)
class Restored:
    """A terminal made of its backup."""

    terminal: str
    epoch: int
    entries: int
    queued: int
    """Entries that wait for central, the new epoch's first among them."""


def back_up(home: Home, folder: Path, *, with_key: bool) -> None:
    """Copy a terminal into a new folder; works beside its owner. Raises LedgerError.

    The ledger's key is copied only ``with_key``: who has both can read the ledger.
    """
    registration = home.registration()
    key = load_key(key_store(registration.key_store, home), registration.key_check)
    draft = folder.with_name(folder.name + ".new")
    if folder.exists():
        raise HomeUnusable(f"{folder}: exists already; nothing was overwritten")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        copy_ledger(home.ledger_file, key, draft / home.ledger_file.name)
        for name in _BESIDE:
            if (home.path / name).exists():
                write_durably(draft / name, (home.path / name).read_bytes())
        if with_key:
            write_durably(draft / home.key_file.name, key)
        draft.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise DiskTrouble(f"{folder}: no backup was made ({error.strerror})") from error


def backup_in(folder: Path) -> Home:
    """The backup in a folder; raises HomeUnusable when there is none."""
    saved = Home(folder)
    if not saved.registration_file.exists() or not saved.ledger_file.exists():
        raise HomeUnusable(
            f"{folder}: no backup of a terminal is here (kiosk ledger backup makes one)"
        )
    return saved


def restore(home: Home, folder: Path, key_file: Path | None, clock: Clock) -> Restored:
    """Make a terminal of its backup in an empty home; the caller holds the home's lock.

    ``key_file``: the ledger's key, if it is neither in the backup nor where the terminal's key
    store looks for it; it is kept in the home. ``terminal.json`` is written last: before that,
    nothing is restored and the whole can be tried again. Raises LedgerError.
    """
    if home.registration_file.exists():
        raise HomeUnusable(f"{home.path}: a terminal lives here already; nothing was changed")
    saved = backup_in(folder)
    registration = saved.registration()
    if key_file is None and saved.key_file.exists():
        key_file = saved.key_file
    if key_file is not None:
        registration = msgspec.structs.replace(registration, key_store="file")
        home.key_file.unlink(missing_ok=True)
        write_durably(home.key_file, _content(key_file))
    key = load_key(key_store(registration.key_store, home), registration.key_check)
    for leftover in home.path.glob(home.ledger_file.name + "*"):
        leftover.unlink()
    copy_ledger(saved.ledger_file, key, home.ledger_file)
    for name in set(_BESIDE) - {home.registration_file.name}:
        if (folder / name).exists():
            write_durably(home.path / name, _content(folder / name))
    database = Database(home.ledger_file, key)
    database.open()
    try:
        restored = _begin(database, clock)
    finally:
        database.close()
    home.write_registration(registration)
    return restored


def _begin(database: Database, clock: Clock) -> Restored:
    keeper = LedgerTimeKeeper(database, clock)

    def work(connection: Connection) -> Restored:
        begin_epoch(connection)
        identity = read_identity(connection)
        versions = TrustStore(connection, identity).versions()
        stamp = Stamp(keeper.now(), round(clock.read().wall_s * 1000), versions)
        kept = connection.execute(select(func.count()).select_from(t.entries)).scalar_one()
        payload = new_epoch_payload(NewEpoch("restore", kept))
        append(connection, identity, stamp, kind=NEW_EPOCH, staff=None, payload=payload)
        write_meta(connection, CATCHING_UP, b"1")
        begin_generation(connection)  # what the replica knew is as old as the backup
        waiting = t.outbox.c.state.in_((t.QUEUED, t.IN_FLIGHT))
        queued = select(func.count()).select_from(t.outbox).where(waiting)
        return Restored(
            identity.terminal, identity.epoch, kept, connection.execute(queued).scalar_one()
        )

    return database.write(work)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HomeUnusable(f"{path}: {error.strerror}") from None
