"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "PySide6-Essentials",
    "opencv-python-headless",
    "zxing-cpp",
    "pyzbar",
    "sqlcipher3",
    "SQLAlchemy",
    "cryptography",
    "litestar",
)


def describe(work: Path) -> dict[str, object]:
    """Hardware, system and libraries; `work` is where the ledgers lie. No names of hosts."""
    return {
        "processor": _found("/proc/cpuinfo", r"^model name\s*: (.+)$") or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(_found("/proc/meminfo", r"^MemTotal: +(\d+)") or 0) / 2**20, 1),
        "system": f"{platform.system()} {platform.release()}",
        "file_system": _file_system(work),
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else [],
    }


class Company:
    """How busy other programs keep the machine, in cores; None where the system does not say."""

    def __init__(self) -> None:
        self._began_s, self._before_s = time.monotonic(), self._foreign_s()

    def cores(self) -> float | None:
        """Since it was made. Programs of ours count as foreign until they have ended."""
        now_s = self._foreign_s()
        if now_s is None or self._before_s is None:
            return None
        return max(0.0, now_s - self._before_s) / (time.monotonic() - self._began_s)

    @staticmethod
    def _foreign_s() -> float | None:
        try:
            line = Path("/proc/stat").read_text().splitlines()[0]
        except OSError:
            return None
        user, nice, system, _idle, _waiting, irq, softirq, steal = map(int, line.split()[1:9])
        busy = user + nice + system + irq + softirq + steal
        return busy / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _found(path: str, pattern: str) -> str | None:
    try:
        match = re.search(pattern, Path(path).read_text(), re.MULTILINE)
    except OSError:
        return None
    return match[1] if match else None


def _file_system(work: Path) -> str:
    """Type of the file system below a folder: on tmpfs an fsync costs nothing."""
    try:
        lines = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return "unknown"
    mounts = [line.split()[1:3] for line in lines]
    holding = [(at, kind) for at, kind in mounts if work.resolve().is_relative_to(at)]
    return max(holding, key=lambda mount: len(mount[0]))[1] if holding else "unknown"
