"""Where windows are painted: into memory (offscreen), or on an X server of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

START_WITHIN_S = 20.0
_PASSED_ON = {"LANG": "C.UTF-8"}


@contextmanager
def screens() -> Iterator[dict[str, dict[str, str]]]:
    """The environments to measure windows in, by name; the most lifelike last."""
    found = {"offscreen": {"QT_QPA_PLATFORM": "offscreen"} | _PASSED_ON}
    program = shutil.which("Xvfb")
    if program is None:
        yield found
        return
    with _own_server(program) as display:
        yield found | {"Xvfb": {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display} | _PASSED_ON}


@contextmanager
def _own_server(program: str) -> Iterator[str]:
    """An X server on a free display, ended by its own process id."""
    told, tell = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(tell), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(tell,),
    )
    os.close(tell)
    alarm = threading.Timer(START_WITHIN_S, server.kill)
    alarm.start()
    try:
        with os.fdopen(told) as pipe:
            number = pipe.readline().strip()
        alarm.cancel()
        if not number:
            raise OSError("Xvfb did not start")
        yield f":{number}"
    finally:
        alarm.cancel()
        server.terminate()
        server.wait()
