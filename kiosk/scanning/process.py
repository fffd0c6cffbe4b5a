"""The parent's handle on the scanning process: starts it, listens, replaces it when it fails.

Standard library only; neither OpenCV nor numpy is loaded in the parent.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.environment import worker_environment
from kiosk.scanning.place import SOURCE_VARIABLE, is_network
from kiosk.scanning.preview import PREVIEWS, PictureBlock, Preview
from kiosk.scanning.records import (
    MAKES_ROOM_EXIT,
    RECORD_BYTES,
    BadRecord,
    CodeRecord,
    Confined,
    Heartbeat,
    StateRecord,
    unpack,
)
from kiosk.scanning.sighting import Quad, Sighting
from kiosk.scanning.simulation import simulation_of
from kiosk.scanning.state import ScannerState, StateChange

HUNG_AFTER_S = 1.5
START_WITHIN_S = 15.0
"""Until the first record: a cold disk loads OpenCV slowly."""
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 10.0
OUTLINE_S = 0.4
"""For how long a code that was read stays outlined in the preview."""
_WATCH_EVERY_S = 0.05
if sys.platform == "win32":
    _NO_CONSOLE = subprocess.CREATE_NO_WINDOW
else:
    _NO_CONSOLE = 0

OnSighting = Callable[[tuple[Sighting, ...]], None]
OnState = Callable[[StateChange], None]
OnLacking = Callable[[str], None]
_AS_IT_COMES = CameraOptions()


def _unheard(_lacking: str) -> None:
    pass


def worker_command() -> tuple[str, ...]:
    """How the scanning process is started, without its options."""
    return (sys.executable, "-m", "kiosk.scanning.worker")


class ScannerProcess:
    """One scanning process and its successors, reading one source.

    `on_sighting` gets all codes of one frame, nearest to the frame's middle first; `on_state` each
    change of state. Both are called on the scanner's thread, must be quick and must not raise:
    hand over to a queue. A process that crashes after it has worked is replaced at once, one that
    never gets that far with growing pauses; one without a heartbeat for `HUNG_AFTER_S` is killed.
    `on_lacking` is told, on the same thread, which parts of its confinement a process could not
    have on this machine; an empty text: none.
    """

    def __init__(
        self,
        source: str,
        *,
        on_sighting: OnSighting,
        on_state: OnState,
        on_lacking: OnLacking = _unheard,
        options: CameraOptions = _AS_IT_COMES,
        command: Sequence[str] | None = None,
    ) -> None:
        self._source = source
        self._options = options
        self._on_sighting = on_sighting
        self._on_state = on_state
        self._on_lacking = on_lacking
        self._command = tuple(command or worker_command())
        self._block: PictureBlock | None = None
        self._simulation = simulation_of(source)
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._heard_at_s = 0.0
        self._patience_s = START_WITHIN_S
        self._killed_for: tuple[ScannerState, str] | None = None
        self._seen: Sighting | None = None
        self._state = StateChange(ScannerState.STOPPED, "", time.monotonic())
        self._heartbeat: Heartbeat | None = None
        self.starts = 0
        """How many processes have been started; more than one means that some failed."""
        self._threads = (
            threading.Thread(target=self._run, name="scanner", daemon=True),
            threading.Thread(target=self._watch, name="scanner-watchdog", daemon=True),
        )

    # ------------------------------------------------------------ for any thread

    @property
    def state(self) -> StateChange:
        """The state told last."""
        return self._state

    @property
    def heartbeat(self) -> Heartbeat | None:
        """The last sign of life: frame number and share of a core spent on decoding."""
        return self._heartbeat

    @property
    def pid(self) -> int | None:
        """The running process's id, None between two."""
        process = self._process
        return process.pid if process else None

    @property
    def simulation_pid(self) -> int | None:
        """The process that draws what a simulated camera sees; no part of a terminal."""
        return self._simulation.pid if self._simulation else None

    def start(self) -> None:
        """Starts scanning; returns at once. A stopped scanner is not started again."""
        self._block = PictureBlock.create(PREVIEWS)
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ends the process and both threads; no callback comes after it returns.

        Not from a callback. Asks first, kills after half of `timeout_s`.
        """
        self._stopping.set()
        with self._guard:
            process = self._process
            if process and process.stdin:
                # The process's sign to end. Closing is safe while nobody writes.
                process.stdin.close()
        if process:
            try:
                process.wait(timeout_s / 2)
            except subprocess.TimeoutExpired:
                process.kill()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout_s / 2)
        if self._simulation:
            self._simulation.close()
        block, self._block = self._block, None
        if block:
            block.close()

    # ------------------------------------------------------------ for the window's thread

    def latest_preview(self) -> Preview | None:
        """The newest picture, with the outline of a code read lately; never blocks.

        One thread only. The pixels stay untouched until the next call.
        """
        preview = self._block.latest() if self._block else None
        seen = self._seen
        if preview is None or seen is None:
            return preview
        if abs(preview.frame_at_s - seen.frame_at_s) > OUTLINE_S:
            return preview
        x, y = preview.width / seen.frame_size[0], preview.height / seen.frame_size[1]
        a, b, c, d = ((px * x, py * y) for px, py in seen.quad)
        quad: Quad = (a, b, c, d)
        return Preview(
            preview.width,
            preview.height,
            preview.pixels,
            preview.frame,
            preview.frame_at_s,
            quad,
        )

    # ------------------------------------------------------------ the scanner's own threads

    def _run(self) -> None:
        retry_s = 0.0
        while not self._stopping.wait(retry_s):
            was_live = self._live_once(self._spawn())
            retry_s = 0.0 if was_live else min(max(FIRST_RETRY_S, retry_s * 2), LAST_RETRY_S)
        self._tell(StateChange(ScannerState.STOPPED, "", time.monotonic()))

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        block = self._block
        if block is None:
            return None
        arguments, environment = ["--preview", block.address], worker_environment()
        if is_network(self._source):
            # Its address may hold a password, and everybody may read a command line.
            environment[SOURCE_VARIABLE] = self._source
        else:
            arguments += ["--source", self._source]
        descriptors: tuple[int, ...] = () if block.fd < 0 else (block.fd,)
        with self._guard:
            if self._stopping.is_set():
                return None
            self._killed_for = None
            self._heard_at_s, self._patience_s = time.monotonic(), START_WITHIN_S
            self.starts += 1
            try:
                if self._simulation:
                    descriptors += self._simulation.run()
                    arguments.append(f"--frames={self._simulation.address}")
                self._process = subprocess.Popen(
                    [*self._command, *arguments, *self._options.arguments()],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    # A window without a console (pythonw) has no standard error to pass on.
                    stderr=None if sys.stderr else subprocess.DEVNULL,
                    env=environment,
                    creationflags=_NO_CONSOLE,
                    pass_fds=descriptors,
                )
            except OSError as error:
                reason = f"the scanning process does not start: {error}"
                self._tell(StateChange(ScannerState.CRASHED, reason, time.monotonic()))
                return None
            return self._process

    def _live_once(self, process: subprocess.Popen[bytes] | None) -> bool:
        """Listens to one process to its end; whether it ever delivered frames."""
        if process is None or process.stdout is None:
            return False
        was_live = False
        try:
            with process.stdout as pipe:
                pending: list[Sighting] = []
                while len(data := pipe.read(RECORD_BYTES)) == RECORD_BYTES:
                    record = unpack(data)
                    self._heard_at_s, self._patience_s = time.monotonic(), HUNG_AFTER_S
                    match record:
                        case Heartbeat():
                            self._heartbeat = record
                        case StateRecord(change=change):
                            was_live = was_live or change.state is ScannerState.LIVE
                            self._tell(change)
                        case Confined(lacking=lacking):
                            self._on_lacking(lacking)
                        case CodeRecord(sighting=sighting, index=index, count=count):
                            pending = self._collect(pending, sighting, index, count)
        except BadRecord as error:
            self._killed_for = (ScannerState.CRASHED, f"the scanning process sent {error}")
        finally:
            # Whatever went wrong, also in a callback: no process is left behind.
            process.kill()
            code = process.wait()
            with self._guard:
                self._process = None
                if process.stdin:
                    process.stdin.close()
        if not self._stopping.is_set() and (code != MAKES_ROOM_EXIT or self._killed_for):
            ended = (ScannerState.CRASHED, f"the scanning process ended with code {code}")
            state, reason = self._killed_for or ended
            self._tell(StateChange(state, reason, time.monotonic()))
        return was_live

    def _collect(
        self, pending: list[Sighting], sighting: Sighting, index: int, count: int
    ) -> list[Sighting]:
        if index != len(pending) or any(s.frame != sighting.frame for s in pending):
            raise BadRecord("a code out of turn")
        pending.append(sighting)
        if len(pending) < count:
            return pending
        self._seen = pending[0]
        if not self._stopping.is_set():
            self._on_sighting(tuple(pending))
        return []

    def _watch(self) -> None:
        while not self._stopping.wait(_WATCH_EVERY_S):
            with self._guard:
                process = self._process
                silent_s = time.monotonic() - self._heard_at_s
                if process and process.poll() is None and silent_s > self._patience_s:
                    reason = f"no sign of life for {silent_s:.1f} s"
                    self._killed_for = (ScannerState.HUNG, reason)
                    process.kill()

    def _tell(self, change: StateChange) -> None:
        self._state = change
        self._on_state(change)
