"""Code texts from standard input, one a line, in bounded memory whatever comes.

A line ``V0:SERIAL:PASSWORD`` is a typed serial (tier V0).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE_BYTES = 8192
"""Far above the longest code; a longer line is cut, and refused as too long by the verifier."""

TYPED = "V0:"
"""What a line with a typed serial begins with."""


def typed_serial(text: str) -> tuple[str, str] | None:
    """Serial and password of a line ``V0:SERIAL:PASSWORD``; None when it is a code."""
    if not text.startswith(TYPED):
        return None
    serial, _, password = text.removeprefix(TYPED).partition(":")
    return serial, password


def code_lines(stream: BinaryIO | None = None) -> Iterator[str]:
    """Each line's text without its end of line; bytes that are no UTF-8 become U+FFFD."""
    source = sys.stdin.buffer if stream is None else stream
    while line := source.readline(MAX_LINE_BYTES):
        rest = line
        while not rest.endswith(b"\n") and (rest := source.readline(MAX_LINE_BYTES)):
            pass  # the tail of an overlong line is dropped
        yield line.rstrip(b"\r\n").decode("utf-8", errors="replace")
