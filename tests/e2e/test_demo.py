"""`kiosk demo --headless`: the whole product does its whole job on its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

TOUR = (sys.executable, "-m", "kiosk", "demo", "--headless", "--json", "--size", "1024x600")


def test_the_tour_sees_what_it_expects(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    environment = {name: v for name, v in os.environ.items() if name != "DISPLAY"}
    done = subprocess.run(
        [*TOUR, "--screenshots", str(pictures)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=380,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-4000:]
    report = json.loads(done.stdout)
    assert report["ok"] is True
    seen = {step["step"]: step["seen"] for step in report["steps"]}
    assert seen["screenshot"] == "stale"
    assert seen["20 redemptions offline"] == "20 accepted"
    assert seen["central is back"] == "online, 0 wait, 1 conflict"
    assert seen["ledger and central"] == "equal"
    assert all(step["seen"] == step["expected"] for step in report["steps"])
    taken = sorted(path.name for path in pictures.glob("*.png"))
    assert len(taken) >= 15
    assert all((pictures / name).stat().st_size > 10_000 for name in taken)
