"""When to try again: exponential backoff with full jitter."""

from __future__ import annotations

import random

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
SHORTEST_DELAY_S = 0.05
LONGEST_ASKED_S = 3600.0
"""A central that asks for more patience than this is not believed."""


def retry_delay_s(
    attempts: int,
    rng: random.Random,
    *,
    retry_after_s: float | None = None,
    longest_s: float = LONGEST_DELAY_S,
) -> float:
    """Seconds to wait after ``attempts`` failures; at least what Retry-After asked for.

    Full jitter (uniform between 0 and the exponential bound) spreads 10,000 terminals that
    lost central at the same moment, also those that were all told the same Retry-After.
    A small floor keeps it from being a hot loop.
    """
    bound_s = min(longest_s, FIRST_DELAY_S * 2.0 ** min(max(attempts - 1, 0), 30))
    delay_s = max(SHORTEST_DELAY_S, rng.uniform(0.0, bound_s))
    asked_s = min(max(retry_after_s or 0.0, 0.0), LONGEST_ASKED_S)
    return asked_s + delay_s
