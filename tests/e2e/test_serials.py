"""Typed serials with real processes: the lock holds at every counter, a review opens it again."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kiosk.domain.policy import Policy
from tests.e2e.equality import assert_equal
from tests.e2e.processes import Line, central_at, redeeming, sync
from tests.e2e.starting import ROOT
from tests.e2e.test_secrets import assert_no_secret

pytestmark = pytest.mark.e2e

PATIENT = Policy(claim_wait_s=30.0)
"""However busy the machine is: what is tested is what central answers, not how soon."""


def typed(issued: Line, password: str | None = None) -> str:
    return f"V0:{issued['serial']}:{issued['password'] if password is None else password}"


def wrong(issued: Line) -> str:
    return typed(issued, f"{(int(issued['password']) + 1) % 10**6:06}")


def told(answer: Line) -> str:
    return f"{answer['verdict']}:{answer['reason']}"


def answers(home: Path, *lines: str, options: tuple[str, ...] = ()) -> list[str]:
    """What a terminal, started for it, answers; it has written nothing secret to stderr."""
    with redeeming(home, *options) as counter:
        found = [told(counter.ask(line)) for line in lines]
        done = counter.finish()
    assert done.status == 0
    assert_no_secret(done.stderr, [line.rpartition(":")[2] for line in lines], "stderr")
    return found


def review(home: Path, voucher: str, staff: str) -> str:
    command = [sys.executable, "-m", "tests.e2e.reviewing", str(home), voucher, staff, "证件已核对"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


LOCKED = "locked:wrong_passwords"


def test_locked_at_one_counter_is_locked_at_all_until_a_review(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        central.set_policy(PATIENT)
        first, second = (central.enroll(tmp_path / name) for name in ("first", "second"))
        issued = central.issue_serial()
        for home in (first, second):
            assert sync(home)["ok"]

        with redeeming(first) as counter:
            tries = [told(counter.ask(wrong(issued))) for _ in range(3)]
            assert tries == [*["unknown_voucher:wrong_password"] * 2, LOCKED]
            assert told(counter.ask(typed(issued))) == LOCKED
            counter.kill()
        assert answers(first, typed(issued), options=("--no-sync",)) == [LOCKED]

        assert sync(first)["waiting"] == 0
        assert sync(second)["ok"]
        assert answers(second, wrong(issued), typed(issued)) == [LOCKED, LOCKED]

        assert review(second, issued["voucher"], "1001") == "not_a_supervisor"
        for _ in range(2):  # the second time there is nothing to clear
            assert review(second, issued["voucher"], "9001") == "done"
        for home in (second, first):
            assert sync(home)["waiting"] == 0
        assert answers(first, typed(issued)) == ["accepted:redeemed"]
        for home in (first, second):
            assert sync(home)["waiting"] == 0
        assert answers(second, typed(issued)) == ["already_redeemed:nothing_left"]

        recorded = assert_equal(central, [first, second])
        kinds = Counter((line["kind"], line["state"], line["staff"]) for line in recorded)
        assert kinds == {
            ("serial_try", "applied", None): 3,
            ("serial_review", "applied", "9001"): 1,
            ("redemption", "applied", None): 1,
        }
        assert {line["voucher"] for line in recorded} == {issued["voucher"]}
        log = central.log.read_text()
        assert_no_secret(log, [issued["password"], issued["serial"]], "central's log")


def test_offline_by_policy_only(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        home = central.enroll(tmp_path / "terminal")
        cheap = central.issue_serial("--value-class", "1")
        dear = central.issue_serial("--value-class", "2")
        assert sync(home)["ok"]
        central.stop()
        refused = "over_offline_limit:tier_needs_network"
        assert answers(home, typed(cheap)) == [refused]

        central.start()
        central.set_policy(Policy(offline_v0=True, offline_v0_max_value_class=1))
        assert sync(home)["ok"]
        central.stop()
        assert answers(home, typed(cheap), typed(dear), wrong(dear)) == [
            "accepted:redeemed",
            "over_offline_limit:value_needs_network",
            "unknown_voucher:wrong_password",
        ]

        central.start()
        assert sync(home)["waiting"] == 0
        recorded = assert_equal(central, [home])
        assert [(line["kind"], line["state"], line["voucher"]) for line in recorded] == [
            ("redemption", "applied", cheap["voucher"]),
            ("serial_try", "applied", dear["voucher"]),
        ]
