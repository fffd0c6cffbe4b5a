"""From the start of `kiosk run` to a window that scans."""

from __future__ import annotations

import time

from tests.bench.context import Context
from tests.bench.figures import Figure, quantile
from tests.bench.processes import answer_of

RUNS = 7
BUDGET_S = 1.5
STREAM_S = 20


def measure(context: Context) -> list[Figure]:
    """Warm: one start before those that count."""
    home = context.shop().home
    stream = context.empty_stream(STREAM_S)
    figures: list[Figure] = []
    for screen, env in context.screens.items():
        context.tell(f"{RUNS} starts, {screen}")
        starts = []
        for _ in range(RUNS + 1):
            now_s = time.monotonic()
            starts.append(answer_of("start", f"{now_s!r}", str(home), str(stream), env=env))
        counted = starts[1:]
        scanning = [max(start["painted_s"], start["live_s"]) for start in counted]
        figures += _runs(f"start → scanning window ({screen})", scanning, BUDGET_S)
        for key, name in (
            ("imported_s", "libraries imported"),
            ("painted_s", "first painted window"),
            ("live_s", "first camera frame"),
        ):
            figures += _runs(f"  {name}", [start[key] for start in counted])[1:2]
    return figures


def _runs(name: str, seconds: list[float], budget_s: float | None = None) -> list[Figure]:
    return [
        Figure(f"{name}, fastest", min(seconds), "s"),
        Figure(f"{name}, median", quantile(seconds, 0.5), "s", budget_s, note=f"n = {RUNS}"),
        Figure(f"{name}, slowest", max(seconds), "s"),
    ]
