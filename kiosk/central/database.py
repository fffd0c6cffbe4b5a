"""Central's database: SQLite for one machine, PostgreSQL for fleets; the same code for both."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

BUSY_TIMEOUT_S = 15
_RETRIED_SQLSTATES = {"40001", "40P01"}  # serialization failure, deadlock
_MAX_TRIES = 5
_WRITES = "kiosk_writes"

T = TypeVar("T")


class DatabaseUnusableError(Exception):
    """The database cannot be opened or used; the message is for the operator."""


@dataclass(slots=True)
class Transaction:
    """One writing transaction."""

    connection: Connection
    feeds: set[str] = field(default_factory=set)
    """Feeds that got changes; whoever follows them is woken after the commit."""


class Database:
    """A pool of connections. Any thread; blocks, so call it from worker threads only."""

    def __init__(self, url: str) -> None:
        """Connects lazily. Raises DatabaseUnusableError on a bad URL."""
        parsed = _parse(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        # SQLite's own way of waiting for the writer is to sleep and try again.
        self._one_writer = threading.Lock() if self.is_sqlite else nullcontext()
        self.on_commit: Callable[[Collection[str]], None] = lambda _: None
        """Called after a commit with the feeds that got changes."""
        if self.is_sqlite:
            self.engine = create_engine(
                parsed, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=10, max_overflow=40
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
            self._snapshot = self.engine.execution_options()
            self._writing = self.engine.execution_options(**{_WRITES: True})
        else:
            self.engine = create_engine(parsed, pool_size=10, max_overflow=40, pool_pre_ping=True)
            self._snapshot = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._writing = self.engine.execution_options()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot."""
        with self._snapshot.begin() as connection:
            yield connection

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in one transaction, durable when this returns.

        A deadlock or serialization failure rolls back and runs ``work`` again, so it must
        touch nothing but the database.
        """
        tries = 0
        while True:
            tries += 1
            try:
                with self._one_writer, self._writing.begin() as connection:
                    transaction = Transaction(connection)
                    result = work(transaction)
            except DBAPIError as error:
                if tries < _MAX_TRIES and _sqlstate(error) in _RETRIED_SQLSTATES:
                    continue
                raise
            if transaction.feeds:
                self.on_commit(transaction.feeds)
            return result

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


def upsert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may be given ``on_conflict_do_…``, in a database's dialect."""
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The URL may hold a password: it is not repeated.
        raise DatabaseUnusableError("--database is not a database URL") from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise DatabaseUnusableError(
            f"--database: {parsed.get_backend_name()} is neither sqlite nor postgresql"
        )
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _sqlstate(error: DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, see below
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Needs the database for itself once, and does not wait for it by SQLite's own patience."""
    until_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A writer that began as a reader could fail with "database is locked" half way.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
