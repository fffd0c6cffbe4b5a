"""Opening a home: wrong key, missing key and damage are told apart; nothing is overwritten."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.ledger.errors import (
    DamagedLedger,
    HomeBusy,
    HomeUnusable,
    KeyMissing,
    LedgerError,
    NotEnrolled,
    WrongKey,
)
from kiosk.ledger.home import Home, HomeLock
from kiosk.ledger.terminal_ledger import TerminalLedger
from tests.fakes import FakeClock, Issuer, enrolled_home, opened
from tests.ledger.test_redeem import draft


def test_nothing_readable_is_on_the_disk(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    with opened(home, clock) as ledger:
        ledger.store.commit_redemption(draft(issuer.code()))
        files = [home.ledger_file, *home.path.glob("ledger.db-*")]
        content = b"".join(path.read_bytes() for path in files if "-shm" not in path.name)
    assert len(content) > 10_000
    assert b"SQLite format" not in content
    assert b"S001" not in content
    assert b"redemption" not in content


def test_only_the_owner_may_read_the_key(home: Home) -> None:
    if sys.platform == "win32":
        pytest.skip("file modes mean nothing on Windows")
    assert home.key_file.stat().st_mode & 0o777 == 0o600
    home.key_file.chmod(0o644)
    with pytest.raises(HomeUnusable, match="chmod 600"):
        TerminalLedger(home, FakeClock())


def change_key(home: Home) -> None:
    home.key_file.write_bytes(os.urandom(32))


def cut_key(home: Home) -> None:
    home.key_file.write_bytes(b"short")


def remove_key(home: Home) -> None:
    home.key_file.unlink()


def scribble(home: Home) -> None:
    data = bytearray(home.ledger_file.read_bytes())
    data[:8192] = os.urandom(8192)
    home.ledger_file.write_bytes(data)


def empty(home: Home) -> None:
    home.ledger_file.write_bytes(b"")


def remove_ledger(home: Home) -> None:
    home.ledger_file.unlink()


def break_registration(home: Home) -> None:
    home.registration_file.write_bytes(b'{"terminal": 7}')


@pytest.mark.parametrize(
    "damage, error",
    [
        (change_key, WrongKey),
        (cut_key, WrongKey),
        (remove_key, KeyMissing),
        (scribble, DamagedLedger),
        (empty, DamagedLedger),
        (remove_ledger, DamagedLedger),
        (break_registration, HomeUnusable),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_each_damage_has_its_own_way_out(
    home: Home,
    clock: FakeClock,
    damage: Callable[[Home], None],
    error: type[LedgerError],
    read_only: bool,
) -> None:
    damage(home)
    before = {path.name: path.read_bytes() for path in home.path.iterdir() if path.is_file()}
    with pytest.raises(error):
        TerminalLedger(home, clock, read_only=read_only)
    after = {path.name: path.read_bytes() for path in home.path.iterdir() if path.is_file()}
    assert {name: after.get(name) for name in before} == before


def test_a_home_without_a_terminal_says_how_to_enroll(tmp_path: Path) -> None:
    with pytest.raises(NotEnrolled, match="kiosk enroll"):
        TerminalLedger(Home(tmp_path), FakeClock())


def test_enrolling_twice_is_refused(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    with pytest.raises(HomeUnusable, match="enrolled here already"):
        enrolled_home(home.path, issuer, clock)
    home.registration_file.unlink()
    with pytest.raises(HomeUnusable, match="move it away"):
        enrolled_home(home.path, issuer, clock)


def test_a_second_writer_is_told_who_the_first_is(home: Home) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom kiosk.ledger.home import Home, HomeLock\n"
        f"with HomeLock(Home(Path({str(home.path)!r}))):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline().strip() == b"held"
        with pytest.raises(HomeBusy, match=f"process {owner.pid}"), HomeLock(home):
            pass
        owner.kill()
        owner.wait()
    with HomeLock(home):
        pass  # a dead owner holds nothing


def test_readers_work_beside_the_writer(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    with opened(home, clock) as ledger:
        ledger.store.commit_redemption(draft(issuer.code()))
        reader = TerminalLedger(home, clock, read_only=True)
        try:
            assert reader.prove_chain().entries == 1
            ledger.store.commit_redemption(draft(issuer.code()))
            assert reader.prove_chain().entries == 2
            with pytest.raises(LedgerError):
                reader.store.commit_redemption(draft(issuer.code()))
        finally:
            reader.close()


def test_a_home_is_its_owners_alone(home: Home, clock: FakeClock, issuer: Issuer) -> None:
    if sys.platform == "win32":
        pytest.skip("file modes mean nothing on Windows")
    with opened(home, clock) as ledger:
        ledger.store.commit_redemption(draft(issuer.code()))
        modes = {path.name: path.stat().st_mode & 0o077 for path in home.path.iterdir()}
    assert set(modes.values()) == {0}, modes


def test_removed_guards_are_noticed(home: Home, clock: FakeClock) -> None:
    with opened(home, clock) as ledger:
        ledger.database.write(
            lambda c: c.exec_driver_sql("DROP TRIGGER redemption_lines_never_over")
        )
    with pytest.raises(DamagedLedger, match="redemption_lines_never_over"), opened(home, clock):
        pass
