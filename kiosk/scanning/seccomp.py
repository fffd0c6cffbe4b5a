"""Linux: a system-call filter (seccomp, classic BPF) that leaves a process to its own memory.

What is refused answers "operation not permitted", so that a library that only tries goes on.
Landlock rules over files; this is for what it does not know: other programs, other processes,
sockets of every kind, and the kernel's own doors. Standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from pathlib import Path

# name: (x86_64, aarch64); None: there is no such call.
_Numbers = tuple[int | None, int | None]
_ALWAYS: dict[str, _Numbers] = {
    # other programs
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    "unshare": (272, 97), "setns": (308, 268), "personality": (135, 92),
    # other processes
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "kcmp": (312, 272), "process_madvise": (440, 440),
    # calls made by somebody else, past this filter
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # the kernel's own doors
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "reboot": (169, 142),
    "swapon": (167, 224), "quotactl": (179, 60), "acct": (163, 89), "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    # being reached from outside
    "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "socketpair": (53, 199),
}  # fmt: skip
_WITHOUT_NETWORK: dict[str, _Numbers] = {
    "socket": (41, 198), "connect": (42, 203), "sendto": (44, 206), "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
}  # fmt: skip
_SOCKET: _Numbers = (41, 198)
_CLONE: _Numbers = (56, 220)
_CLONE3 = 435
_TGKILL: _Numbers = (234, 131)
_SECCOMP: _Numbers = (317, 277)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x4000_0000
_INTERNET = (2, 10)
"""IPv4 and IPv6: no local sockets, no netlink, nothing raw."""

_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_AUDIT_NUMBER, _AUDIT_ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_THREAD = 0x0001_0000
_Step = tuple[int, int, int, int]


class NoFilter(OSError):
    """The kernel takes no filter, or this processor's call numbers are not known here."""


def look() -> None:
    """Raises NoFilter when there can be none."""
    if platform.machine() not in _ARCHITECTURES:
        raise NoFilter(f"the call numbers of {platform.machine()} are not known here")
    if not _ACTIONS.exists():
        raise NoFilter("this kernel does not have it")


def restrict(*, internet: bool) -> None:
    """Refuses all that is listed above, for all threads and for good. Needs no_new_privs.

    `internet`: IPv4 and IPv6 sockets may be opened and connected. Raises NoFilter.
    """
    look()
    column, architecture = _ARCHITECTURES[platform.machine()]
    steps = _program(column, architecture, internet=internet, own_pid=os.getpid())
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: a short count, and where the steps are.
    program = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    number = ctypes.c_long(_there(_SECCOMP[column]))
    mode, flags = ctypes.c_long(_SET_MODE_FILTER), ctypes.c_long(_ALL_THREADS)
    answer = libc.syscall(number, mode, flags, program)
    if answer:
        # Above zero: the id of a thread that has a filter of its own.
        raise NoFilter(os.strerror(ctypes.get_errno()) if answer < 0 else "a filter is there")


def _program(column: int, architecture: int, *, internet: bool, own_pid: int) -> list[_Step]:
    refused = dict(_ALWAYS) if internet else _ALWAYS | _WITHOUT_NETWORK
    steps: list[_Step] = [
        (_LOAD, 0, 0, _AUDIT_ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _AUDIT_NUMBER),
        # The same processor's other set of numbers, under which all of this could be called.
        (_AT_LEAST, 0, 1, _X32),
        _refuse(errno.EPERM),
        # Its flags lie in memory, where a filter cannot look; libc then falls back to clone.
        (_EQUAL, 0, 1, _CLONE3),
        _refuse(errno.ENOSYS),
    ]
    for numbers in refused.values():
        if (number := numbers[column]) is not None:
            steps += [(_EQUAL, 0, 1, number), _refuse(errno.EPERM)]
    steps += _argument(_there(_CLONE[column]), (_ANY_BIT, 1, 0, _THREAD))
    steps += _argument(_there(_TGKILL[column]), (_EQUAL, 1, 0, own_pid))
    if internet:
        either: list[_Step] = [(_EQUAL, 2, 0, _INTERNET[0]), (_EQUAL, 1, 0, _INTERNET[1])]
        steps += _argument(_there(_SOCKET[column]), *either)
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _argument(number: int, *tests: _Step) -> Sequence[_Step]:
    """For one call: what its first argument must be; a test that holds jumps over the refusal."""
    inside: list[_Step] = [
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        *tests,
        _refuse(errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return [(_EQUAL, 0, len(inside), number), *inside]


def _refuse(code: int) -> _Step:
    return (_RETURN, 0, 0, _ERRNO | code)


def _there(number: int | None) -> int:
    if number is None:
        raise NoFilter("no such call here")
    return number
