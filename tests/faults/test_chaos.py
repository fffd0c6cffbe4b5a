"""A bad network for a few hundred redemptions; `make nightly` does ten thousand."""

from pathlib import Path

import pytest

from tests.faults.chaos import FAULTS, SHARE
from tests.faults.chaos_run import chaos_run

pytestmark = pytest.mark.e2e

REDEMPTIONS, SEED = 200, 20_260_102


def test_a_bad_network_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    report = chaos_run(tmp_path, seed=SEED, redemptions=REDEMPTIONS)
    assert report.redeemed == REDEMPTIONS
    assert report.came_again
    # The network has been as bad as it is meant to be, in most of its ways.
    assert abs(report.share_spoilt - SHARE) < 0.15, report
    assert len(report.spoilt) > len(FAULTS) // 2, report
