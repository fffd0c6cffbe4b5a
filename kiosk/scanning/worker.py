"""The scanning process: `python -m kiosk.scanning.worker --source SPEC --preview ADDRESS`.

Reads untrusted pixels and holds nothing worth taking. Records go out on standard output; the
process ends when its standard input does, so that it never outlives its parent.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import traceback

from kiosk.scanning.capture import Capture
from kiosk.scanning.decoder import FrameDecoder
from kiosk.scanning.effort import Effort
from kiosk.scanning.preview import MAX_HEIGHT, MAX_WIDTH, PreviewBlock
from kiosk.scanning.records import (
    MAX_CODES_A_FRAME,
    MAX_TEXT_BYTES,
    CodeRecord,
    Heartbeat,
    Record,
    StateRecord,
    pack,
)
from kiosk.scanning.sighting import Sighting
from kiosk.scanning.source import Frame
from kiosk.scanning.state import StateChange
from kiosk.scanning.vision import as_u8, cv2

if sys.platform == "win32":
    import msvcrt
else:
    import resource

HEARTBEAT_EVERY_S = 0.25
_WAIT_S = 0.2
_STUCK_DRIVER_S = 15.0
_STUCK_DRIVER_EXIT = 3
_BUG_EXIT = 4
_CLOSING_S = 1.0


class RecordPipe:
    """The way out to the parent; may be used from any thread."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()

    def send(self, record: Record) -> None:
        """Writes the record whole. A parent that is gone ends the process."""
        left = memoryview(pack(record))
        with self._lock:
            while left:
                try:
                    left = left[os.write(self._fd, left) :]
                except OSError:
                    os._exit(0)


class Worker:
    """The decode loop: newest frame → texts, preview, heartbeat."""

    def __init__(self, source: str, preview: PreviewBlock, pipe: RecordPipe) -> None:
        self._capture = Capture(source, self._on_state)
        self._preview = preview
        self._pipe = pipe
        self._decoder = FrameDecoder()
        self._effort = Effort()
        self._frame = 0
        self._beat_at_s = float("-inf")
        self._beat_cpu_s = 0.0

    def run(self, closing: threading.Event) -> int:
        """Until `closing` is set; the process's exit code."""
        self._capture.start()
        while not closing.is_set():
            frame = self._capture.newest(_WAIT_S)
            if frame is not None:
                self._frame = frame.number
                self._show(frame)
                self._decode(frame)
            elif self._capture.in_driver_s > _STUCK_DRIVER_S:
                # A call into a driver cannot be interrupted from here; a new process can.
                return _STUCK_DRIVER_EXIT
            self._beat()
        self._capture.close()
        return 0

    def _decode(self, frame: Frame) -> None:
        began = time.perf_counter()
        effort = self._effort.for_frame(frame.grey, frame.at_s, seen=self._decoder.following)
        symbols = self._decoder.read(frame.grey, effort=effort)
        decode_ms = (time.perf_counter() - began) * 1e3
        height, width = frame.grey.shape
        sightings = [
            Sighting(s.text, s.quad, frame.number, frame.at_s, (width, height), decode_ms)
            for s in symbols
            # No pickup code is that long, and cut to fit it would be another text.
            if len(s.text.encode()) <= MAX_TEXT_BYTES
        ]
        sightings = sorted(sightings, key=lambda s: s.off_centre)[:MAX_CODES_A_FRAME]
        for index, sighting in enumerate(sightings):
            self._pipe.send(CodeRecord(sighting, index, len(sightings)))

    def _show(self, frame: Frame) -> None:
        picture = frame.colour if frame.colour is not None else frame.grey
        height, width = picture.shape[:2]
        scale = min(MAX_WIDTH / width, MAX_HEIGHT / height, 1.0)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        colours = cv2.COLOR_BGR2RGB if frame.colour is not None else cv2.COLOR_GRAY2RGB
        slot = self._preview.reserve(*size)
        slot.pixels[:] = as_u8(cv2.cvtColor(small, colours)).data.cast("B")
        self._preview.publish(slot, frame.number, frame.at_s)

    def _beat(self) -> None:
        now_s = time.monotonic()
        passed_s = now_s - self._beat_at_s
        if passed_s >= HEARTBEAT_EVERY_S:
            cpu_s = time.thread_time()
            share = (cpu_s - self._beat_cpu_s) / passed_s
            self._beat_at_s, self._beat_cpu_s = now_s, cpu_s
            self._pipe.send(Heartbeat(self._frame, now_s, share))

    def _on_state(self, change: StateChange) -> None:
        self._pipe.send(StateRecord(change))


def _watch_parent(closing: threading.Event) -> None:
    while os.read(0, 4_096):
        pass
    closing.set()
    time.sleep(_CLOSING_S)
    # The loop is stuck in a decoder or a driver: nobody is left who would wait for it.
    os._exit(0)


def _end_at_once(fault: threading.ExceptHookArgs) -> None:
    # A process that goes on without one of its threads only looks healthy: better a new one.
    traceback.print_exception(fault.exc_value)
    os._exit(_BUG_EXIT)


def _leave_no_core() -> None:
    # A crash is expected and reported; a core file would put customers' pictures on the disk and
    # take longer to write than a new process takes to start.
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Runs the scanning process until its parent closes standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True)
    parser.add_argument("--preview", required=True, help="address of the shared preview block")
    arguments = parser.parse_args()

    # Ctrl-C in a terminal reaches the whole group; when to stop is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave_no_core()
    records = os.dup(1)
    # Libraries that print must not print into the records.
    os.dup2(2, 1)
    if sys.platform == "win32":
        msvcrt.setmode(records, os.O_BINARY)
    threading.excepthook = _end_at_once
    closing = threading.Event()
    threading.Thread(target=_watch_parent, args=(closing,), daemon=True).start()
    preview = PreviewBlock.open(arguments.preview)
    return Worker(arguments.source, preview, RecordPipe(records)).run(closing)


if __name__ == "__main__":
    sys.exit(main())
