"""When to try again: exponential backoff with full jitter."""

from __future__ import annotations

import random

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0


def retry_delay_s(
    attempts: int, rng: random.Random, *, retry_after_s: float | None = None
) -> float:
    """Seconds to wait after ``attempts`` failures; at least what Retry-After asked for.

    Full jitter (uniform between 0 and the exponential bound) spreads 10,000 terminals that
    lost central at the same moment. A small floor keeps it from being a hot loop.
    """
    bound_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(max(attempts - 1, 0), 30))
    delay_s = max(0.05, rng.uniform(0.0, bound_s))
    return max(delay_s, retry_after_s or 0.0)
