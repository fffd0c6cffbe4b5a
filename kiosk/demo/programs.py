"""Other programs of this demonstration: central as a process of its own, and one-shot commands."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

START_WITHIN_S = 30.0
STOP_WITHIN_S = 5.0


class ProgramFailed(Exception):
    """One of the demonstration's programs did not do its work; the message holds its own words."""


def kiosk_command(*arguments: str) -> list[str]:
    """The command line that runs this same program."""
    return [sys.executable, "-m", "kiosk", *arguments]


def run_kiosk(*arguments: str, given: str = "") -> str:
    """Run one ``kiosk`` command to its end; its standard output. Raises ProgramFailed."""
    done = subprocess.run(
        kiosk_command(*arguments),
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    if done.returncode:
        words = done.stderr.strip() or f"exit status {done.returncode}"
        raise ProgramFailed(f"kiosk {' '.join(arguments[:2])}: {words}")
    return done.stdout


def json_lines(text: str) -> list[dict[str, object]]:
    """The objects of JSON lines."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]


class CentralProcess:
    """``kiosk central serve`` as a process; stopped by its own id, started again on its port."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self._log: IO[bytes] | None = None
        self.url = ""

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it accepts requests. Raises ProgramFailed."""
        self._log = (self._home / "central.log").open("ab")
        self._process = subprocess.Popen(
            kiosk_command(
                "central",
                "serve",
                "--with-stdin",
                "--home",
                str(self._home),
                "--port",
                str(self._port),
            ),
            stdin=subprocess.PIPE,  # ends with this program, however it ends; central follows
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
        )
        alarm = threading.Timer(START_WITHIN_S, self._process.kill)
        alarm.start()
        try:
            line = self._process.stdout.readline().strip() if self._process.stdout else ""
        finally:
            alarm.cancel()
        _, found, url = line.partition("listening on ")
        if not found:
            self.stop()
            raise ProgramFailed(f"central did not start; see {self._home / 'central.log'}")
        self.url = url
        self._port = int(url.rpartition(":")[2])

    def stop(self) -> None:
        """End the process; what it has acknowledged is in its database."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        if self._log is not None:
            self._log.close()
            self._log = None
