"""How long the counter is without a camera when the scanning process crashes or hangs."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.scanning.process import ScannerProcess
from kiosk.scanning.scene import Scene, write_scene
from kiosk.scanning.sighting import Sighting

TEXT = "TH1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0A"
PATIENCE_S = 30.0
LONGEST_PAUSE_S = 0.5

if sys.platform == "win32":
    FAILURES: dict[str, signal.Signals] = {"SIGTERM": signal.SIGTERM}
else:
    FAILURES = {
        "SIGSEGV": signal.SIGSEGV,
        "SIGKILL": signal.SIGKILL,
        "SIGSTOP": signal.SIGSTOP,
    }
LIMITS_S = {name: 3.0 if name == "SIGSTOP" else 1.0 for name in FAILURES}


@dataclass(frozen=True, slots=True)
class Restart:
    """One failure, and when a code in view was read again after it."""

    failure: str
    back_s: float
    waited_s: float
    """How much of that the new process waited for a processor, which others kept busy."""


class _Watch:
    """The newest frame in which the code was read, and by which process."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._read: tuple[int, float] = (0, 0.0)
        self.starts: Callable[[], int] = int

    def sighted(self, sightings: tuple[Sighting, ...]) -> None:
        if any(sighting.text == TEXT for sighting in sightings):
            with self._news:
                self._read = (self.starts(), sightings[0].frame_at_s)
                self._news.notify()

    def read_by(self, number: int, since_s: float) -> None:
        """Waits until the `number`-th process has read a frame that came after `since_s`."""
        with self._news:
            read = self._news.wait_for(
                lambda: self._read[0] >= number and self._read[1] > since_s, PATIENCE_S
            )
        assert read, f"process {number} has read nothing"


def restart_run(
    scene: Path,
    rounds: Mapping[str, int],
    *,
    seed: int,
    until_s: float = float("inf"),
    progress: Callable[[list[Restart]], None] = lambda _: None,
) -> list[Restart]:
    """Fails a scanning process in each way so many times, mixed; until `until_s` (monotonic)."""
    dice, watch, restarts = random.Random(seed), _Watch(), list[Restart]()
    write_scene(scene, Scene(TEXT))
    scanner = ScannerProcess(
        f"sim:{scene}", on_sighting=watch.sighted, on_state=lambda change: None
    )
    watch.starts = lambda: scanner.starts
    scanner.start()
    try:
        watch.read_by(1, 0.0)
        failures = [name for name, count in rounds.items() for _ in range(count)]
        dice.shuffle(failures)
        for failure in failures:
            if time.monotonic() > until_s:
                break
            time.sleep(dice.uniform(0, LONGEST_PAUSE_S))  # at any moment of its work
            number, pid = scanner.starts, scanner.pid
            assert pid is not None
            failed_at_s = time.monotonic()
            os.kill(pid, FAILURES[failure])
            watch.read_by(number + 1, failed_at_s)
            back_s = time.monotonic() - failed_at_s
            restarts.append(Restart(failure, back_s, _waited_s(scanner.pid)))
            progress(restarts)
    finally:
        scanner.stop()
    return restarts


def _waited_s(pid: int | None) -> float:
    """For how long a process's main thread was ready to run and did not; 0 where nobody tells."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except FileNotFoundError:
        return 0.0
