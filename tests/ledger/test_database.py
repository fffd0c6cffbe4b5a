"""Connections: closing while another thread reads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from kiosk.ledger import tables as t
from kiosk.ledger.errors import HomeUnusable
from kiosk.ledger.terminal_ledger import TerminalLedger

PATIENCE_S = 20.0


def test_closing_takes_no_connection_from_under_a_read(ledger: TerminalLedger) -> None:
    """A sync thread that outlasts its stop: closed under it, SQLite would crash the process."""
    database = ledger.database
    reading, closed = threading.Event(), threading.Event()

    def linger() -> int:
        with database.read() as connection:
            with database.read() as again:
                assert again is connection
            reading.set()
            assert closed.wait(PATIENCE_S)
            return len(connection.execute(select(t.meta)).all())

    def once_more() -> None:
        with database.read():
            raise AssertionError("read from a closed ledger")

    with ThreadPoolExecutor(1) as thread:
        rows = thread.submit(linger)
        assert reading.wait(PATIENCE_S)
        database.close()
        closed.set()
        assert rows.result(PATIENCE_S) > 0
        with pytest.raises(HomeUnusable, match="closed"):
            thread.submit(once_more).result(PATIENCE_S)


def test_closed_it_reads_no_more(ledger: TerminalLedger) -> None:
    with ledger.database.read() as connection:
        assert connection.execute(select(t.meta)).first() is not None
    ledger.close()
    with pytest.raises(HomeUnusable, match="closed"), ledger.database.read():
        raise AssertionError("read from a closed ledger")
