"""SIGKILL at random moments; `make nightly` does the same a thousand times."""

from pathlib import Path

import pytest

from tests.faults.crash import crash_run

pytestmark = pytest.mark.e2e

KILLS, SEED = 15, 20_260_101


def test_killed_again_and_again(tmp_path: Path) -> None:
    report = crash_run(tmp_path, seed=SEED, kills=KILLS)
    assert report.kills == KILLS
    assert report.central_kills
    # The run has been at work: answers, and commits that nobody was told of.
    assert report.green > KILLS
    assert report.found_done
