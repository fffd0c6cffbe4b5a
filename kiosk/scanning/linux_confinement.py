"""Linux: limits, no_new_privs, Landlock for files and TCP, a filter for all other system calls."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.scanning import landlock, seccomp

assert sys.platform == "linux"  # noqa: S101 - tells the type checker which numbers there are

if TYPE_CHECKING:
    from kiosk.scanning.confinement import Allowance, Part

_NO_NEW_PRIVILEGES = 38
_DNS_PORT = 53
_NAME_SERVICE = tuple(
    Path(path)
    for path in (
        *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf"),
        *("/etc/gai.conf", "/etc/services", "/etc/localtime", "/etc/ssl/openssl.cnf"),
        *("/etc/ssl/certs", "/usr/share/ca-certificates"),
    )
)
"""What finding and greeting a network camera reads. All of it is public."""


def parts(allowance: Allowance, memory_bytes: int) -> tuple[Part, ...]:
    """What `confine` does, in turn: a filter would forbid what comes before it."""
    return (
        # A crash is expected and reported; a core file would put customers' pictures on the disk
        # and take longer to write than a new process takes to start.
        ("no core file", lambda: _limit(resource.RLIMIT_CORE, 0)),
        # Not RLIMIT_AS: libraries reserve address space by the gigabyte that they never use.
        ("memory limit", lambda: _limit(resource.RLIMIT_DATA, memory_bytes)),
        ("no_new_privs", _no_new_privileges),
        ("one thread", _one_thread),
        ("Landlock", lambda: _landlock(allowance)),
        ("Landlock for TCP", _landlock_knows_tcp),
        (
            "system-call filter",
            lambda: seccomp.restrict(internet=allowance.connect_port is not None),
        ),
    )


def probes() -> tuple[Part, ...]:
    """What `missing` looks for."""
    return (
        ("Landlock", _landlock_there),
        ("Landlock for TCP", _landlock_knows_tcp),
        ("system-call filter", seccomp.look),
    )


def _limit(what: int, amount: int) -> None:
    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        amount = min(amount, hard)
    resource.setrlimit(what, (amount, amount))


def _no_new_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, *(ctypes.c_ulong(n) for n in (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _one_thread() -> None:
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names, not paths
    if threads > 1:
        raise OSError(f"{threads} threads before it was confined")


def _landlock_there() -> None:
    if not landlock.abi():
        raise OSError("this kernel does not have it, or was started without it")


def _landlock_knows_tcp() -> None:
    version = landlock.abi()
    if 0 < version < landlock.NETWORK_ABI:
        raise OSError(f"this kernel's Landlock is version {version}, it takes 4")


def _landlock(allowance: Allowance) -> None:
    _landlock_there()
    ports: tuple[int, ...] = ()
    reading = landlock.READ_FILE | landlock.READ_DIR
    paths = [(path, reading) for path in allowance.read]
    if allowance.device is not None:
        paths.append((allowance.device, landlock.DEVICE))
    if allowance.connect_port is not None:
        ports = (allowance.connect_port, _DNS_PORT)
        paths += [(path, reading) for path in _NAME_SERVICE]
    landlock.restrict(paths, ports)
