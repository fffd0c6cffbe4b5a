"""Whether the configured camera is there. Nothing is opened: a window may be using it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

State = Literal["ok", "note"]


def camera_finding(source: str, devices: Path = Path("/dev")) -> tuple[State, str]:
    """What can be said of a source (``[camera] source``) without opening it.

    A camera that is missing is a note, not a fault: codes can be typed or come from a hand
    scanner, and the window looks for it again by itself.
    """
    from kiosk.settings import NO_CAMERA

    if source == NO_CAMERA:
        return "ok", "none, by the settings"
    if source.isdecimal() or source.startswith("/dev/"):
        return _device(source, devices)
    if "://" in source:
        return _stream(source)
    path = Path(source)
    if not path.exists():
        return "note", f"there is no {path}"
    if not os.access(path, os.R_OK):
        return "note", f"this user may not read {path}"
    return "ok", str(path)


def _stream(source: str) -> tuple[State, str]:
    try:
        parts = urlsplit(source)
        # It may hold a password: only scheme and host are shown.
        return "ok", f"{parts.scheme}://{parts.hostname or ''}, not tried"
    except ValueError as error:
        return "note", f"[camera] source is no address: {error}"


def _device(source: str, devices: Path) -> tuple[State, str]:
    if sys.platform != "linux":
        return "ok", f"camera {source}, not tried"
    path = devices / f"video{source}" if source.isdecimal() else Path(source)
    found = sorted(str(device) for device in devices.glob("video*"))
    if not path.exists():
        others = f"there are {', '.join(found)}" if found else "no other one either"
        return "note", (
            f"there is no {path} ({others}); connect it, choose another one with [camera] source,"
            ' or set source = "none"'
        )
    if not os.access(path, os.R_OK | os.W_OK):
        return "note", f"this user may not open {path}; on Debian: add it to the group video"
    lasting = _lasting_name(path, devices) if source.isdecimal() else None
    advice = "" if lasting is None else f"; the same camera wherever it is plugged in: {lasting}"
    return "ok", f"{path}{advice}"


def _lasting_name(path: Path, devices: Path) -> Path | None:
    """The link that names the camera at ``path`` by its maker and serial number."""
    links = sorted((devices / "v4l" / "by-id").glob("*"))
    return next((link for link in links if link.resolve() == path.resolve()), None)
