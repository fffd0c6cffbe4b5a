from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger
from tests.fakes import FakeClock, Issuer, enrolled_home, opened


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def home(tmp_path: Path, issuer: Issuer, clock: FakeClock) -> Home:
    return enrolled_home(tmp_path / "home", issuer, clock)


@pytest.fixture
def ledger(home: Home, clock: FakeClock) -> Iterator[TerminalLedger]:
    with opened(home, clock) as ledger:
        yield ledger
