"""`kiosk run` as a user starts it, until the window is painted and the camera is live.

Runs the command itself; the only difference is that somebody listens to what it tells about its
first paint and its camera, and then closes the window.
"""

from __future__ import annotations

import sys
import threading
import time
from functools import partial

import kiosk.window
from kiosk.__main__ import main as kiosk_main
from kiosk.scanning.process import ScannerProcess
from kiosk.scanning.state import ScannerState
from kiosk.ui.window import CounterWindow
from tests.bench.programs.saying import say

GIVE_UP_S = 30.0


class Start:
    """Collects the two moments; monotonic seconds."""

    def __init__(self) -> None:
        self.painted_s: float | None = None
        self.live_s: float | None = None

    def painted(self, kind: str, _asked_at_s: float, at_s: float) -> None:
        """Qt thread."""
        if kind == "window":
            self.painted_s = at_s

    def watch(self, window: CounterWindow) -> None:
        """Wait for both beside the window, then close it."""
        threading.Thread(target=self._wait, args=(window,)).start()

    def _wait(self, window: CounterWindow) -> None:
        scanner = window.counter.viewfinder._source
        until_s = time.monotonic() + GIVE_UP_S
        while (self.painted_s is None or self.live_s is None) and time.monotonic() < until_s:
            state = scanner.state if isinstance(scanner, ScannerProcess) else None
            if state is not None and state.state is ScannerState.LIVE and self.live_s is None:
                self.live_s = state.at_s
            time.sleep(0.01)
        window.bridge.post(lambda: _close(window))


def _close(window: CounterWindow) -> None:
    window.close()


def main() -> int:
    """`start.py STARTED_AT_S HOME SOURCE`: the first in monotonic seconds, taken before exec."""
    started_at_s, home, source = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    imported_s = time.monotonic()
    start = Start()
    kiosk.window.show_terminal = partial(
        kiosk.window.show_terminal,
        on_painted=start.painted,
        opened_at_s=started_at_s,
        on_ready=start.watch,
    )
    status = kiosk_main(["run", "--home", home, "--camera", source])
    if start.painted_s is None or start.live_s is None:
        return status or 1
    say(
        {
            "imported_s": imported_s - started_at_s,
            "painted_s": start.painted_s - started_at_s,
            "live_s": start.live_s - started_at_s,
        }
    )
    return status


if __name__ == "__main__":
    sys.exit(main())
