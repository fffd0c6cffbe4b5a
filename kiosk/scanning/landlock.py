"""Linux: Landlock, by system call. The process gives up all access that is not named here.

Standard library only. The kernel's interface is numbered ("ABI") and grows; what the running one
lacks is left out, and `abi()` tells which it is. https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

assert sys.platform == "linux"  # noqa: S101 - tells the type checker which numbers there are

NETWORK_ABI = 4
"""The first that restricts TCP."""
SCOPE_ABI = 6
"""The first that keeps signals and abstract sockets within the confined processes."""

# Numbers that all processor architectures share.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

READ_FILE, READ_DIR = 1 << 2, 1 << 3
_EXECUTE, _WRITE_FILE, _TRUNCATE, _IOCTL_DEVICE = 1 << 0, 1 << 1, 1 << 14, 1 << 15
DEVICE = READ_FILE | _WRITE_FILE | _IOCTL_DEVICE
_OF_FILES = _EXECUTE | _WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_FILE_SYSTEM_BY_ABI = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: _IOCTL_DEVICE}
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPES = (1 << 0) | (1 << 1)


def abi() -> int:
    """The interface's version; 0 where the kernel has no Landlock or does not use it."""
    try:
        return _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(paths: Iterable[tuple[Path, int]], connect_ports: Iterable[int]) -> None:
    """Leaves the calling thread, and threads it starts later, only what is named.

    `paths`: what may be done (`READ_FILE`, `READ_DIR`, `DEVICE`) with a file, or beneath a folder;
    one that cannot be reached is left out. `connect_ports`: TCP, where the kernel restricts it.
    Needs no_new_privs. Raises OSError.
    """
    version = abi()
    handled = sum(rights for since, rights in _FILE_SYSTEM_BY_ABI.items() if since <= version)
    network = _BIND_TCP | _CONNECT_TCP if version >= NETWORK_ABI else 0
    scopes = _SCOPES if version >= SCOPE_ABI else 0
    # An older kernel knows a shorter structure, and takes a longer one as long as it ends in zeros.
    attributes = struct.pack("=QQQ", handled, network, scopes)
    ruleset = _call(_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        for path, rights in paths:
            _allow(ruleset, path, rights & handled)
        for port in connect_ports if network else ():
            _call(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", _CONNECT_TCP, port), 0)
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # nothing to allow: it is not there, or not for this user
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _OF_FILES
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, fd), 0)
    finally:
        os.close(fd)


def _call(number: int, *arguments: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    # Python would pass numbers as C ints; a system call's registers are read whole.
    words = (ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)
    answer = int(libc.syscall(ctypes.c_long(number), *words))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer
