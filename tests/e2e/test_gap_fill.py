"""What both ends believe to be settled and is not: found by counting, repaired by itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from kiosk.bootstrap import Terminal
from kiosk.central import tables as c
from kiosk.central.database import Transaction
from kiosk.central.services import Services, open_services
from kiosk.devices.system_clock import SystemClock
from kiosk.ledger import tables as t
from kiosk.ledger.home import Home
from kiosk.ledger.meta import read_meta
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.sync.service import SyncSettings
from tests.e2e.equality import assert_each_once, assert_equal
from tests.e2e.processes import (
    PATIENCE_S,
    STORE,
    Central,
    central_at,
    exported,
    kiosk,
    redeeming,
    sync,
)
from tests.e2e.starting import start
from tests.faults.chaos import ChaosProxy

pytestmark = pytest.mark.e2e

OFTEN = SyncSettings(feed_wait_s=0.0, gap_fill_every_s=0.3)
SNAPSHOT_VOUCHERS = 1200
"""Three pages."""


def wait_until(condition: Callable[[], bool]) -> None:
    """For something that another process's data shows and no event tells."""
    until_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not condition():
        assert time.monotonic() < until_s
        pause.wait(0.1)


def inside(central: Central, work: Callable[[Services], None]) -> None:
    services = open_services(central.home)
    try:
        work(services)
    finally:
        services.close()


def lose_entries(services: Services, *seqs: int) -> None:
    """As if these had never been handed in: the marks of what was seen stay."""

    def work(tx: Transaction) -> None:
        connection = tx.connection
        lost = list(connection.scalars(select(c.entries.c.hash).where(c.entries.c.seq.in_(seqs))))
        connection.execute(delete(c.redemptions).where(c.redemptions.c.entry.in_(lost)))
        connection.execute(delete(c.entries).where(c.entries.c.hash.in_(lost)))
        connection.execute(delete(c.changes).where(c.changes.c.key.in_(lost)))
        back = update(c.stock).where(c.stock.c.sku == "CRAB-4M", c.stock.c.store == STORE)
        connection.execute(back.values(on_hand=c.stock.c.on_hand + len(lost)))

    services.database.write(work)


def test_entries_that_central_lost_come_back_by_themselves(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        home = central.enroll(tmp_path / "terminal")
        codes = central.issue(6)
        with redeeming(home) as redeemer:
            for code in codes:
                assert redeemer.ask(code.text)["verdict"] == "accepted"
            assert redeemer.finish().status == 0
        assert sync(home)["ok"]
        inside(central, lambda services: lose_entries(services, 2, 3, 5))
        assert len(central.facts()) == 3

        terminal = Terminal(Home(home), sync_settings=OFTEN)
        try:
            terminal.start_sync()
            wait_until(lambda: len(central.facts()) == 6)
        finally:
            terminal.close()
        assert sync(home)["ok"]
        recorded = assert_equal(central, [home])
        assert_each_once(recorded, (code.voucher for code in codes))


def test_a_replica_that_lost_rows_is_fetched_anew(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        home = central.enroll(tmp_path / "terminal")
        lost, *_ = central.issue(5)
        assert sync(home)["ok"]
        terminal = Terminal(Home(home), sync_settings=OFTEN)
        try:
            whole = terminal.ledger.replica.counts()
            lose_row(terminal, bytes.fromhex(lost.voucher))
            assert terminal.ledger.replica.counts() != whole
            terminal.start_sync()
            wait_until(lambda: terminal.ledger.replica.counts() == whole)
        finally:
            terminal.close()


def lose_row(terminal: Terminal, voucher: bytes) -> None:
    gone = delete(t.vouchers).where(t.vouchers.c.voucher == voucher)
    terminal.ledger.database.write(lambda connection: connection.execute(gone))


class StuckProxy(ChaosProxy):
    """Holds the third page of a feed back until it is closed."""

    def __init__(self, central_url: str) -> None:
        self.reached = threading.Event()
        self.stuck = False
        self._pages = 0
        super().__init__(central_url, seed=0)

    def draw(self, path: str) -> str | None:
        if self.stuck and path == "/v1/changes":
            self._pages += 1
            if self._pages == 3:
                self.reached.set()
                self.pause(PATIENCE_S)
        return None


def test_killed_within_a_snapshot_it_goes_on_and_ends_equal(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        proxy = StuckProxy(central.url)
        try:
            home = tmp_path / "terminal"
            code = central.enroll_code()
            kiosk("enroll", "--central", proxy.url, "--home", home, given=code)
            first, *others = central.issue(SNAPSHOT_VOUCHERS)
            with redeeming(home) as redeemer:
                assert redeemer.ask(first.text)["verdict"] == "accepted"
                assert redeemer.finish().status == 0
            assert sync(home)["ok"]
            # Central's history is another one now: it tells nothing of these any more.
            forgotten = {bytes.fromhex(code.voucher) for code in others[-100:]}
            inside(central, lambda services: forget(services, forgotten))

            proxy.stuck = True
            arguments = ["sync", "--resync", "--until-empty", "--json", "--home", str(home)]
            with Path(os.devnull).open("r+b") as nothing:
                process = start(arguments, nothing, nothing, nothing)
            assert proxy.reached.wait(PATIENCE_S)
            process.kill()
            process.wait(PATIENCE_S)
            held, cursor, sweeping = replica_of(home)
            assert cursor
            assert sweeping
            # What was there stays in use until the new snapshot is whole.
            assert held == {bytes.fromhex(code.voucher) for code in (first, *others)}

            proxy.stuck = False
            assert sync(home)["ok"]
            held, _, sweeping = replica_of(home)
            assert not sweeping
            assert held == {bytes.fromhex(code.voucher) for code in (first, *others)} - forgotten
            assert_equal(central, [home])
            assert [line["state"] for line in exported(home)] == ["acked"]
        finally:
            proxy.close()


def forget(services: Services, gone: set[bytes]) -> None:
    told = delete(c.changes).where(c.changes.c.key.in_(gone))
    services.database.write(lambda tx: tx.connection.execute(told))


def replica_of(home: Path) -> tuple[set[bytes], bytes, bool]:
    """Its vouchers, its cursor and whether it is still to be swept, as the file has them."""
    ledger = TerminalLedger(Home(home), SystemClock(), read_only=True)
    try:
        with ledger.database.read() as connection:
            held = set(connection.scalars(select(t.vouchers.c.voucher)))
            cursor, sweep = read_meta(connection, "cursor"), read_meta(connection, "sweep")
    finally:
        ledger.close()
    return held, cursor or b"", sweep == b"1"


def test_a_resync_on_demand_brings_what_a_sync_does_not(central: Central, terminal: Path) -> None:
    lost, _ = central.issue(2)
    assert sync(terminal)["ok"]
    whole = replica_of(terminal)[0]
    voucher = bytes.fromhex(lost.voucher)
    opened = Terminal(Home(terminal))
    try:
        lose_row(opened, voucher)
    finally:
        opened.close()
    assert sync(terminal)["ok"]
    assert replica_of(terminal)[0] == whole - {voucher}
    report = kiosk("sync", "--resync", "--json", "--home", terminal).line
    assert (report["ok"], report["sent"]) == (True, 0)
    assert replica_of(terminal)[0] == whole
