"""A few counters and the same vouchers at once; `make nightly` has twenty and a thousand."""

from pathlib import Path

import pytest

from tests.faults.crowd import crowd_run

pytestmark = pytest.mark.e2e

SEED = 20_260_103
OVERLOADED = 3
"""So many claims may go unanswered when the machine has no time for so many processes; then the
offline rules hold, and each of them may be a double (the run checks that it is not more)."""


def test_connected_counters_never_both_hand_over(tmp_path: Path) -> None:
    report = crowd_run(tmp_path, seed=SEED, terminals=4, offline=0, vouchers=30)
    assert report.doubles <= report.unclaimed <= OVERLOADED


def test_each_double_of_unconnected_counters_is_shown_at_both(tmp_path: Path) -> None:
    report = crowd_run(tmp_path, seed=SEED, terminals=5, offline=2, vouchers=20)
    # Each voucher at both unconnected counters, and at one of those that are connected.
    assert 40 <= report.doubles <= 40 + OVERLOADED
