"""The customer's phone in front of the simulated camera: shows a code, refreshes it, goes away."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path

from kiosk.demo.customers import Showing
from kiosk.protocol.codes import unverified_voucher
from kiosk.scanning.scene import Pose, Scene, write_scene

AWAY_S = 3.5
"""Out of view for so long, a code that was there before counts as shown anew."""


class Phone:
    """Writes the scene that the camera sees. Any thread; one refreshing thread of its own."""

    def __init__(self, scene_file: Path, *, level: int = 1, away_s: float = AWAY_S) -> None:
        self._away_s = away_s
        self._file, self._level = scene_file, level
        self._lock = threading.Lock()
        self._seed = 0
        self._shown = 0
        self._ended = threading.Event()
        self._changed = threading.Event()
        self._live: Showing | None = None
        self._in_view: bytes | str | None = None
        self._left_at_s: dict[bytes | str, float] = {}
        self._thread = threading.Thread(target=self._refresh, name="demo-phone", daemon=True)
        self.leave()
        self._thread.start()

    def show(self, showing: Showing, caption: str = "", *, quick: bool = False) -> None:
        """Another customer holds up a phone; a ``quick`` one is simply there.

        Blocks a few seconds when the same voucher was in view just now: shown again at once, the
        terminal would take it for the phone that the customer is still putting away.
        """
        text = showing.text
        if not text:
            self.leave()
            return
        if showing.live is not None and (fresh := showing.live()):
            text = fresh[0]
        who = unverified_voucher(text) or text
        self._stay_away(who)
        with self._lock:
            self._note_gone()
            self._in_view = who
            self._seed += 1
            self._shown = self._seed
            self._live = showing if showing.live is not None else None
            self._caption = caption
            self._pose: Pose = "hold" if quick else "approach"
            self._write(text)
        self._changed.set()

    def leave(self) -> None:
        """The phone leaves the view."""
        with self._lock:
            self._note_gone()
            self._live = None
            write_scene(self._file, Scene(text=None, seed=self._seed, level=self._level))

    def close(self) -> None:
        """Stop refreshing."""
        self._ended.set()
        self._changed.set()
        self._thread.join()

    def _stay_away(self, who: bytes | str) -> None:
        if who == self._in_view:
            self.leave()
        back_at_s = self._left_at_s.get(who, -math.inf) + self._away_s
        self._ended.wait(max(0.0, back_at_s - time.monotonic()))

    def _note_gone(self) -> None:
        if self._in_view is not None:
            self._left_at_s[self._in_view] = time.monotonic()
            self._in_view = None

    def _write(self, text: str) -> None:
        scene = Scene(
            text=text, caption=self._caption, seed=self._seed, level=self._level, pose=self._pose
        )
        write_scene(self._file, scene)

    def _refresh(self) -> None:
        wait_s = 30.0
        while not self._ended.is_set():
            if self._changed.wait(wait_s):
                self._changed.clear()
                wait_s = 20.0
                continue
            live, seed = self._live, self._seed
            fresh = live.live() if live and live.live else None
            wait_s = float(fresh[1]) if fresh else 5.0
            with self._lock:
                if fresh and live is self._live and seed == self._shown:
                    self._write(fresh[0])
