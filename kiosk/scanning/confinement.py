"""Takes from the scanning process what it does not need, before it sees the first pixel.

A decoder taken over by a hostile picture then has its own memory, the pipe to its parent and its
camera, and nothing else: no file of the terminal, no other program, no other process, no network
unless the camera is one. For good: nothing here can be undone. Standard library only. (ADR 13)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MEMORY_BYTES = 1 << 30
"""A 40-megapixel picture or a 4K stream needs a third of it; a bomb ends the process, not the
machine."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a confined process, besides what it has open already."""

    read: tuple[Path, ...] = ()
    """Files, and folders with all beneath them."""
    device: Path | None = None
    """A camera's device file: also written to and commanded."""
    connect_port: int | None = None
    """A network camera's TCP port; None: no network at all."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A part of the confinement that this machine does not give, and why, in plain words."""

    part: str
    why: str

    def __str__(self) -> str:
        return f"{self.part} ({self.why})"


Part = tuple[str, Callable[[], None]]
"""A part's name, and what takes it or looks for it; raises OSError where it is not to be had."""

if sys.platform == "linux":
    from kiosk.scanning import linux_confinement as _here
elif sys.platform == "win32":
    from kiosk.scanning import windows_job as _here
else:
    from kiosk.scanning import no_confinement as _here


def confine(allowance: Allowance, *, memory_bytes: int = MEMORY_BYTES) -> tuple[Missing, ...]:
    """Confines the calling process; returns what could not be done. Never raises for that.

    To be called while there is one thread: Landlock holds for the caller and what it starts later.
    """
    return _tried(_here.parts(allowance, memory_bytes))


def missing() -> tuple[Missing, ...]:
    """What this machine would not give, found out without confining anybody: for the doctor."""
    return _tried(_here.probes())


def _tried(parts: tuple[Part, ...]) -> tuple[Missing, ...]:
    lacking = []
    for part, take in parts:
        try:
            take()
        except (OSError, ValueError) as error:
            lacking.append(Missing(part, str(error)))
    return tuple(lacking)
