"""A decoder that a hostile picture has taken over, as it were: tries all it could want.

`python -m tests.scanning.confined_program SOURCE HOME LISTENING OTHER [--free]`: confines itself
by the very call that the scanning process uses, tries, and prints what came of it as JSON. With
`--free` it does not confine itself: what is then tried must work, or trying would prove nothing.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.scanning import worker
from kiosk.scanning.place import Place

DONE = "done"


def main() -> None:
    """Try everything; the process is not expected to be of use afterwards."""
    source, home, listening, other = sys.argv[1:5]
    ledger, parent = Path(home) / "ledger.db", os.getppid()
    sink = os.open(os.devnull, os.O_WRONLY)
    tries: dict[str, Callable[[], object]] = {
        "read the ledger": ledger.read_bytes,
        "write the ledger": lambda: ledger.open("r+b").close(),
        "list the home": lambda: list(Path(home).iterdir()),
        "make a file in the home": (Path(home) / "made").touch,
        "rename the ledger": lambda: ledger.rename(ledger.with_name("moved.db")).rename(ledger),
        "read another process": Path(f"/proc/{parent}/environ").read_bytes,
        "connect to the source's port": lambda: connect(int(listening)),
        "connect to another port": lambda: connect(int(other)),
        "send a datagram": lambda: datagram(int(other)),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)).close(),
        "use a local socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "use netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "become a program": become,
        "signal its parent": lambda: os.kill(parent, 0),
        "call past the filter": io_uring,
        "start a thread": thread,
        "read its source": lambda: read(source),
    }
    if "--free" not in sys.argv:
        worker.confine_to(Place(source), worker.Out(sink))
    print(json.dumps({name: outcome(attempt) for name, attempt in tries.items()}))


def outcome(attempt: Callable[[], object]) -> str:
    """`done`, or which error it was."""
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return DONE


def connect(port: int) -> None:
    """By number: a name's look-up is another matter."""
    with socket.socket() as one:
        one.connect(("127.0.0.1", port))


def datagram(port: int) -> None:
    """To somebody who need not be there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"out", ("127.0.0.1", port))


def become() -> None:
    """`execve` without a fork before it; of a program that is none, so that we stay."""
    try:
        os.execv(os.devnull, ["nothing"])
    except PermissionError as error:
        # The kernel's own refusal of a file that may not be run is EACCES, a filter's is EPERM.
        if error.errno == 1:
            raise


def io_uring() -> None:
    """The kernel does what it is asked there without asking a filter."""
    libc = ctypes.CDLL(None, use_errno=True)
    parameters = ctypes.create_string_buffer(256)
    number, entries = ctypes.c_long(425), ctypes.c_long(4)
    if libc.syscall(number, entries, parameters) < 0 and ctypes.get_errno() == 1:
        raise PermissionError(1, "io_uring_setup")


def thread() -> None:
    """What a decoder needs."""
    one = threading.Thread(target=len, args=((),))
    one.start()
    one.join()


def read(source: str) -> None:
    """A folder's first picture."""
    if Path(source).is_dir():
        next(Path(source).iterdir()).read_bytes()


if __name__ == "__main__":
    main()
