"""Copies of the ledger: whole, consistent, encrypted with the same key, durable when done."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from kiosk.ledger.errors import DamagedLedger, DiskTrouble, HomeUnusable


def copy_ledger(source: Path, key: bytes, target: Path) -> None:
    """Copy a ledger, also while its owner writes to it; ``target`` must not exist.

    The copy is one moment of the ledger, without a WAL beside it. It appears under its name only
    when it is whole and on the disk. Raises HomeUnusable, DamagedLedger or DiskTrouble.
    """
    if target.exists():
        raise HomeUnusable(f"{target}: exists already; nothing was overwritten")
    draft = target.with_name(target.name + ".new")
    draft.unlink(missing_ok=True)
    try:
        with closing(_connect(source, key)) as connection:
            connection.execute("VACUUM INTO ?", (str(draft),))
        with closing(_connect(draft, key)) as copy:
            (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise DamagedLedger(f"{source}: cannot be copied whole ({verdict})")
    except sqlcipher.OperationalError as error:
        draft.unlink(missing_ok=True)
        raise DiskTrouble(f"{target}: no copy could be made ({error})") from error
    except sqlcipher.DatabaseError as error:
        draft.unlink(missing_ok=True)
        raise DamagedLedger(f"{source}: cannot be copied whole ({error})") from error
    _sync(draft)
    draft.chmod(0o600)
    draft.rename(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    if sys.platform != "win32":
        _sync(folder)


def _connect(path: Path, key: bytes) -> Any:
    connection = sqlcipher.connect(str(path), timeout=5.0, isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
