"""`kiosk run` in a real window, by keyboard alone: sign in, scan, confirm; central has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.devices.system_clock import SystemClock
from kiosk.ledger.home import Home
from kiosk.ledger.terminal_ledger import TerminalLedger
from kiosk.scanning.scene import Scene, write_scene
from tests.e2e.processes import PINS, Central, central_at, exported, sync

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
PATIENCE_S = 60.0


class Keyboard:
    """Keys into the window that has the focus of one X display."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def press(self, *keys: str) -> None:
        # Slower than a hand scanner types, which the window tells from a person.
        self._xdotool("key", "--delay", "150", *keys)

    def focus_window(self) -> bool:
        found = self._xdotool("search", "--onlyvisible", "--name", ".").split()
        if found:
            self._xdotool("windowfocus", "--sync", found[0])
        return bool(found)

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        return done.stdout


@pytest.fixture
def display() -> Iterator[dict[str, str]]:
    """An X server of our own; the environment that leads to it."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("Xvfb and xdotool are not installed")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as announced:
        number = announced.readline().strip()
    environment = {name: v for name, v in os.environ.items() if name != "QT_QPA_PLATFORM"}
    yield environment | {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    server.terminate()
    server.wait(10)


@contextmanager
def window(
    home: Path, scene: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "run", "--home", str(home), "--camera", f"sim:{scene}"],
        env=environment,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def staff_of(home: Path) -> list[str]:
    ledger = TerminalLedger(Home(home), SystemClock(), read_only=True)
    try:
        return [member.staff for member in ledger.store.staff_list()]
    finally:
        ledger.close()


def until(what: str, reached: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < end_s, f"no {what} within {PATIENCE_S:.0f} s"
        time.sleep(0.2)


def test_a_clerk_serves_a_customer_by_keyboard(display: dict[str, str], tmp_path: Path) -> None:
    with central_at(tmp_path / "head-office") as central:
        serve_one(central, display, tmp_path)


def serve_one(central: Central, display: dict[str, str], tmp_path: Path) -> None:
    home, scene = central.enroll(tmp_path / "terminal"), tmp_path / "scene.json"
    (code,) = central.issue(1)
    keyboard, log = Keyboard(display), home / "logs" / "kiosk.log"
    assert sync(home)["ok"]
    assert set(PINS) <= set(staff_of(home))
    write_scene(scene, Scene())
    with window(home, scene, display) as process:
        until("window", keyboard.focus_window)
        time.sleep(3.0)  # the names are in the replica: all that is left is to paint them
        keyboard.press("Tab", "Return", *PINS["1001"], "Return")
        until("sign-in", lambda: '"signed in"' in log.read_text())
        write_scene(scene, Scene(text=code.text, seed=2, level=1))

        def confirmed() -> bool:
            keyboard.press("F2")  # does nothing while there is no card
            return bool(exported(home))

        until("redemption", confirmed)
        until("acknowledgement", lambda: exported(home)[0]["state"] == "acked")
        process.terminate()
    (entry,) = exported(home)
    assert entry["staff"] in PINS
    assert [fact["voucher"] for fact in central.facts()] == [code.voucher]
