"""Keeps one source open and its newest frame at hand, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from kiosk.scanning.frame import Frame, Source
from kiosk.scanning.redaction import without_password
from kiosk.scanning.state import ScannerState, SourceFault, StateChange
from kiosk.scanning.watch import PictureWatch

FIRST_RETRY_S = 0.5
LAST_RETRY_S = 10.0
NO_FRAMES_AFTER_S = 3.0

T = TypeVar("T")


class Capture:
    """A source that is opened again whenever it fails; frames are not queued, the newest wins.

    `on_state` is called for every change of state, on either thread. Reading happens in a thread
    because drivers block: a stalled camera must not stall the heartbeat.
    """

    def __init__(
        self,
        spec: str,
        on_state: Callable[[StateChange], None],
        *,
        opener: Callable[[str], Source],
    ) -> None:
        self._spec = spec
        self._shown = without_password(spec)
        self._on_state = on_state
        self._opener = opener
        self._fresh = threading.Condition()
        self._newest: Frame | None = None
        self._state: ScannerState | None = None
        self._watch = PictureWatch()
        self._closing = threading.Event()
        self._in_driver_since_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self) -> None:
        """Begins to open and read."""
        self._thread.start()

    def close(self, timeout_s: float = 1.0) -> None:
        """Stops reading; a driver that does not return in time is left to the process's end."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def newest(self, timeout_s: float) -> Frame | None:
        """The newest frame not handed out yet, waiting for one at most `timeout_s`."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._newest is not None, timeout_s)
            frame, self._newest = self._newest, None
            return frame

    @property
    def in_driver_s(self) -> float:
        """For how long the current call into the source has not come back."""
        since_s = self._in_driver_since_s
        if since_s is None:
            return 0.0
        stalled_s = time.monotonic() - since_s
        if stalled_s >= NO_FRAMES_AFTER_S and self._state is ScannerState.LIVE:
            self._tell(ScannerState.NO_FRAMES, f"nothing from {self._shown}")
        return stalled_s

    def _run(self) -> None:
        self._tell(ScannerState.OPENING, self._shown)
        retry_s = FIRST_RETRY_S
        while not self._closing.is_set():
            frames = 0
            try:
                source = self._call(lambda: self._opener(self._spec))
                try:
                    for frame in self._frames(source):
                        frames += 1
                        with self._fresh:
                            self._newest = frame
                            self._fresh.notify()
                finally:
                    source.close()
            except SourceFault as fault:
                self._tell(fault.state, fault.detail)
                if fault.state is ScannerState.ENDED:
                    return
            retry_s = FIRST_RETRY_S if frames else retry_s
            self._closing.wait(retry_s)
            retry_s = min(retry_s * 2, LAST_RETRY_S)

    def _frames(self, source: Source) -> Iterator[Frame]:
        while not self._closing.is_set():
            frame = self._call(source.read)
            if frame is None:
                continue
            state = self._watch.judge(frame.grey, frame.at_s, live=source.live)
            if state is ScannerState.FROZEN:
                # Some drivers wake up when opened anew.
                raise SourceFault(state, f"{self._shown} repeats one picture")
            self._tell(state, self._shown)
            yield frame

    def _call(self, into_driver: Callable[[], T]) -> T:
        self._in_driver_since_s = time.monotonic()
        try:
            return into_driver()
        finally:
            self._in_driver_since_s = None

    def _tell(self, state: ScannerState, detail: str) -> None:
        if state is not self._state:
            self._state = state
            self._on_state(StateChange(state, detail, time.monotonic()))
