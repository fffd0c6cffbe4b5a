"""A few counters and the same vouchers at once; `make nightly` has twenty and a thousand."""

from pathlib import Path

import pytest

from tests.faults.crowd import crowd_run

pytestmark = pytest.mark.e2e

SEED = 20_260_103


def test_connected_counters_hand_over_together_once(tmp_path: Path) -> None:
    report = crowd_run(tmp_path, seed=SEED, terminals=4, offline=0, vouchers=12)
    # A machine without time for all of them leaves claims unanswered: then the offline rules hold,
    # and the run has checked that each such handover made one double at most.
    assert report.unclaimed < report.handed_over


def test_each_double_of_unconnected_counters_is_shown_at_both(tmp_path: Path) -> None:
    report = crowd_run(tmp_path, seed=SEED, terminals=4, offline=2, vouchers=12)
    # Each voucher at both unconnected counters, and at one of those that are connected.
    assert report.doubles >= 24
