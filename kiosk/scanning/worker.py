"""The scanning process: `python -m kiosk.scanning.worker --source SPEC --preview ADDRESS`.

Reads untrusted pixels and holds nothing worth taking: before it opens its source it confines
itself to that source, its memory and the pipe to its parent. Records go out on standard output;
the process ends when its standard input does, so that it never outlives its parent.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

# Read when the libraries are loaded. Threads of OpenBLAS, which scanning does not use, would be
# there before the process is confined; a driver that waits is reported after 3 s anyway.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "3")

import numpy as np

import kiosk
from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.capture import Capture
from kiosk.scanning.confinement import Allowance, confine
from kiosk.scanning.decoder import FrameDecoder
from kiosk.scanning.effort import Effort
from kiosk.scanning.frame import Frame, Source
from kiosk.scanning.place import SOURCE_VARIABLE, Place
from kiosk.scanning.preview import FRAMES, PREVIEWS, PictureBlock
from kiosk.scanning.records import (
    MAKES_ROOM_EXIT,
    MAX_CODES_A_FRAME,
    MAX_TEXT_BYTES,
    CodeRecord,
    Confined,
    Heartbeat,
    Record,
    StateRecord,
    pack,
)
from kiosk.scanning.shared_camera import SharedCamera
from kiosk.scanning.sighting import Sighting
from kiosk.scanning.source import open_source
from kiosk.scanning.state import ScannerState, SourceFault, StateChange
from kiosk.scanning.vision import as_u8, cv2

if sys.platform == "win32":
    import msvcrt

HEARTBEAT_EVERY_S = 0.25
_WAIT_S = 0.2
_LOOK_EVERY_S = 0.2
_PREVIEW_EVERY_S = 0.03
_STUCK_DRIVER_S = 15.0
_STUCK_DRIVER_EXIT = 3
_BUG_EXIT = 4
_CLOSING_S = 1.0
_ADDRESS_HOLDS_S = 60.0
"""A network camera that is away for longer may have moved: looked up with fresh eyes."""


OnState = Callable[[StateChange], None]


class Out:
    """The way out to the parent; records may be sent from any thread, beats from one."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()
        self._beat_at_s = float("-inf")
        self._beat_cpu_s = 0.0

    def send(self, record: Record) -> None:
        """Writes the record whole. A parent that is gone ends the process."""
        left = memoryview(pack(record))
        with self._lock:
            while left:
                try:
                    left = left[os.write(self._fd, left) :]
                except OSError:
                    os._exit(0)

    def beat(self, frame: int) -> bool:
        """Sends a heartbeat if it is time for one; whether it was."""
        now_s = time.monotonic()
        passed_s = now_s - self._beat_at_s
        if passed_s < HEARTBEAT_EVERY_S:
            return False
        cpu_s = time.thread_time()
        share = (cpu_s - self._beat_cpu_s) / passed_s
        self._beat_at_s, self._beat_cpu_s = now_s, cpu_s
        self.send(Heartbeat(frame, now_s, share))
        return True


