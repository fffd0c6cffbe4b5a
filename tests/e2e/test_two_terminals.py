"""Two counters of one shop and one voucher: without a network, and with it."""

import time
from pathlib import Path
from statistics import median

import pytest

from kiosk.ledger.home import Home
from tests.e2e.equality import assert_each_once, assert_equal
from tests.e2e.processes import (
    PATIENCE_S,
    Central,
    Line,
    Redeeming,
    central_at,
    exported,
    redeeming,
    sync,
)

pytestmark = pytest.mark.e2e

ROUNDS, WITHIN_S = 10, 1.0


def test_both_offline_one_is_applied_and_one_is_a_conflict(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        homes = [central.enroll(tmp_path / name) for name in ("first", "second")]
        shared, *own = central.issue(3)
        central.stop()

        offline: list[list[Line]] = []
        for home, other in zip(homes, own, strict=True):
            with redeeming(home) as terminal:
                offline.append([terminal.ask(code.text) for code in (shared, other)])
                assert terminal.finish().status == 0
        assert [[line["verdict"] for line in lines] for lines in offline] == [["accepted"] * 2] * 2

        central.start()
        first, second = (sync(home) for home in homes)
        assert (first["ok"], first["applied"], first["conflicts"]) == (True, 2, 0)
        assert (second["ok"], second["applied"], second["conflicts"]) == (True, 1, 1)
        assert (first["waiting"], second["waiting"]) == (0, 0)
        assert second["open_conflicts"] == 1

        recorded = assert_equal(central, homes)
        assert_each_once(recorded, [shared.voucher, *(code.voucher for code in own)])
        (double,) = [line for line in recorded if line["state"] != "applied"]
        assert double["state"] == "conflict"
        assert double["conflict"] == "duplicate_redemption"
        assert double["terminal"] == _terminal_of(homes[1])
        assert double["voucher"] == shared.voucher
        assert [line["state"] for line in exported(homes[1])] == ["conflict", "acked"]

        # The counter that was first is told too, as soon as it asks, and nothing is sent again.
        again = sync(homes[0])
        assert (again["sent"], again["open_conflicts"]) == (0, 1)
        assert [line["state"] for line in exported(homes[0])] == ["conflict", "acked"]


def test_both_online_the_second_says_who_was_first(central: Central, tmp_path: Path) -> None:
    homes = [central.enroll(tmp_path / name) for name in ("first", "second")]
    codes, took_s = central.issue(ROUNDS), []
    with redeeming(homes[0]) as one, redeeming(homes[1]) as two:
        for number, code in enumerate(codes):
            first, second = ((one, two), (two, one))[number % 2]
            winner = _terminal_of(homes[number % 2])
            handed_over = first.ask(code.text)
            assert handed_over["verdict"] == "accepted"
            began_s = time.monotonic()
            refusal = _refused(second, code.text)
            took_s.append(time.monotonic() - began_s)
            assert refusal["terminal"] == winner
            assert refusal["store"] == "S001"
            assert refusal["at"] == handed_over["at"]
        for terminal in (one, two):
            assert terminal.finish().status == 0
    # One of them may have met a busy machine; a poll that nobody wakes would make all of them late.
    assert median(took_s) < WITHIN_S, took_s
    assert [sync(home)["open_conflicts"] for home in homes] == [0, 0]
    vouchers = [line["voucher"] for home in homes for line in exported(home)]
    assert sorted(vouchers) == sorted(code.voucher for code in codes)


def _refused(terminal: Redeeming, text: str) -> Line:
    """The verdict ``already_redeemed``; until the first one's fact has arrived, no green at all."""
    began_s = time.monotonic()
    while True:
        answer = terminal.ask(text)
        if answer["verdict"] == "already_redeemed":
            return answer
        # Central knows of the claim only: it is being settled at the other counter.
        assert (answer["verdict"], answer["reason"]) == ("needs_review", "claimed_elsewhere")
        assert time.monotonic() - began_s < PATIENCE_S


def _terminal_of(home: Path) -> str:
    return Home(home).registration().terminal
