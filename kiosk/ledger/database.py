"""The encrypted file: one writing connection on the ledger thread, reading ones per thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kiosk.ledger.backup import copy_ledger
from kiosk.ledger.errors import DamagedLedger, DiskTrouble, HomeUnusable, LedgerError
from kiosk.ledger.schema import HEAD, check_current, check_known, migrate, version_of

T = TypeVar("T")

BUSY_TIMEOUT_S = 5.0
_DISK_WORDS = ("disk", "full", "readonly", "read-only", "unable to open", "i/o")
_DAMAGE_WORDS = ("not a database", "malformed", "corrupt", "hmac")


@dataclass(slots=True, eq=False)
class _Reader:
    """One thread's reading connection and how many of its reads are under way."""

    connection: Connection
    reads: int = 0

    def close(self) -> None:
        with suppress(DBAPIError):
            self.connection.close()


class Database:
    """A terminal's ledger file.

    ``write`` runs a function in one durable transaction on the ledger thread; ``read`` gives
    the calling thread a reading connection. Raises LedgerError for everything the environment
    can do wrong; any other exception is a bug and leaves the database unchanged.
    """

    def __init__(
        self, path: Path, key: bytes, *, read_only: bool = False, create: bool = False
    ) -> None:
        self._path, self._key = path, key
        self._read_only, self._create = read_only, create
        # One for all readers: what one thread's statement was compiled to, serves the others.
        self._reading, self._writing = self._engine(reading=True), self._engine(reading=False)
        self._readers = threading.local()
        self._all_readers: list[_Reader] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._writer: Connection | None = None
        self._thread: threading.Thread | None = None
        self.last_commit_s = 0.0
        """How long the latest COMMIT (the fsync) took; written by the ledger thread."""

    def open(self) -> None:
        """Open (or create) the file, migrate it unless read-only, start the ledger thread."""
        self._closed = False
        if self._create:
            self._path.touch(mode=0o600)  # SQLite gives its -wal and -shm the same mode
        elif not self._path.exists() or not self._path.stat().st_size:
            # An empty file is what a broken disk or copy leaves behind: never start anew in it.
            raise DamagedLedger(
                f"{self._path}: the ledger is missing or empty; restore this terminal from its"
                " backup: kiosk ledger restore"
            )
        if self._read_only:
            with self.read() as connection:
                check_current(version_of(connection), self._path)
            return
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()
        try:
            self._on_thread(self._connect)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Finish what was asked for, then end the thread and every connection.

        One that another thread still reads from ends with that read: closed under it, SQLite
        would read freed memory.
        """
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None
        with self._readers_lock:
            self._closed = True
            for reader in self._all_readers:
                if not reader.reads:
                    reader.close()
            self._all_readers.clear()
            self._readers = threading.local()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction; returns when it is durable (fsync done)."""

        def job() -> T:
            connection = self._writer
            if connection is None:
                raise HomeUnusable(f"{self._path}: the ledger is closed")
            with _known_errors(self._path):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    result = work(connection)
                    started_s = time.perf_counter()
                    connection.exec_driver_sql("COMMIT")
                except BaseException:
                    with suppress(DBAPIError):  # SQLite has rolled back by itself already
                        connection.exec_driver_sql("ROLLBACK")
                    raise
                self.last_commit_s = time.perf_counter() - started_s
                return result

        return self._on_thread(job)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading connection of this thread; each statement sees all that is committed."""
        with _known_errors(self._path):
            reader = self._begin_read()
            try:
                yield reader.connection
            finally:
                with self._readers_lock:
                    reader.reads -= 1
                    if self._closed and not reader.reads:
                        reader.close()

    def _begin_read(self) -> _Reader:
        with self._readers_lock:
            if self._closed:
                raise HomeUnusable(f"{self._path}: the ledger is closed")
            reader: _Reader | None = getattr(self._readers, "reader", None)
            if reader is not None:
                reader.reads += 1
                return reader
        reader = _Reader(self._reading.connect(), reads=1)
        with self._readers_lock:
            if self._closed:
                reader.close()
                raise HomeUnusable(f"{self._path}: the ledger is closed")
            self._readers.reader = reader
            self._all_readers.append(reader)
        return reader

    def _on_thread(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            raise HomeUnusable(f"{self._path}: the ledger is closed or opened for reading only")
        done: Future[T] = Future()

        def job() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - handed to the caller
                done.set_exception(error)

        self._jobs.put(job)
        return done.result()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        if self._writer is not None:
            with suppress(DBAPIError):
                self._writer.close()
            self._writer = None

    def _connect(self) -> None:
        with _known_errors(self._path):
            connection = self._writing.connect()
            try:
                self._bring_up_to_date(connection)
            except BaseException:
                connection.close()
                raise
            self._writer = connection

    def _bring_up_to_date(self, connection: Connection) -> None:
        version = version_of(connection)
        if version is not None or not self._create:
            check_known(version, self._path)
        if version == HEAD:
            return
        if version is not None:
            self._keep_copy(version)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            migrate(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            with suppress(DBAPIError):
                connection.exec_driver_sql("ROLLBACK")
            raise

    def _keep_copy(self, version: str) -> None:
        """A copy of the ledger as it was before a migration; kept until somebody removes it."""
        copy = self._path.with_name(f"{self._path.name}.before-{HEAD}-{version}")
        if not copy.exists():  # an interrupted migration left the ledger as it was: one copy does
            copy_ledger(self._path, self._key, copy)

    def _engine(self, *, reading: bool) -> Engine:
        return create_engine(
            "sqlite+pysqlite://",
            module=sqlcipher,
            creator=lambda: self._dbapi_connection(reading=reading),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
        )

    def _dbapi_connection(self, *, reading: bool) -> Any:
        connection = sqlcipher.connect(
            str(self._path), timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        # What goes wrong comes back as an error; SQLCipher would print it on stderr besides.
        connection.execute("PRAGMA cipher_log_level = NONE")
        # A raw key: a passphrase would cost 190 ms of key derivation at each opening.
        connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -2000")
        if reading:
            connection.execute("PRAGMA query_only = ON")
        else:
            # WAL with synchronous NORMAL can lose a commit at power loss; FULL cannot.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        return connection


@contextmanager
def _known_errors(path: Path) -> Iterator[None]:
    """Name the driver's errors as what they mean for the people in front of the terminal."""
    try:
        yield
    except LedgerError:
        raise
    except (DBAPIError, sqlcipher.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        text = str(cause).lower()
        if isinstance(cause, sqlcipher.IntegrityError):
            raise
        if any(word in text for word in _DAMAGE_WORDS):
            raise DamagedLedger(
                f"{path}: the key is right but the file is damaged ({cause}). It was left as it"
                " is; run kiosk ledger salvage, which keeps it and carries over what can be read"
            ) from error
        if isinstance(cause, sqlcipher.OperationalError) and any(w in text for w in _DISK_WORDS):
            raise DiskTrouble(
                f"{path}: {cause}. Nothing was handed over; free or repair the disk and try again"
            ) from error
        if isinstance(cause, sqlcipher.OperationalError) and "locked" in text:
            raise HomeUnusable(f"{path}: another program holds the ledger ({cause})") from error
        raise
