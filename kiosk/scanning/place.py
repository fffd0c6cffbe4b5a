"""Where a source lies on this machine, and what reading it takes. Standard library only.

A confined process cannot be given another file or device afterwards. So it waits for its source
before it confines itself, and makes room for a new process when the source is another one: a
camera that was unplugged and came back, a link that points elsewhere, a file put in its place.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.scanning.confinement import Allowance
from kiosk.scanning.state import ScannerState, SourceFault

NETWORK_SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")
SCENE_SCHEME = "sim:"
SOURCE_VARIABLE = "KIOSK_SCAN_SOURCE"
"""Environment variable that names a source to the scanning process."""
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


def is_network(spec: str) -> bool:
    """Whether a source is a network camera."""
    return spec.lower().startswith(NETWORK_SCHEMES)


def is_device(spec: str) -> bool:
    """Whether a source is a camera of this machine: a number, or a device's path."""
    return spec.isdecimal() or spec.startswith("/dev/")


class Place:
    """One source's place. One thread. A network camera has none, nor has a simulated one."""

    def __init__(self, spec: str) -> None:
        self.network = is_network(spec)
        self._spec = spec
        self._device = is_device(spec)
        self._path: Path | None = None
        if spec.isdecimal():
            # Windows knows its cameras by number only.
            self._path = Path(f"/dev/video{spec}") if sys.platform == "linux" else None
        elif not (self.network or spec.startswith(SCENE_SCHEME)):
            self._path = Path(spec)
        self._known: tuple[int, ...] | None = None

    def fault(self) -> SourceFault | None:
        """Why there is nothing to open; None when there is, which is remembered for `moved`."""
        path = self._path
        if path is None:
            return None
        try:
            status = path.stat()
        except PermissionError as error:
            return SourceFault(ScannerState.PERMISSION_DENIED, str(error))
        except OSError:
            return SourceFault(ScannerState.NOT_FOUND, f"there is no {path}")
        if not os.access(path, os.R_OK | os.W_OK if self._device else os.R_OK):
            group = ": add the user to the group video" if self._device else ""
            return SourceFault(ScannerState.PERMISSION_DENIED, f"no right to use {path}{group}")
        self._known = _identity(status)
        return None

    def moved(self) -> bool:
        """Whether what was there is gone, or is another file or device by now."""
        if self._path is None or self._known is None:
            return False
        try:
            status = self._path.stat()
        except OSError:
            return True
        return _identity(status) != self._known

    def allowance(self) -> Allowance:
        """What a process needs that reads it. Raises SourceFault for an address that is none."""
        if self.network:
            try:
                parts = urlsplit(self._spec)
                port = parts.port or _PORTS[parts.scheme.lower()]
            except ValueError as error:
                raise SourceFault(ScannerState.NOT_FOUND, f"no address: {error}") from None
            return Allowance(connect_port=port)
        if self._path is None:
            return Allowance()
        path = self._path.resolve()
        return Allowance(device=path) if self._device else Allowance(read=(path,))


def _identity(status: os.stat_result) -> tuple[int, ...]:
    if sys.platform == "win32":
        return status.st_dev, status.st_ino
    return status.st_dev, status.st_ino, status.st_rdev
