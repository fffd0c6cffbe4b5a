"""Durable redemptions through the ledger, beside bare rows in a SQLCipher file of the same kind.

The same file system, key, WAL and `synchronous = FULL`, one transaction each. A bare row holds as
many bytes as all rows of a redemption together. The rounds take turns, for disks have moods.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, inspect

from kiosk.counter.confirm import confirm
from kiosk.counter.prepare import prepare
from kiosk.devices.system_clock import SystemClock
from kiosk.domain.ports import RedemptionDraft
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.terminal_ledger import TerminalLedger, create_ledger
from kiosk.protocol.verifier import CodeVerifier
from tests.bench.programs.saying import say
from tests.fakes import FakeCentral, Issuer

ROUNDS = 4
EACH = 150
STAFF = "1001"


@dataclass
class Way:
    """One way of making facts durable: what it did and how long the fsync took of it."""

    do: Callable[[], float]
    """Makes one; the seconds of its COMMIT."""
    rates: list[float] = field(default_factory=list)
    commits_s: list[float] = field(default_factory=list)

    def run(self) -> None:
        """One round."""
        began_s = time.perf_counter()
        self.commits_s += [self.do() for _ in range(EACH)]
        self.rates.append(EACH / (time.perf_counter() - began_s))

    def told(self) -> dict[str, float]:
        """Medians: per second, and milliseconds of COMMIT."""
        return {
            "rate": statistics.median(self.rates),
            "commit_ms": statistics.median(self.commits_s) * 1e3,
        }


class Bare:
    """A SQLCipher file with one table, written with no more ado than it takes."""

    def __init__(self, path: Path, row_bytes: int) -> None:
        self._row_bytes = row_bytes
        self._connection = sqlcipher.connect(str(path), isolation_level=None)
        self._connection.execute(f"PRAGMA key = \"x'{os.urandom(32).hex()}'\"")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE facts (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")

    def insert(self) -> float:
        """One row, durable; the seconds of its COMMIT."""
        body = os.urandom(self._row_bytes)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO facts (body) VALUES (?)", (body,))
        began_s = time.perf_counter()
        self._connection.execute("COMMIT")
        return time.perf_counter() - began_s

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Counter:
    """The ledger's two ways: a ready draft, and the whole path from the code's text."""

    def __init__(self, ledger: TerminalLedger, issuer: Issuer, clock: SystemClock) -> None:
        self._ledger, self._issuer, self._clock = ledger, issuer, clock
        self._verifier = CodeVerifier(ledger.trust.key_set)
        self._central = FakeCentral()
        self._codes = [issuer.code() for _ in range(ROUNDS * EACH)]
        self._texts = [issuer.text() for _ in range(ROUNDS * EACH)]

    def commit(self) -> float:
        """One redemption from a draft."""
        code = self._codes.pop()
        draft = RedemptionDraft(code, code.items, code.items, os.urandom(16), STAFF, offline=True)
        handover = self._ledger.store.commit_redemption(draft)
        if handover.seq is None:
            raise ValueError(handover.verdict)
        return handover.fsync_s

    def serve(self) -> float:
        """One redemption from a text: prepare and confirm."""
        store, central, clock = self._ledger.store, self._central, self._clock
        text = self._texts.pop()
        prepared = prepare(text, verifier=self._verifier, store=store, central=central, clock=clock)
        card = prepared.open_card()
        handover = confirm(
            card,
            card.left,
            staff=STAFF,
            claim=prepared.claim,
            store=store,
            central=central,
            clock=clock,
        )
        if handover.seq is None:
            raise ValueError(handover.verdict)
        return handover.fsync_s


def _bytes_of_rows(connection: Connection) -> int:
    """Bytes of everything that is written down, without indexes and the room between."""
    total = 0
    for table in inspect(connection).get_table_names():
        columns = [column["name"] for column in inspect(connection).get_columns(table)]
        lengths = " + ".join(f'COALESCE(LENGTH(CAST("{name}" AS BLOB)), 0)' for name in columns)
        query = f'SELECT COALESCE(SUM({lengths}), 0) FROM "{table}"'
        total += int(connection.exec_driver_sql(query).scalar_one())
    return total


def main() -> int:
    """`redemptions.py FOLDER`"""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    clock, issuer = SystemClock(), Issuer(now_s=int(time.time()))
    home = Home(folder)
    with HomeLock(home):
        create_ledger(
            home,
            clock,
            issuer.enroll_answer(),
            key=Ed25519PrivateKey.generate(),
            key_store_name="file",
            central_url="http://127.0.0.1:9",
            ca_file=None,
        )
        ledger = TerminalLedger(home, clock)
        try:
            counter = Counter(ledger, issuer, clock)
            commit, serve = Way(counter.commit), Way(counter.serve)
            with ledger.database.read() as connection:
                before = _bytes_of_rows(connection)
                commit.run()
                row_bytes = (_bytes_of_rows(connection) - before) // EACH
            serve.run()
            bare_file = Bare(folder / "bare.db", row_bytes)
            bare = Way(bare_file.insert)
            bare.run()
            for way in (bare, commit, serve) * (ROUNDS - 1):
                way.run()
            bare_file.close()
        finally:
            ledger.close()
    say(
        {
            "bare": bare.told(),
            "commit": commit.told(),
            "serve": serve.told(),
            "row_bytes": row_bytes,
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
