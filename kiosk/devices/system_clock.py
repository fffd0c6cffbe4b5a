"""This machine's clocks: wall, monotonic, and the boot clock that counts suspended time."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from kiosk.domain.clock import ClockReading

if sys.platform == "win32":
    import ctypes
    import winreg

    _BOOT_KEY = (
        r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
    )
    _tick_count = ctypes.windll.kernel32.GetTickCount64
    _tick_count.restype = ctypes.c_uint64

    def _boot_s() -> float:
        return float(_tick_count()) / 1000.0

    def _boot_id() -> str:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _BOOT_KEY) as key:
            return str(winreg.QueryValueEx(key, "BootId")[0])

else:

    def _boot_s() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def _boot_id() -> str:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


class SystemClock:
    """Implements :class:`kiosk.domain.ports.Clock`. Any thread."""

    def __init__(self) -> None:
        self._boot = _boot_id()

    def read(self) -> ClockReading:
        """Wall clock, boot clock and boot id, read together."""
        return ClockReading(time.time(), _boot_s(), self._boot)

    def monotonic_s(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()
