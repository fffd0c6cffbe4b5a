"""The counter window at work: real scanning process, ledger and sync; a robot for the clerk.

Says `ready` when the camera is live and a clerk signed in, then serves one customer for each code
text; says `worked` with the times of each, in milliseconds. Waits for a line before each part and
before it ends. Without `--texts` it only watches what is before the camera.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from kiosk.bootstrap import Terminal
from kiosk.counter.desk import Desk
from kiosk.counter.prepare import Prepared
from kiosk.domain.approval import Approval
from kiosk.domain.orders import Handover
from kiosk.domain.vouchers import Item
from kiosk.ledger.home import Home
from kiosk.logs import log_to_files
from kiosk.scanning.process import ScannerProcess
from kiosk.scanning.scene import Scene, write_scene
from kiosk.scanning.sighting import Sighting
from kiosk.settings import Settings
from kiosk.ui.presenters.states import CardOpen, Ready
from kiosk.ui.robot import WindowRobot
from kiosk.ui.window import CounterWindow
from kiosk.window import show_terminal
from tests.bench.programs.saying import say, wait_for_go

CLAIM_WITHIN_S = 2.0


@dataclass(slots=True)
class _Desk:
    """When the desk was asked and had answered, monotonic seconds."""

    asked_s: float = 0.0
    done_s: float = 0.0


class TimedDesk(Desk):
    """The terminal's own desk, with a look at the clock before and after."""

    @classmethod
    def instead_of(cls, terminal: Terminal) -> TimedDesk:
        """Takes the place of the desk that the terminal was built with."""
        before = terminal.desk
        terminal.desk = timed = cls(
            verifier=terminal.verifier,
            store=terminal.ledger.store,
            central=before._central,
            clock=terminal.clock,
            on_handover=before._on_handover,
        )
        before.close()
        return timed

    def prepare(self, text: str, approval: Approval | None = None) -> Future[Prepared]:
        self.preparing = times = _Desk(time.monotonic())
        future = super().prepare(text, approval)
        future.add_done_callback(lambda _: setattr(times, "done_s", time.monotonic()))
        self.prepared = future
        return future

    def confirm(
        self, prepared: Prepared, selected: tuple[Item, ...], staff: str | None
    ) -> Future[Handover]:
        self.confirming = times = _Desk(time.monotonic())
        future = super().confirm(prepared, selected, staff)
        future.add_done_callback(lambda _: setattr(times, "done_s", time.monotonic()))
        self.confirmed = future
        return future


class Stopwatch:
    """Sightings and paints as they happen; each on the thread that tells of it."""

    def __init__(self) -> None:
        self.seen: dict[float, tuple[float, Sighting]] = {}
        """By the arrival of the frame: when the window's process heard of it."""
        self.painted: dict[str, tuple[float, float]] = {}
        self._news = threading.Condition()

    def listen_to(self, scanner: ScannerProcess) -> None:
        """See what the scanner reads before the counter does."""
        pass_on = scanner._on_sighting

        def sighted(sightings: tuple[Sighting, ...]) -> None:
            self.seen[sightings[0].frame_at_s] = (time.monotonic(), sightings[0])
            pass_on(sightings)

        scanner._on_sighting = sighted

    def on_painted(self, kind: str, asked_at_s: float, painted_at_s: float) -> None:
        """Qt thread."""
        with self._news:
            self.painted[kind] = (asked_at_s, painted_at_s)
            self._news.notify()

    def paint_of(self, kind: str) -> tuple[float, float]:
        """Wait for it: asked and painted, monotonic seconds."""
        with self._news:
            if not self._news.wait_for(lambda: kind in self.painted, 20.0):
                raise TimeoutError(f"the {kind} was not painted")
            return self.painted.pop(kind)


