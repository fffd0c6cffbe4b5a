"""``kiosk ledger export`` for people."""

import shutil
from datetime import datetime
from pathlib import Path

from tests.e2e.processes import kiosk
from tests.fakes import Issuer


def test_times_are_local_and_say_so(home: Path, issuer: Issuer, tmp_path: Path) -> None:
    copy = shutil.copytree(home, tmp_path / "home")
    answer = kiosk("redeem", "--json", "--no-sync", issuer.text(), "--home", copy).line
    _head, line = kiosk("ledger", "export", "--home", copy).stdout.splitlines()
    at = datetime.fromisoformat(line.split()[2])
    assert at.utcoffset() is not None
    assert at.timestamp() == answer["at"]
