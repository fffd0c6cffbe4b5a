"""Everything one process of central works with."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from kiosk.central.bell import Bell
from kiosk.central.database import Database, Transaction
from kiosk.central.documents import ensure_documents
from kiosk.central.feed import feed_heads
from kiosk.central.home import database_url
from kiosk.central.ingest import Ingest
from kiosk.central.key_ring import KeyRing
from kiosk.central.keys import CentralKeys
from kiosk.central.schema import migrate
from kiosk.central.status_desk import StatusDesk
from kiosk.central.tokens import TokenDesk


class Services:
    """The parts of a running central. No dataclass: Litestar would look inside to validate it."""

    def __init__(self, key_ring: KeyRing, database: Database, bell: Bell) -> None:
        self.key_ring = key_ring
        self.database = database
        self.bell = bell
        self.tokens = TokenDesk(database, key_ring.current().tokens)
        self.ingest = Ingest(database, key_ring.current)
        self.status = StatusDesk(database, key_ring.current)

    @property
    def keys(self) -> CentralKeys:
        """The keys of the moment: another process may have changed them."""
        return self.key_ring.current()

    def close(self) -> None:
        """Give connections back."""
        self.database.close()


def open_services(home: Path, url: str | None = None) -> Services:
    """Open a home and its database, migrated and with current documents. Blocks.

    Raises CentralHomeError, DatabaseUnusableError.
    """
    key_ring = KeyRing(home)
    database = Database(url or database_url(home))
    try:
        migrate(database)
        database.write(lambda transaction: _ensure(transaction, key_ring))
    except BaseException:
        database.close()
        raise

    def heads(names: Iterable[str]) -> dict[str, int]:
        with database.read() as connection:
            return feed_heads(connection, names)

    bell = Bell(heads)
    database.on_commit = bell.ring
    return Services(key_ring, database, bell)


def _ensure(transaction: Transaction, key_ring: KeyRing) -> None:
    ensure_documents(transaction, key_ring.current(), int(time.time()))
