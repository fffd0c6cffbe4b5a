"""The terminal put together: what no part can promise alone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kiosk.bootstrap import Terminal
from kiosk.domain.ports import OutboxStatus
from tests.fakes import FakeClock, Issuer, enrolled_home

NEVER_S = 0.3
OLD, NEW = OutboxStatus(1, 1, 0, 0), OutboxStatus(0, None, 0, 0)


def test_the_newest_outbox_status_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads ask at the same time; the one with the older answer is slow."""
    clock = FakeClock()
    terminal = Terminal(enrolled_home(tmp_path, Issuer(), clock), clock=clock)
    asked, go_on = threading.Event(), threading.Event()
    answers = [OLD, NEW]

    def outbox_status() -> OutboxStatus:
        answer = answers.pop(0)
        if answer is OLD:
            asked.set()
            go_on.wait()
        return answer

    try:
        monkeypatch.setattr(terminal.ledger, "outbox_status", outbox_status)
        slow = threading.Thread(target=terminal._refresh)
        slow.start()
        asked.wait()
        quick = threading.Thread(target=terminal._refresh)
        quick.start()
        quick.join(NEVER_S)
        go_on.set()
        slow.join()
        quick.join()
        assert terminal.status().outbox == NEW
    finally:
        go_on.set()
        terminal.close()
