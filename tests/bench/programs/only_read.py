"""Reads a source at its pace and throws the frames away: what a camera costs without scanning."""

from __future__ import annotations

import sys
import time

from kiosk.scanning.source import open_source
from tests.bench.programs.saying import say


def main() -> int:
    """`only_read.py SOURCE SECONDS`"""
    spec, seconds = sys.argv[1], float(sys.argv[2])
    source = open_source(spec)
    source.read()
    began_s, cpu_s, frames = time.monotonic(), time.process_time(), 0
    while time.monotonic() - began_s < seconds:
        frames += source.read() is not None
    passed_s, used_s = time.monotonic() - began_s, time.process_time() - cpu_s
    say({"share": used_s / passed_s, "fps": frames / passed_s})
    return 0


if __name__ == "__main__":
    sys.exit(main())
