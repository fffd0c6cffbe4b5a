"""A conflict between two counters, settled at one of them, with real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.equality import assert_equal
from tests.e2e.processes import PINS, Line, central_at, kiosk, redeeming, sync

pytestmark = pytest.mark.e2e


def listed(home: Path, *options: str) -> list[Line]:
    return kiosk("conflicts", "list", "--json", "--home", home, *options).lines


def settle(home: Path, conflict: str, *staff: str, pins: str, status: int = 0) -> Line:
    words = ["conflicts", "settle", conflict, "--decision", "shop_bears", "--note", "断网"]
    people = [word for person in staff for word in ("--staff", person)]
    return kiosk(*words, *people, "--json", "--home", home, given=pins, status=status).line


def test_settled_at_one_counter_is_settled_at_both(tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        homes = [central.enroll(tmp_path / name) for name in ("first", "second")]
        [code] = central.issue(1)
        for home in homes:
            sync(home)
        central.stop()
        for home in homes:
            with redeeming(home) as terminal:
                assert terminal.ask(code.text)["verdict"] == "accepted"
                assert terminal.finish().status == 0
        central.start()
        for home in (*homes, homes[0]):
            sync(home)

        [there], [here] = (listed(home) for home in homes)
        assert here["kind"] == there["kind"] == "duplicate_redemption"
        assert here["own"]["voucher"] == here["other"]["voucher"] == code.voucher
        assert here["own"]["terminal"] == there["other"]["terminal"]
        assert here["own"]["items"] == there["other"]["items"] == [["CRAB-4M", 1, None]]

        first = homes[0]
        pin = f"{PINS['9001']}\n"
        refused = settle(first, there["conflict"], "1001", pins=f"{PINS['1001']}\n", status=1)
        assert refused == {"settled": False, "reason": "not_a_supervisor"}
        wrong = settle(first, there["conflict"], "9001", pins="111111\n", status=1)
        assert wrong["reason"] == "wrong_pin"
        nothing = settle(first, "000000000000", "9001", pins=pin, status=1)
        assert nothing["reason"] == "unknown_conflict"
        done = settle(first, there["conflict"], "9001", pins=pin)
        assert (done["settled"], done["seq"], done["repeated"]) == (True, 2, False)

        assert [sync(home)["open_conflicts"] for home in homes] == [0, 0]
        for home in homes:
            assert listed(home) == []
            [line] = listed(home, "--all")
            assert line["settlement"]["decision"] == "shop_bears"
            assert line["settlement"]["supervisors"] == ["9001"]
        again = settle(homes[1], here["conflict"], "9001", pins=pin)
        assert (again["repeated"], again["note"]) == (True, "断网")
        recorded = assert_equal(central, homes)
        [settled] = [line for line in recorded if line["kind"] == "settlement"]
        assert settled["settles"] == there["entry"]
        assert (settled["decision"], settled["supervisors"]) == ("shop_bears", ["9001"])
