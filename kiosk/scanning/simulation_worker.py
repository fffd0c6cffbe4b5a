"""The simulated camera's process: plays a scene into shared memory, 30 frames a second.

`python -m kiosk.scanning.simulation_worker --scene PATH --frames ADDRESS --news FD`. It tells of
each frame, and of what is wrong with the scene, in the scanning process's own records; nobody has
to listen. It ends when its standard input does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

from kiosk.scanning.frame import Frame
from kiosk.scanning.preview import FRAMES, PictureBlock
from kiosk.scanning.records import Heartbeat, Record, StateRecord, pack
from kiosk.scanning.simulated import SimulatedCamera
from kiosk.scanning.state import SourceFault, StateChange

LOOK_AGAIN_S = 0.25


class Player:
    """Plays the scene until `closing` is set."""

    def __init__(self, scene: Path, block: PictureBlock, news: int) -> None:
        self._scene, self._block, self._news = scene, block, news

    def run(self, closing: threading.Event) -> None:
        """A scene that cannot be shown is looked at again and again."""
        while not closing.is_set():
            try:
                camera = SimulatedCamera(self._scene)
                while not closing.is_set():
                    frame = camera.read()
                    if frame is not None:
                        self._show(frame)
            except SourceFault as fault:
                change = StateChange(fault.state, fault.detail, time.monotonic())
                self._tell(StateRecord(change))
                closing.wait(LOOK_AGAIN_S)

    def _show(self, frame: Frame) -> None:
        picture = frame.picture()
        height, width = picture.shape[:2]
        slot = self._block.reserve(width, height)
        slot.pixels[:] = picture.data.cast("B")
        self._block.publish(slot, frame.number, frame.at_s)
        self._tell(Heartbeat(frame.number, frame.at_s, 0.0))

    def _tell(self, record: Record) -> None:
        # A full pipe: nobody has listened for a while, and who comes next wants the newest only.
        with contextlib.suppress(BlockingIOError):
            os.write(self._news, pack(record))


def _watch_parent(closing: threading.Event) -> None:
    while os.read(0, 4_096):
        pass
    closing.set()


def main() -> int:
    """Plays until the parent closes standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", type=Path, required=True)
    parser.add_argument("--frames", required=True, help="address of the shared block")
    parser.add_argument("--news", type=int, required=True, help="descriptor of a pipe")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    closing = threading.Event()
    threading.Thread(target=_watch_parent, args=(closing,), daemon=True).start()
    block = PictureBlock.open(arguments.frames, FRAMES)
    try:
        Player(arguments.scene, block, arguments.news).run(closing)
    except BrokenPipeError:
        return 0  # the parent is gone, and everybody who listened
    return 0


if __name__ == "__main__":
    sys.exit(main())
