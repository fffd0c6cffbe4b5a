"""Keys, revocations and roots with real processes: nothing pauses, nothing goes back."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.central.issuing import IssueOrder, issue
from kiosk.central.services import open_services
from kiosk.devices.system_clock import SystemClock
from kiosk.domain.revocation import StatusAnswer
from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.protocol.codes import open_claims, parse_text, pickup_code
from tests.e2e.processes import (
    ONE,
    PATIENCE_S,
    STORE,
    Central,
    Done,
    Line,
    central_at,
    kiosk,
    redeeming,
    sync,
)

pytestmark = pytest.mark.e2e

OVERLAP_S, AFTERWARDS = 4, 10


def keys_of(central: Central, *words: str | Path, status: int | None = 0) -> Done:
    return kiosk("central", "keys", *words, "--home", central.home, status=status)


def listed(home: Path) -> dict[str, Line]:
    return {line["key"]: line for line in kiosk("keys", "list", "--json", "--home", home).lines}


def signer_of(text: str) -> str:
    return parse_text(text).message.key_id.hex()


def status_of(home: Path, text: str) -> StatusAnswer:
    unverified = parse_text(text)
    status = pickup_code(unverified, open_claims(unverified)).status
    assert status is not None
    ledger = TerminalLedger(Home(home), SystemClock(), read_only=True)
    try:
        return ledger.store.status(*status)
    finally:
        ledger.close()


def becomes(condition: Callable[[], bool]) -> float:
    """Seconds until something is so."""
    began_s = time.monotonic()
    while not condition():
        assert time.monotonic() - began_s < PATIENCE_S
        time.sleep(0.05)
    return time.monotonic() - began_s


def test_a_stream_of_customers_notices_no_rotation(central: Central, terminal: Path) -> None:
    services = open_services(central.home)
    signers: list[str] = []
    try:
        with redeeming(terminal) as counter:

            def customer() -> None:
                (issued,) = issue(services, IssueOrder((STORE,), ONE))
                signers.append(signer_of(issued.text))
                answer = counter.ask(issued.text)
                assert answer["verdict"] == "accepted", (answer, signers[-1])

            customer()
            keys_of(central, "rotate", "--after", str(OVERLAP_S))
            began_s = time.monotonic()
            while len(set(signers)) < 2:
                assert time.monotonic() - began_s < PATIENCE_S
                customer()
            for _ in range(AFTERWARDS):
                customer()
            assert counter.finish().status == 0
    finally:
        services.close()
    old, new = dict.fromkeys(signers)
    assert signers.count(new) == 1 + AFTERWARDS
    assert signers == sorted(signers, key=[old, new].index)
    known = listed(terminal)
    assert known[old]["in_force"]
    assert known[new]["signed_last_code"]


def test_a_revoked_voucher_reaches_a_running_terminal(central: Central, terminal: Path) -> None:
    revoked, stays = central.issue(2)
    with redeeming(terminal) as counter:
        assert counter.ask("warm up")["verdict"] == "malformed"
        assert status_of(terminal, revoked.text).revoked is False
        kiosk("central", "revoke", revoked.voucher, "--home", central.home)
        assert becomes(lambda: status_of(terminal, revoked.text).revoked is True) < PATIENCE_S
        assert counter.ask(revoked.text)["verdict"] == "revoked"
        assert status_of(terminal, stays.text).revoked is False
        assert counter.ask(stays.text)["verdict"] == "accepted"
        assert counter.finish().status == 0


def test_a_revoked_key_reaches_a_running_terminal_and_another_signs(
    tmp_path: Path,
) -> None:
    with central_at(tmp_path / "head-office") as central:
        terminal = central.enroll(tmp_path / "terminal")
        first, second = central.issue(2)
        with redeeming(terminal) as counter:
            assert counter.ask(first.text)["verdict"] == "accepted"
            answer = keys_of(central, "revoke", signer_of(first.text), "--json").line
            becomes(lambda: bool(listed(terminal)[signer_of(first.text)]["revoked"]))
            refused = counter.ask(second.text)
            assert (refused["verdict"], refused["reason"]) == ("unknown_key", "key_revoked")
            (fresh,) = central.issue(1)
            assert signer_of(fresh.text) == answer["signs_now"]
            assert counter.ask(fresh.text)["verdict"] == "accepted"
            assert counter.finish().status == 0


def test_a_terminal_that_was_away_follows_two_roots(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        away, newcomer = central.enroll(tmp_path / "away"), tmp_path / "newcomer"
        sync(away)
        stick = tmp_path / "stick.pem"
        keys_of(central, "rotate-root")
        keys_of(central, "rotate-root", "--new-root-key", stick)
        assert "--root-key" in keys_of(central, "rotate", status=1).stderr
        keys_of(central, "rotate", "--after", "0", "--root-key", stick)
        central.enroll(newcomer)
        assert sync(away)["ok"]
        assert listed(away) == listed(newcomer)
        (code,) = central.issue(1)
        assert signer_of(code.text) in listed(away)
        central.stop()
        with redeeming(away) as counter:
            assert counter.ask(code.text)["verdict"] == "accepted"
            assert counter.finish().status == 0


def test_a_central_from_before_takes_nothing_back(tmp_path: Path) -> None:
    """A thief's copy of central, or a restored backup, answers in its place."""
    with central_at(tmp_path / "head-office") as central:
        terminal = central.enroll(tmp_path / "terminal")
        by_bad_key, taken_back = central.issue(2)
        sync(terminal)
        central.stop()
        copied = tmp_path / "copy"
        shutil.copytree(central.home, copied)
        central.start()

        kiosk("central", "revoke", taken_back.voucher, "--home", central.home)
        keys_of(central, "revoke", signer_of(by_bad_key.text))
        keys_of(central, "rotate-root")
        kiosk("central", "policy", "set", "window_s=40", "--home", central.home)
        assert sync(terminal)["ok"]
        before = listed(terminal)
        assert before[signer_of(by_bad_key.text)]["revoked"]
        central.stop()

        thief = Central(copied)
        thief._port = central._port
        thief.start()
        try:
            # Its list is a rollback too, which is why it is not caught up.
            report = kiosk("sync", "--timeout", "5", "--json", "--home", terminal, status=1).line
        finally:
            thief.kill()
        assert report["error"] == "status_rollback"
    assert listed(terminal) == before
    assert kiosk("policy", "show", "--json", "--home", terminal).line["window_s"] == 40
    assert status_of(terminal, taken_back.text).revoked is True
    with redeeming(terminal) as counter:
        assert counter.ask(by_bad_key.text)["reason"] == "key_revoked"
        assert counter.finish().status == 0
