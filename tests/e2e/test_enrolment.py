"""Enrolment that was interrupted goes on where it was: nothing is used up, nothing half made."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.e2e.processes import Central, exported, kiosk

pytestmark = pytest.mark.e2e


def interrupted(home: Path, key: bytes) -> Path:
    """What a try leaves behind whose answer was lost, or that died while making the ledger."""
    home.mkdir(mode=0o700)
    (home / "enrolling.key").write_bytes(key)
    (home / "ledger.db").write_bytes(b"half a ledger")
    return home


def test_the_same_code_and_key_are_the_same_terminal(central: Central, tmp_path: Path) -> None:
    code, key = central.enroll_code(), os.urandom(32)
    terminals = []
    for name in ("lost-answer", "again"):
        home = interrupted(tmp_path / name, key)
        done = kiosk("enroll", "--central", central.url, "--home", home, "--json", given=code)
        terminals.append(json.loads(done.stdout)["terminal"])
        assert not (home / "enrolling.key").exists()
        assert exported(home) == []
        if sys.platform != "win32":
            assert home.stat().st_mode & 0o077 == 0
    assert terminals[0] == terminals[1]


def test_another_key_does_not_get_the_code_again(central: Central, tmp_path: Path) -> None:
    code = central.enroll_code()
    first, second = tmp_path / "first", tmp_path / "second"
    kiosk("enroll", "--central", central.url, "--home", first, given=code)
    refused = kiosk("enroll", "--central", central.url, "--home", second, given=code, status=1)
    assert "code" in refused.stderr
    assert not (second / "terminal.json").exists()


def test_an_enrolled_home_is_left_alone(central: Central, tmp_path: Path) -> None:
    home = central.enroll(tmp_path / "terminal")
    before = (home / "terminal.json").read_bytes()
    code = central.enroll_code()
    refused = kiosk("enroll", "--central", central.url, "--home", home, given=code, status=1)
    assert "enrolled here already" in refused.stderr
    assert (home / "terminal.json").read_bytes() == before