class Clerk:
    """Serves the customers; on a thread of its own."""

    def __init__(
        self, terminal: Terminal, window: CounterWindow, desk: TimedDesk, watch: Stopwatch
    ) -> None:
        self._robot = WindowRobot(window)
        self._terminal, self._desk, self._watch = terminal, desk, watch
        self.rows: list[dict[str, float]] = []

    def come(self, staff: str, pin: str) -> None:
        """Sign in, and wait for the picture."""
        self._robot.sign_in(staff, pin)
        self._robot.wait("camera", self._robot.camera_is_live)

    def serve(self, scene: Path, text: str, number: int) -> None:
        """One customer, from the phone in view to the painted green."""
        self._robot.go_on()
        self._robot.wait("ready counter", lambda: isinstance(self._robot.state, Ready))
        # Every other one at level 1; both are read by the cheap views.
        write_scene(scene, Scene(text=text, seed=number + 1, level=number % 2))
        answer = self._robot.answer()
        if not isinstance(answer, CardOpen):
            raise TypeError(f"no card but {answer.verdict}")
        frame_at_s, card_painted_s = self._watch.paint_of("card")
        claim = self._desk.prepared.result().claim
        if claim is not None:
            claim.wait(CLAIM_WITHIN_S)  # a clerk looks at the card for longer than that
        verdict = self._robot.confirm().verdict
        if not verdict.handed_over:
            raise TypeError(f"not handed over: {verdict}")
        asked_s, green_painted_s = self._watch.paint_of("verdict")
        heard_s, sighting = self._watch.seen[frame_at_s]
        preparing, confirming = self._desk.preparing, self._desk.confirming
        fsync_s = self._desk.confirmed.result().fsync_s
        seconds = {
            "card": card_painted_s - frame_at_s,
            "decode": sighting.decode_ms / 1e3,
            "camera": heard_s - frame_at_s - sighting.decode_ms / 1e3,
            "gate": preparing.asked_s - heard_s,
            "prepare": preparing.done_s - preparing.asked_s,
            "card_paint": card_painted_s - preparing.done_s,
            "green": green_painted_s - asked_s,
            "fsync": fsync_s,
            "commit": confirming.done_s - asked_s - fsync_s,
            "green_paint": green_painted_s - confirming.done_s,
        }
        self.rows.append({name: value * 1e3 for name, value in seconds.items()})
        # Even in a rush, a customer takes longer than the way to central does.
        self._robot.wait("empty outbox", self._outbox_empty)

    def _outbox_empty(self) -> bool:
        return self._terminal.status().outbox.waiting == 0

    def leave(self) -> None:
        """Close the window."""
        self._robot.close()


def _work(
    clerk: Clerk,
    scanner: ScannerProcess,
    arguments: argparse.Namespace,
    done: threading.Event,
) -> None:
    try:
        clerk.come(arguments.staff, arguments.pin)
        say({"event": "ready", "scanner": scanner.pid, "simulation": scanner.simulation_pid})
        wait_for_go()
        texts = arguments.texts.read_text("utf-8").splitlines() if arguments.texts else []
        for number, text in enumerate(texts):
            clerk.serve(arguments.scene, text, number)
        if texts:
            say({"event": "worked", "rows": clerk.rows})
            wait_for_go()
        done.set()
    finally:
        clerk.leave()


def main() -> int:
    """Shows the window until the work is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--camera", help="what the camera sees; by default the simulated scene")
    parser.add_argument("--scene", type=Path, help="scene file of the simulated camera")
    parser.add_argument("--texts", type=Path, help="file of code texts, one customer a line")
    parser.add_argument("--staff", required=True)
    parser.add_argument("--pin", required=True)
    arguments = parser.parse_args()

    terminal = Terminal(Home(arguments.home))
    try:
        log_to_files(terminal.home.log_dir, "info")
        terminal.start_sync()
        desk, watch = TimedDesk.instead_of(terminal), Stopwatch()
        threads: list[threading.Thread] = []
        done = threading.Event()

        def ready(window: CounterWindow) -> None:
            scanner = window.counter.viewfinder._source
            if not isinstance(scanner, ScannerProcess):
                raise TypeError("the window has no camera")
            watch.listen_to(scanner)
            clerk = Clerk(terminal, window, desk, watch)
            work = threading.Thread(target=_work, args=(clerk, scanner, arguments, done))
            threads.append(work)
            work.start()

        if arguments.scene:
            write_scene(arguments.scene, Scene())
        source = arguments.camera or f"sim:{arguments.scene}"
        status = show_terminal(
            terminal, Settings(), source, on_painted=watch.on_painted, on_ready=ready
        )
        for thread in threads:
            thread.join()
        return status if done.is_set() else 1
    finally:
        terminal.close()


if __name__ == "__main__":
    sys.exit(main())
