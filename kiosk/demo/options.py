"""What the demonstration was asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Options of ``kiosk demo``."""

    tour: bool
    """Run by itself and compare; else a person presses the buttons."""
    json: bool
    screenshots: Path | None
    language: str
    size: tuple[int, int]
    home: Path | None
    """Work in this folder and leave everything there."""


def size_of(text: str) -> tuple[int, int]:
    """``1280x800`` as numbers; ValueError."""
    width, separator, height = text.lower().partition("x")
    if not (separator and width.isdigit() and height.isdigit()):
        message = f"{text!r} is not WIDTHxHEIGHT"
        raise ValueError(message)
    if not (960 <= int(width) <= 7680 and 560 <= int(height) <= 4320):
        message = "between 960x560 and 7680x4320"
        raise ValueError(message)
    return int(width), int(height)
