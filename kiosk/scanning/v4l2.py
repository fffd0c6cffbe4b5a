"""Linux cameras, asked directly: what a device file is, and the lamp that OpenCV cannot switch.

https://docs.kernel.org/userspace-api/media/v4l/ — the numbers are the kernel's and never change.
Standard library only.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys

from kiosk.scanning.state import ScannerState, SourceFault

assert sys.platform == "linux"  # noqa: S101 - tells the type checker which calls there are

_QUERY_CAPABILITIES = 0x8068_5600
_SET_CONTROL = 0xC008_561C
_CAPABILITIES = struct.Struct("=16s32s32sIII12x")
_DEVICE_CAPABILITIES = 0x8000_0000
_CAPTURES = 0x0000_0001 | 0x0000_1000
"""Single-planar or multi-planar."""
_FLASH_LED_MODE, _LAMP_OFF, _LAMP_ON = 0x009C_0901, 0, 2

_STATES = {
    errno.ENOENT: ScannerState.NOT_FOUND,
    errno.ENXIO: ScannerState.NOT_FOUND,
    errno.ENODEV: ScannerState.NOT_FOUND,
    errno.EACCES: ScannerState.PERMISSION_DENIED,
    errno.EPERM: ScannerState.PERMISSION_DENIED,
    errno.EBUSY: ScannerState.BUSY,
    errno.ENOTTY: ScannerState.UNREADABLE,
    errno.EINVAL: ScannerState.UNREADABLE,
}


def check(path: str) -> str:
    """The name of the camera at `path`, as its maker wrote it.

    Raises SourceFault: not there, not allowed, busy, or a device that is not a camera (a webcam's
    second device file, for one, only tells about its pictures).
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            answer = fcntl.ioctl(fd, _QUERY_CAPABILITIES, bytes(_CAPABILITIES.size))
        finally:
            os.close(fd)
    except OSError as error:
        state = _STATES.get(error.errno or 0, ScannerState.UNREADABLE)
        raise SourceFault(state, _words(path, state, error)) from error
    _, card, _, _, whole, of_device = _CAPABILITIES.unpack(answer)
    if not (of_device if whole & _DEVICE_CAPABILITIES else whole) & _CAPTURES:
        raise SourceFault(ScannerState.UNREADABLE, f"{path} is not a camera that takes pictures")
    return str(card.split(b"\0")[0].decode(errors="replace"))


def light(path: str, *, on: bool) -> bool:
    """Switches the camera's own lamp; whether there is one."""
    wish = struct.pack("=Ii", _FLASH_LED_MODE, _LAMP_ON if on else _LAMP_OFF)
    try:
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.ioctl(fd, _SET_CONTROL, wish)
        finally:
            os.close(fd)
    except OSError:
        # Most cameras have none; a picture without it is what they would have given anyway.
        return False
    return True


def _words(path: str, state: ScannerState, error: OSError) -> str:
    match state:
        case ScannerState.NOT_FOUND:
            return f"there is no {path}"
        case ScannerState.PERMISSION_DENIED:
            return f"no right to use {path}: add the user to the group video"
        case ScannerState.BUSY:
            return f"{path} is in use by another program"
        case _:
            return f"{path} is not a camera: {error.strerror}"
