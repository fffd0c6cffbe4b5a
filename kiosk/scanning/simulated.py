"""The simulated camera: plays a scene file as a camera would, `sim:PATH`."""

from __future__ import annotations

import time
from pathlib import Path

import segno

from kiosk.scanning.render import Hand, Stage, show
from kiosk.scanning.scene import BadScene, Scene, read_scene
from kiosk.scanning.source import Frame, Pace, frame_of
from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.vision import Colour

APPROACH_S = 0.9
LEAVE_S = 0.45


class SimulatedCamera:
    """A `Source`. The file is looked at before each frame; a wrong scene is a fault."""

    live = True

    def __init__(self, path: Path, *, fps: float = 30.0) -> None:
        self.fps = fps
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._scene = Scene()
        self._number = 0
        self._holder: Scene | None = None
        self._came_at_s = 0.0
        self._leaves_at_s: float | None = None
        self._follow()
        self._stage = Stage()
        self._pace = Pace(fps)

    def read(self) -> Frame | None:
        self._pace.wait()
        self._follow()
        now_s = time.monotonic()
        self._cast(now_s)
        number, self._number = self._number, self._number + 1
        return frame_of(number, self._picture(now_s))

    def close(self) -> None:
        self._holder = None

    def _follow(self) -> None:
        try:
            status = self._path.stat()
            # Each scene is a new file, so its number tells apart what one clock tick wrote.
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
            if stamp != self._stamp:
                self._scene = read_scene(self._path)
                self._stamp = stamp
        except FileNotFoundError as error:
            raise SourceFault(ScannerState.NOT_FOUND, f"there is no {self._path}") from error
        except PermissionError:
            # On Windows, a file that is just being replaced: the next frame will see it.
            if self._stamp is None:
                raise SourceFault(ScannerState.PERMISSION_DENIED, str(self._path)) from None
        except (OSError, BadScene) as error:
            raise SourceFault(ScannerState.UNREADABLE, f"{self._path}: {error}") from error

    def _cast(self, now_s: float) -> None:
        """Who is in view: the scene's phone, or the one before on its way out."""
        wanted, holder = self._scene, self._holder
        if holder and self._leaves_at_s is None:
            if wanted.text is not None and wanted.seed == holder.seed:
                # The same phone: another code, caption or level, but no second approach.
                self._holder = wanted
                return
            self._leaves_at_s = now_s
        if self._leaves_at_s is not None and now_s - self._leaves_at_s >= self._leave_s(wanted):
            self._holder = self._leaves_at_s = None
        if self._holder is None and wanted.text is not None:
            self._holder = wanted
            self._came_at_s = wanted.started_at if wanted.started_at is not None else now_s

    @staticmethod
    def _leave_s(wanted: Scene) -> float:
        # `hold` scenes are for tests and pictures: what is asked for is there at once.
        return 0.0 if wanted.text is not None and wanted.pose == "hold" else LEAVE_S

    def _picture(self, now_s: float) -> Colour:
        holder = self._holder
        if holder is None or holder.text is None:
            return self._stage.empty(self._scene.level)
        if self._leaves_at_s is not None:
            way_in = 1 - (now_s - self._leaves_at_s) / LEAVE_S
        elif holder.pose == "approach":
            way_in = (now_s - self._came_at_s) / APPROACH_S
        else:
            way_in = 1.0
        hand = Hand(holder.seed, holder.level)
        pose = hand.pose(now_s - self._came_at_s, min(1.0, max(0.0, way_in)))
        try:
            phone = show(holder.text, holder.caption, holder.seed, holder.level)
        except segno.DataOverflowError as error:
            reason = f"{self._path}: the text does not fit a QR code"
            raise SourceFault(ScannerState.UNREADABLE, reason) from error
        return self._stage.frame(phone, pose, holder.level)
