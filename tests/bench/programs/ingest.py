"""Batches of entries handed to a central over HTTP, beside bare inserts of the same rows.

Central is a process of its own, on SQLite. The bare inserts go into a copy of its database as it
was before, with the same tables, indexes, WAL and `synchronous = FULL`, one transaction a batch.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx

from kiosk.domain.vouchers import Item
from kiosk.protocol.codes import parse_text, read_claims
from tests.bench.programs.saying import say, wait_for_go
from tests.central.client import Terminal, enroll

BATCH = 500


def hand_in(terminal: Terminal, texts: list[str]) -> list[float]:
    """Seconds of each batch. ValueError when central does not take an entry."""
    sealed = []
    for text in texts:
        code = read_claims(parse_text(text))
        lines = [Item(item.sku, item.quantity, item.group) for item in code.items]
        sealed.append(terminal.redeem(code.voucher, *lines, text=text))
    terminal.headers()  # sign on beforehand
    taken_s = []
    for start in range(0, len(sealed), BATCH):
        batch = sealed[start : start + BATCH]
        began_s = time.perf_counter()
        outcomes = terminal.send(*batch)
        taken_s.append(time.perf_counter() - began_s)
        if any(outcome.state != "applied" for outcome in outcomes):
            raise ValueError("central did not apply every entry")
    return taken_s


def copy_of(database: Path, to: Path) -> None:
    """A consistent copy of a database in use."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def bare_inserts(before: Path, after: Path, batches: int) -> tuple[list[float], int]:
    """Seconds of each batch and the number of rows."""
    with closing(sqlite3.connect(before, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("ATTACH ? AS grown", (str(after),))
        work: list[tuple[str, list[tuple[object, ...]]]] = []
        tables = [
            str(row[0])
            for row in database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            rows = database.execute(
                f'SELECT * FROM grown."{table}" EXCEPT SELECT * FROM main."{table}"'
            ).fetchall()
            if rows:
                places = ", ".join("?" * len(rows[0]))
                work.append((f'INSERT OR REPLACE INTO main."{table}" VALUES ({places})', rows))
        database.execute("DETACH grown")
        taken_s = []
        for number in range(batches):
            began_s = time.perf_counter()
            database.execute("BEGIN IMMEDIATE")
            for statement, rows in work:
                database.executemany(statement, rows[number::batches])
            database.execute("COMMIT")
            taken_s.append(time.perf_counter() - began_s)
        return taken_s, sum(len(rows) for _, rows in work)


def main() -> int:
    """`ingest.py URL ENROLMENT_CODE TEXTS CENTRAL_DATABASE`; waits while central is stopped."""
    url, code, texts_file, database = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
    texts = texts_file.read_text("utf-8").splitlines()
    before = texts_file.with_suffix(".before.db")
    copy_of(database, before)
    with httpx.Client(base_url=url, timeout=60) as http:
        taken_s = hand_in(enroll(http, code), texts)
    say({"event": "handed in"})
    wait_for_go()
    bare_s, rows = bare_inserts(before, database, len(taken_s))
    say(
        {
            "rate": BATCH / statistics.median(taken_s),
            "bare": BATCH / statistics.median(bare_s),
            "entries": len(texts),
            "rows": rows,
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