class Worker:
    """The decode loop: newest frame → texts, preview, heartbeat."""

    def __init__(
        self, capture: Callable[[OnState], Capture], place: Place, preview: PictureBlock, out: Out
    ) -> None:
        self._capture = capture(self._on_state)
        self._place = place
        self._preview = preview
        self._out = out
        self._decoder = FrameDecoder()
        self._effort = Effort()
        self._frame = 0
        self._shown_at_s = float("-inf")
        self._lost_since_s: float | None = None

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
            if self._out.beat(self._frame) and self._is_elsewhere():
                return MAKES_ROOM_EXIT
        self._capture.close()
        return 0

    def _is_elsewhere(self) -> bool:
        """Whether this process, confined as it is, can no longer reach its source."""
        lost_since_s = self._lost_since_s
        if lost_since_s is None:
            return False  # what plays, plays on, whatever a name means by now
        if self._place.network:
            return time.monotonic() - lost_since_s > _ADDRESS_HOLDS_S
        return self._place.moved()

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
            self._out.send(CodeRecord(sighting, index, len(sightings)))

    def _show(self, frame: Frame) -> None:
        if frame.at_s - self._shown_at_s < _PREVIEW_EVERY_S:
            return
        self._shown_at_s = frame.at_s
        picture = frame.picture()
        colours = cv2.COLOR_BGR2RGB if picture.ndim == 3 else cv2.COLOR_GRAY2RGB
        height, width = picture.shape[:2]
        scale = min(PREVIEWS.width / width, PREVIEWS.height / height, 1.0)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        if size != (width, height):
            picture = as_u8(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        slot = self._preview.reserve(*size)
        # Painted straight into the shared memory.
        shared = np.frombuffer(slot.pixels, np.uint8).reshape(size[1], size[0], 3)
        cv2.cvtColor(picture, colours, dst=shared)
        del shared
        self._preview.publish(slot, frame.number, frame.at_s)

    def _on_state(self, change: StateChange) -> None:
        lost = change.state not in {ScannerState.LIVE, ScannerState.BLACK}
        self._lost_since_s = change.at_s if lost else None
        self._out.send(StateRecord(change))


def _await(place: Place, out: Out) -> None:
    """Until there is something to open. One thread: the process is not confined yet.

    Nothing is opened here, and nothing decoded.
    """
    told: ScannerState | None = None
    while (fault := place.fault()) is not None and sys.platform != "win32":
        if fault.state is not told:
            told = fault.state
            out.send(StateRecord(StateChange(told, fault.detail, time.monotonic())))
        out.beat(0)
        if select.select([0], [], [], _LOOK_EVERY_S)[0] and not os.read(0, 4_096):
            sys.exit(0)


def confine_to(place: Place, out: Out) -> None:
    """Gives up all that reading the source does not take, and tells what could not be given up."""
    try:
        allowance = place.allowance()
    except SourceFault:
        allowance = Allowance()  # opening it will say what is wrong with it
    # Modules that Python loads late, and the lines of a traceback.
    code = (Path(part.__file__) for part in (os, np, kiosk) if part.__file__)
    folders = {path.parent for path in code} | {Path(np.__file__).parents[1]}
    lacking = confine(replace(allowance, read=(*allowance.read, *folders)))
    out.send(Confined("; ".join(map(str, lacking))))


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=os.environ.pop(SOURCE_VARIABLE, None))
    parser.add_argument("--preview", required=True, help="address of the shared preview block")
    parser.add_argument("--frames", help="address of a simulated camera's block:pipe with news")
    CameraOptions.add_to(parser)
    return parser


def main() -> int:
    """Runs the scanning process until its parent closes standard input."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.source is None:
        parser.error(f"no --source, and no {SOURCE_VARIABLE} in the environment")
    # Ctrl-C in a terminal reaches the whole group; when to stop is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    records = os.dup(1)
    # Libraries that print must not print into the records.
    os.dup2(2, 1)
    if sys.platform == "win32":
        msvcrt.setmode(records, os.O_BINARY)
    threading.excepthook = _end_at_once
    preview = PictureBlock.open(arguments.preview, PREVIEWS)
    out, place = Out(records), Place(arguments.source)
    options = CameraOptions.of(arguments)

    opener: Callable[[str], Source] = partial(open_source, options=options)
    if arguments.frames:
        address, _, news = arguments.frames.partition(":")
        frames = PictureBlock.open(address, FRAMES)
        opener = partial(SharedCamera.of, frames, int(news), options)

    _await(place, out)
    confine_to(place, out)
    # Every thread is started confined, OpenCV's among them.
    closing = threading.Event()
    threading.Thread(target=_watch_parent, args=(closing,), daemon=True).start()
    worker = Worker(
        lambda on_state: Capture(arguments.source, on_state, opener=opener), place, preview, out
    )
    return worker.run(closing)


if __name__ == "__main__":
    sys.exit(main())
