"""A machine without a display: a sentence in place of Qt's abort."""

import os
import subprocess
from pathlib import Path

import pytest

from kiosk.commands import display
from tests.e2e.starting import KIOSK


@pytest.mark.parametrize(
    "environment, possible",
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
        ({"QT_QPA_PLATFORM": "eglfs"}, True),
        ({"QT_QPA_PLATFORM": "xcb"}, False),
        ({"QT_QPA_PLATFORM": "wayland:extra"}, False),
        ({"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":0"}, True),
    ],
)
def test_whether_a_window_can_open(
    environment: dict[str, str], possible: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert display.window_possible() is possible


@pytest.mark.skipif(os.name == "nt", reason="Windows always has a display")
def test_run_ends_with_one_line(tmp_path: Path) -> None:
    without = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    done = subprocess.run(
        [*KIOSK, "run", "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in without},
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "set DISPLAY" in line
    assert "kiosk redeem" in line
