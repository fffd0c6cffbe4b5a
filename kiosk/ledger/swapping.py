"""Putting another ledger file in the place of this one, whatever moment the power fails at.

A WAL that lies beside a file is replayed into it, whoever wrote it: the old one has to be gone
before the new file takes the old one's name. A marker says that the new file is complete, so that
whoever opens the home next finishes what was begun.
"""

from __future__ import annotations

from kiosk.ledger.backup import sync_folder
from kiosk.ledger.home import Home, write_durably


def swap_in(home: Home) -> None:
    """Make ``home.fresh_file``, which is complete and durable, the ledger. Holds the lock."""
    write_durably(home.swap_file, b"")
    finish_swap(home)


def finish_swap(home: Home) -> None:
    """Finish a swap that was begun; does nothing when there is none. Holds the lock."""
    if not home.swap_file.exists():
        return
    if home.fresh_file.exists():
        for suffix in ("-wal", "-shm"):
            home.ledger_file.with_name(home.ledger_file.name + suffix).unlink(missing_ok=True)
        home.fresh_file.replace(home.ledger_file)
        sync_folder(home.path)
    home.swap_file.unlink()
    sync_folder(home.path)
