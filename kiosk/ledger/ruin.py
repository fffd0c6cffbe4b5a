"""A damaged ledger, read row by row: what a page hides is skipped, what can be read is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from kiosk.ledger.errors import DamagedLedger

GIVE_UP_AFTER = 4096
"""Row numbers in a row that yield nothing: the end of a table whose last row cannot be found."""


class Ruin:
    """One thread at a time. ``path`` is a copy: opening it may change it (its WAL is replayed).

    Raises DamagedLedger when not even the names of its tables can be read.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._connection = self._connect()
        self.unreadable = 0
        """Rows that a damaged page hides, as far as they could be counted."""
        try:
            self._ask("SELECT count(*) FROM sqlite_master")
        except sqlcipher.DatabaseError as error:
            self.close()
            raise DamagedLedger(
                f"{path}: not even the list of its tables can be read ({error}). Restore this"
                " terminal from its backup, or enrol it anew; the file is kept"
            ) from error

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlcipher.DatabaseError):
            self._connection.close()

    def rows(self, table: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a table that can be read, by row number. The names are this program's own."""
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE rowid = ?"  # noqa: S608
        last = self._last(table)
        number = nothing = 0
        while nothing < GIVE_UP_AFTER if last is None else number < last:
            number += 1
            nothing += 1
            try:
                row = self._ask(query, number)
            except sqlcipher.DatabaseError:
                self.unreadable += 1 if last is not None else 0
                continue
            if row is not None:
                nothing = 0
                yield row

    def row(self, table: str, number: int, *columns: str) -> tuple[Any, ...]:
        """One row that was told before. Raises DamagedLedger when it is gone since."""
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE rowid = ?"  # noqa: S608
        try:
            row = self._ask(query, number)
        except sqlcipher.DatabaseError as error:
            raise DamagedLedger(f"{self._path}: {error}") from error
        if row is None:
            raise DamagedLedger(f"{self._path}: row {number} of {table} went away while reading")
        return row

    def value(self, name: str) -> bytes | None:
        """A named value of the ledger's ``meta`` table; None when it cannot be read."""
        try:
            row = self._ask("SELECT value FROM meta WHERE name = ?", name)
        except sqlcipher.DatabaseError:
            # Its index may be what is damaged.
            return next((v for n, v in self.rows("meta", "name", "value") if n == name), None)
        return None if row is None else bytes(row[0])

    def _last(self, table: str) -> int | None:
        """The last row number; None when the way to it is damaged."""
        try:
            row = self._ask(f"SELECT max(rowid) FROM {table}")  # noqa: S608
        except sqlcipher.DatabaseError:
            return None
        return int(row[0] or 0) if row else 0

    def _ask(self, query: str, *values: int | str) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        except sqlcipher.ProgrammingError:
            raise  # a bug of ours is no damage
        except sqlcipher.DatabaseError:
            # After one bad page SQLCipher refuses all others on the same connection.
            self.close()
            self._connection = self._connect()
            raise
        return row

    def _connect(self) -> Any:
        connection = sqlcipher.connect(
            str(self._path), timeout=5.0, isolation_level=None, check_same_thread=False
        )
        connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
        return connection
