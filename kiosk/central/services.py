"""Everything one process of central works with."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from kiosk.central.bell import Bell
from kiosk.central.database import Database
from kiosk.central.documents import ensure_documents
from kiosk.central.feed import feed_heads
from kiosk.central.home import CentralKeys, database_url, open_keys
from kiosk.central.ingest import Ingest
from kiosk.central.schema import migrate
from kiosk.central.tokens import TokenDesk


class Services:
    """The parts of a running central. No dataclass: Litestar would look inside to validate it."""

    def __init__(self, keys: CentralKeys, database: Database, bell: Bell) -> None:
        self.keys = keys
        self.database = database
        self.bell = bell
        self.tokens = TokenDesk(database, keys.tokens)
        self.ingest = Ingest(database, keys)

    def close(self) -> None:
        """Give connections back."""
        self.database.close()


def open_services(home: Path, url: str | None = None) -> Services:
    """Open a home and its database, migrated and with current documents. Blocks.

    Raises CentralHomeError, DatabaseUnusableError.
    """
    keys = open_keys(home)
    database = Database(url or database_url(home))
    try:
        migrate(database)
        database.write(lambda transaction: ensure_documents(transaction, keys, int(time.time())))
    except BaseException:
        database.close()
        raise

    def heads(names: Iterable[str]) -> dict[str, int]:
        with database.read() as connection:
            return feed_heads(connection, names)

    bell = Bell(heads)
    database.on_commit = bell.ring
    return Services(keys, database, bell)
