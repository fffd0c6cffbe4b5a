"""The terminal's challenge: digits that a phone must sign, so that its showing is of now."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

DIGITS = 8


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the terminal shows; valid until used or over."""

    digits: str
    valid_until_s: float
    """Monotonic seconds."""


def new_challenge(now_s: float, valid_s: float) -> Challenge:
    """Digits that nobody can foresee; ``now_s`` is monotonic."""
    return Challenge(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", now_s + valid_s)
