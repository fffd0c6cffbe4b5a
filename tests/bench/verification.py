"""How long a code's verdict takes, accepted and refused."""

from __future__ import annotations

from typing import Any

from tests.bench.context import Context
from tests.bench.figures import Figure, quantile, spread
from tests.bench.processes import answer_of

ACCEPTED_WITHIN_MS = 1.5
REFUSED_WITHIN_MS = 5.0


def measure(context: Context) -> list[Figure]:
    """One thread, text → verdict. Bare: its signature checks alone; V3 has two."""
    context.tell("verifying codes")
    told: dict[str, Any] = answer_of("verification")
    figures = []
    for name, times in told["accepted"].items():
        named = f"{name}, {times['characters']:.0f} characters"
        figures += [
            Figure(f"{named}, p50", *_at(times, 0.5)),
            Figure(f"{named}, p99", *_at(times, 0.99), note=f"n = {len(times['whole'])}"),
        ]
        stock = quantile(times["cwt"], 0.5), quantile(times["cwt"], 0.99)
        bare = quantile(times["bare"], 0.5), quantile(times["bare"], 0.99)
        figures += [
            Figure("  base45 and cwt.decode, p50", stock[0], "ms", baseline=bare[0]),
            Figure("  base45 and cwt.decode, p99", stock[1], "ms", baseline=bare[1]),
        ]
    for name, times in told["refusals"].items():
        figures += spread(f"refusals: {name}", times, budget=REFUSED_WITHIN_MS)
    return figures


def _at(times: dict[str, list[float]], share: float) -> tuple[float, str, float | None, float]:
    """Value, unit, budget and baseline."""
    budget = ACCEPTED_WITHIN_MS if share > 0.5 else None
    return quantile(times["whole"], share), "ms", budget, quantile(times["bare"], share)
