"""How a test starts ``kiosk``: as its users do, or (where one can fork) without the loading.

Loading the program takes a second of processor time. A crash test that starts it a thousand
times would spend its time on that; so a server that has loaded it forks a process for each
command. What runs in there is the same program with its own process id, files and locks.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

ROOT = Path(__file__).parents[2]
KIOSK = (sys.executable, "-m", "kiosk")
_LOADED = (
    *("kiosk.bootstrap", "kiosk.logs", "kiosk.ledger.export", "kiosk.commands.known_errors"),
    *("kiosk.central.serving", "kiosk.central.app", "kiosk.central.export"),
    *("kiosk.scanning.picture", "kiosk.scanning.process", "kiosk.devices.signals"),
)


class Process(Protocol):
    """The part of ``subprocess.Popen`` that is used here."""

    @property
    def pid(self) -> int: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...
    def terminate(self) -> None: ...


def start_cold(
    command: Sequence[str], stdin: IO[bytes] | int, stdout: IO[bytes] | int, stderr: IO[bytes]
) -> Process:
    """Any command line as a new process."""
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, cwd=ROOT)


def start(
    arguments: Sequence[str], stdin: IO[bytes] | int, stdout: IO[bytes] | int, stderr: IO[bytes]
) -> Process:
    """One ``kiosk`` command as a new process, in the quickest way there is."""
    if sys.platform != "linux":
        return start_cold([*KIOSK, *arguments], stdin, stdout, stderr)
    return _Forked(arguments, stdin, stdout, stderr)


class _Forked:
    """A process that the server has forked."""

    def __init__(
        self,
        arguments: Sequence[str],
        stdin: IO[bytes] | int,
        stdout: IO[bytes] | int,
        stderr: IO[bytes],
    ) -> None:
        told, tells = os.pipe()
        files = [f if isinstance(f, int) else f.fileno() for f in (stdin, stdout, stderr)]
        try:
            socket.send_fds(_server(), [json.dumps(arguments).encode()], [*files, tells])
        finally:
            os.close(tells)
        self._told = os.fdopen(told, "rb", buffering=0)
        self.pid = int(self._line())
        self._status: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self._status is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("kiosk", timeout or 0)
            self._status = int(self._line())
            self._told.close()
        return self._status

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        # Once it has ended, its id may be another's.
        if self._status is None and not select.select([self._told], [], [], 0)[0]:
            os.kill(self.pid, number)

    def _line(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n"):
            byte = self._told.read(1)
            if not byte:
                raise AssertionError("the server that forks has ended")
            line += byte
        return bytes(line)


_connection: socket.socket | None = None


def _server() -> socket.socket:
    """The connection to this process's server, which ends with it."""
    global _connection  # noqa: PLW0603 - one a process, made when it is first needed
    if _connection is None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            server = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.starting", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
            )

        def end() -> None:
            ours.close()
            server.wait()

        atexit.register(end)
        _connection = ours
    return _connection


def _serve(connection: socket.socket) -> None:
    """Fork for every message; SystemExit (in the child) carries a command's exit status."""
    for name in _LOADED:
        importlib.import_module(name)
    gc.freeze()  # what is loaded is shared by all, not looked through again by each
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the ones that watch
    while True:
        message, files, _, _ = socket.recv_fds(connection, 65536, 4)
        if not message:
            return
        if os.fork() == 0:
            connection.close()
            _watch(json.loads(message), files)
        for file in files:
            os.close(file)


def _watch(arguments: list[str], files: list[int]) -> None:
    """Run the command in a child of this process; tell its process id, then its exit status."""
    *standard, tells = files
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(tells)
        for number, file in enumerate(standard):
            os.dup2(file, number)
            os.close(file)
        from kiosk.__main__ import main

        sys.exit(main(arguments))
    for file in (*standard, 0, 1, 2):
        os.close(file)
    os.write(tells, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(tells, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as given:
        _serve(given)
