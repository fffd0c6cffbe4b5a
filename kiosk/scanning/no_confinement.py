"""Systems whose ways of confining a process are not known here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.scanning.confinement import Allowance, Part


def parts(_allowance: Allowance, _memory_bytes: int) -> tuple[Part, ...]:
    """One part, which is missing."""
    return probes()


def probes() -> tuple[Part, ...]:
    """One part, which is missing."""
    return (("confinement", _unknown),)


def _unknown() -> None:
    raise OSError(f"not known for {sys.platform}")
