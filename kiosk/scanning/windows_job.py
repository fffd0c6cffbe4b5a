"""Windows: a job object that the process puts itself into; it ends with the process.

No child processes, bounded memory, no reaching into other windows, the clipboard or the desktop.
Standard library only.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from typing import TYPE_CHECKING

assert sys.platform == "win32"  # noqa: S101 - tells the type checker which functions there are

if TYPE_CHECKING:
    from kiosk.scanning.confinement import Allowance, Part

_EXTENDED_LIMITS, _UI_RESTRICTIONS = 9, 4
_ACTIVE_PROCESS, _PROCESS_MEMORY = 0x8, 0x100
_DIE_ON_UNHANDLED_EXCEPTION, _KILL_ON_JOB_CLOSE = 0x400, 0x2000
_ALL_UI = 0xFF


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", wintypes.DWORD),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("active_processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority_class", wintypes.DWORD),
        ("scheduling_class", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def parts(_allowance: Allowance, memory_bytes: int) -> tuple[Part, ...]:
    """What `confine` does."""
    return (("job object", lambda: restrict(memory_bytes)),)


def probes() -> tuple[Part, ...]:
    """Every Windows that Python runs on has job objects within job objects."""
    return ()


def restrict(memory_bytes: int) -> None:
    """Puts the calling process into a job of its own, for good. Raises OSError."""
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = wintypes.HANDLE
    kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    kernel.SetInformationJobObject.argtypes = (
        *(wintypes.HANDLE, ctypes.c_int),
        *(ctypes.c_void_p, wintypes.DWORD),
    )
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    job = kernel.CreateJobObjectW(None, None)
    limits = _ExtendedLimits()
    limits.basic.flags = (
        _ACTIVE_PROCESS | _PROCESS_MEMORY | _DIE_ON_UNHANDLED_EXCEPTION | _KILL_ON_JOB_CLOSE
    )
    limits.basic.active_processes = 1
    limits.process_memory = memory_bytes
    windows = wintypes.DWORD(_ALL_UI)
    parts = ((_EXTENDED_LIMITS, limits), (_UI_RESTRICTIONS, windows))
    # The handle stays open, on purpose: closing it would end the process.
    if not (
        job
        and all(
            kernel.SetInformationJobObject(job, kind, ctypes.byref(part), ctypes.sizeof(part))
            for kind, part in parts
        )
        and kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess())
    ):
        raise ctypes.WinError(ctypes.get_last_error())
