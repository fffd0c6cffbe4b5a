"""The parent's handle on the process that draws what a simulated camera sees (`sim:SCENE`).

A camera is no part of the scanning process, so neither is a simulated one: what is measured and
confined there is what a shop's terminal runs, and a scanning process that is replaced finds the
camera as it was. Standard library only.
"""

from __future__ import annotations

import os
import subprocess
import sys

from kiosk.scanning.place import SCENE_SCHEME
from kiosk.scanning.preview import FRAMES, PictureBlock

_END_WITHIN_S = 1.0


class Simulation:
    """A simulated camera's process, its frames and the pipe that tells of them."""

    def __init__(self, scene: str) -> None:
        self._scene = scene
        self._block: PictureBlock | None = None
        self._news = -1
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""
        """What the scanning process needs to see its frames (`--frames`)."""

    @property
    def pid(self) -> int | None:
        """The process's id, None before it first runs."""
        return self._process.pid if self._process else None

    def run(self) -> tuple[int, int]:
        """Starts it if it does not run; the descriptors to be inherited by who watches.

        Raises OSError.
        """
        if self._block is None:
            self._block = PictureBlock.create(FRAMES)
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._news, out = os.pipe()
            if sys.platform != "win32":
                os.set_blocking(out, False)
            try:
                self._process = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "kiosk.scanning.simulation_worker"),
                        *("--scene", self._scene, "--frames", self._block.address),
                        *("--news", str(out)),
                    ],
                    stdin=subprocess.PIPE,
                    pass_fds=(self._block.fd, out),
                )
            finally:
                os.close(out)
            self.address = f"{self._block.address}:{self._news}"
        return self._block.fd, self._news

    def close(self) -> None:
        """Ends the process."""
        self._end()
        block, self._block = self._block, None
        if block:
            block.close()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(_END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        news, self._news = self._news, -1
        if news >= 0:
            os.close(news)


def simulation_of(source: str) -> Simulation | None:
    """The simulation that a source asks for.

    None for real sources, and on Windows, where descriptors cannot be handed down: there the
    scanning process draws by itself.
    """
    if source.startswith(SCENE_SCHEME) and sys.platform != "win32":
        return Simulation(source.removeprefix(SCENE_SCHEME))
    return None
