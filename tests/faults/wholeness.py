"""Looks into a ledger's file, as a crash has left it, for anything that is only half there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from kiosk.devices.system_clock import SystemClock
from kiosk.ledger import tables as t
from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger


def redeemed_in(home: Path, *, prove: bool = True) -> dict[str, int]:
    """Each voucher's entry number in the ledger of ``home``; fails when anything is half there.

    ``prove``: also verify every signature and link. Works on a copy, so that it is the program
    itself, at its next start, that has to recover the original.
    """
    with _copy_opened(home) as ledger, ledger.database.read() as connection:
        _assert_whole(connection)
        if prove:
            assert ledger.prove_chain().fault is None
        rows = connection.execute(select(t.redemptions.c.voucher, t.redemptions.c.seq)).all()
    redeemed = {row.voucher.hex(): row.seq for row in rows}
    assert len(redeemed) == len(rows), "a voucher was redeemed twice"
    return redeemed


def _assert_whole(connection: Connection) -> None:
    positions = [
        tuple(row) for row in connection.execute(select(t.entries.c.epoch, t.entries.c.seq))
    ]
    assert sorted(positions) == [(1, number) for number in range(1, len(positions) + 1)]
    for table in (t.outbox, t.redemptions, t.movements):
        rows = connection.execute(select(table.c.epoch, table.c.seq).distinct())
        assert {tuple(row) for row in rows} == set(positions), table.name
    hashes = set(connection.execute(select(t.entries.c.hash)).scalars())
    for column in (t.redemptions.c.entry, t.redemption_lines.c.entry, t.audit.c.entry):
        assert set(connection.execute(select(column)).scalars()) == hashes, column.table.name
    for table in (t.outbox, t.redemptions, t.audit):
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
        assert count == len(positions), table.name
    moved = select(t.movements.c.sku, -func.sum(t.movements.c.delta)).group_by(t.movements.c.sku)
    line = t.redemption_lines.c
    handed_over = select(line.sku, func.sum(line.quantity)).group_by(line.sku)
    assert _by_sku(connection, moved) == _by_sku(connection, handed_over)


def _by_sku(connection: Connection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(query)}


@contextmanager
def _copy_opened(home: Path) -> Iterator[TerminalLedger]:
    with tempfile.TemporaryDirectory() as folder:
        # Without the -shm file: a reader makes it anew from the log, as after a power cut.
        for name in ("terminal.json", "ledger.key", "ledger.db", "ledger.db-wal"):
            if (home / name).exists():
                shutil.copy2(home / name, folder)
        ledger = TerminalLedger(Home(Path(folder)), SystemClock(), read_only=True)
        try:
            yield ledger
        finally:
            ledger.close()
