"""Codes verified a second."""

from __future__ import annotations

from typing import Any

from tests.bench.context import Context
from tests.bench.figures import Figure
from tests.bench.processes import answer_of


def measure(context: Context) -> list[Figure]:
    """One thread, from the text to the claims; bare: the signature alone."""
    context.tell("verifying codes")
    told: dict[str, Any] = answer_of("verification")
    return [
        Figure(
            f"{name}, {rates['characters']:.0f} characters",
            rates["rate"],
            "/s",
            baseline=rates["bare"],
            note="bare: the signature alone",
        )
        for name, rates in told.items()
    ]
