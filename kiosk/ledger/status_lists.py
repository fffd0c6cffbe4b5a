"""Status lists in the ledger: taken from signed documents, kept as bits, looked into in memory."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.ledger.database import Database
from kiosk.ledger.tables import status_lists
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.ledger.trust import TrustStore
from kiosk.protocol.signed import DocumentError
from kiosk.protocol.status_list import MAX_ENTRIES, StatusList, open_status, taken

_log = structlog.get_logger(__name__)


class LedgerStatusLists:
    """Implements :class:`kiosk.sync.ports.StatusLists`; ``on_change`` runs after each new list.

    The bits are one object a list; a new version replaces it, so that who looks into the old one
    at that moment is not disturbed.
    """

    def __init__(
        self,
        database: Database,
        trust: TrustStore,
        time_keeper: LedgerTimeKeeper,
        on_change: Callable[[], None],
    ) -> None:
        """Opens what was stored."""
        self._database, self._trust, self._time = database, trust, time_keeper
        self._on_change = on_change
        with database.read() as connection:
            trust.status_lists = _stored(connection)

    def versions(self) -> dict[int, int]:
        """The lists that are here, and the version of each."""
        return {list_id: one.version for list_id, one in self._trust.status_lists.items()}

    def take(self, list_id: int, document: bytes) -> None:
        """Put a signed list or delta in force, durably; raises DocumentError when it is refused.

        One thread at a time.
        """
        key_set, at_s = self._trust.key_set(), self._time.now().unix_s
        if key_set is None:
            raise DocumentError("document_before_keys")
        news = open_status(document, key_set, at_s)
        if news.list_id != list_id:
            raise DocumentError("status_other_list")
        found = taken(self._trust.status_lists.get(list_id), news, at_s)
        self._database.write(lambda connection: store_status(connection, found))
        self._trust.status_lists = {**self._trust.status_lists, list_id: found}
        self._on_change()


def store_status(connection: Connection, found: StatusList) -> None:
    """Write a verified list; part of the caller's transaction."""
    values = {
        "list": found.list_id,
        "version": found.version,
        "issued_at_s": found.issued_at_s,
        "expires_at_s": found.expires_at_s,
        "bits": found.bits,
    }
    statement = insert(status_lists).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["list"], set_=values))


def _stored(connection: Connection) -> dict[int, StatusList]:
    lists = {}
    for row in connection.execute(select(status_lists)):
        bits = bytes(row.bits)
        if not 0 < len(bits) * 8 <= MAX_ENTRIES:
            _log.error("stored status list unusable", list=row.list, bytes=len(bits))
            continue
        lists[row.list] = StatusList(
            row.list, row.version, row.issued_at_s, row.expires_at_s, len(bits) * 8, bits
        )
    return lists
