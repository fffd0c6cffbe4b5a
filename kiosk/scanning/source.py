"""Where frames come from: cameras, network streams, video files, folders of pictures, a scene.

Every source is read by one thread. What goes wrong is a `SourceFault` with its state and reason;
opening again is the caller's business (`capture`).
"""

from __future__ import annotations

from pathlib import Path

from kiosk.scanning.camera import FPS, Camera
from kiosk.scanning.camera_options import CameraOptions
from kiosk.scanning.folder import Folder
from kiosk.scanning.frame import Frame, Pace, Source, frame_of
from kiosk.scanning.orientation import oriented
from kiosk.scanning.place import SCENE_SCHEME, Place, is_device, is_network
from kiosk.scanning.redaction import without_password
from kiosk.scanning.state import ScannerState, SourceFault
from kiosk.scanning.video import Stream

__all__ = ["Frame", "Pace", "Source", "frame_of", "open_source", "without_password"]

_AS_IT_COMES = CameraOptions()


def open_source(spec: str, options: CameraOptions = _AS_IT_COMES, *, fps: float = FPS) -> Source:
    """Opens `N`, `/dev/…`, `rtsp://…`, a video file, a folder of pictures or `sim:SCENE`.

    `options` are wishes; `fps` is the pace of folders and scenes. Raises SourceFault.
    """
    fault = Place(spec).fault()
    if fault is not None:
        raise fault
    return oriented(_open(spec, options, fps), options)


def _open(spec: str, options: CameraOptions, fps: float) -> Source:
    if spec.startswith(SCENE_SCHEME):
        # Not loaded where a real camera is used: it draws phones.
        from kiosk.scanning.simulated import SimulatedCamera

        return SimulatedCamera(Path(spec.removeprefix(SCENE_SCHEME)), fps=fps)
    if is_device(spec):
        return Camera(spec, options)
    if is_network(spec):
        return Stream(spec)
    path = Path(spec)
    try:
        if path.is_dir():
            return Folder(path, fps)
        if not path.is_file():
            # A pipe might never end, nor begin.
            raise SourceFault(ScannerState.UNREADABLE, f"{spec} is neither a file nor a folder")
    except PermissionError as error:
        raise SourceFault(ScannerState.PERMISSION_DENIED, str(error)) from error
    return Stream(spec)
