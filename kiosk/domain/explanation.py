"""What a check looked at and what it found: for people who ask why a code was refused."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Explained:
    """One step of the check order, as it went for one code."""

    check: str
    inputs: dict[str, object]
    """Plain values: numbers, texts, bytes, None for what is not there."""
    refusal: Verdict | None
    """None when nothing spoke against the code."""
