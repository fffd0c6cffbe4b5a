"""The composition root: a terminal without a network works, says so, and gives its home back."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.bootstrap import Terminal
from kiosk.domain.link import LinkState
from kiosk.domain.verdicts import VerdictKind
from kiosk.ledger.errors import HomeBusy, NotEnrolled
from kiosk.ledger.home import Home
from tests.fakes import FakeClock, Issuer, enrolled_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return enrolled_home(tmp_path / "home", ISSUER, FakeClock())


ISSUER = Issuer()


def test_offline_it_hands_over_and_keeps_count(home: Home) -> None:
    terminal = Terminal(home, clock=FakeClock())
    seen: list[str] = []
    vouchers: list[bytes] = []
    terminal.on_change(lambda: seen.append("changed"))
    terminal.on_handover(vouchers.append)
    try:
        code = ISSUER.code()
        prepared = terminal.desk.prepare(ISSUER.text(code)).result(10)
        handover = terminal.desk.confirm(prepared, prepared.open_card().left, "1001").result(10)
        assert handover.verdict.kind is VerdictKind.ACCEPTED
        assert vouchers == [code.voucher]
        assert seen
        status = terminal.status()
        assert status.link.state is LinkState.OFFLINE
        assert status.outbox.waiting == 1
        assert status.offline_left_s is not None
        assert status.data_age_s is not None
    finally:
        terminal.close()


def test_what_was_on_the_way_waits_again_after_a_start(home: Home) -> None:
    terminal = Terminal(home, clock=FakeClock())
    prepared = terminal.desk.prepare(ISSUER.text()).result(10)
    terminal.desk.confirm(prepared, prepared.open_card().left, None).result(10)
    assert len(terminal.ledger.outbox.take(10, 10**6)) == 1
    terminal.close()
    again = Terminal(home, clock=FakeClock())
    try:
        assert again.status().outbox.waiting == 1
        assert again.ledger.outbox.due_in_s() == 0
    finally:
        again.close()


def test_one_home_one_terminal(home: Home, tmp_path: Path) -> None:
    terminal = Terminal(home, clock=FakeClock())
    with pytest.raises(HomeBusy):
        Terminal(home, clock=FakeClock())
    terminal.close()
    Terminal(home, clock=FakeClock()).close()
    with pytest.raises(NotEnrolled):
        Terminal(Home(tmp_path / "empty"))
    assert not (tmp_path / "empty").exists()


def test_a_refused_scan_has_no_card_to_confirm(home: Home) -> None:
    terminal = Terminal(home, clock=FakeClock())
    try:
        prepared = terminal.desk.prepare("rubbish").result(10)
        with pytest.raises(ValueError, match="refused"):
            terminal.desk.confirm(prepared, (), None)
    finally:
        terminal.close()
