"""What the terminal costs while nobody stands before it."""

from __future__ import annotations

import time

from tests.bench.context import Context, need_proc
from tests.bench.counter import memory_figures
from tests.bench.figures import Figure
from tests.bench.processes import Program, answer_of, family, processor_s
from tests.bench.shop import CLERK, CLERK_PIN

WATCHED_S = 12.0
STREAM_S = 30.0
BUDGET_PERCENT = 15.0


def measure(context: Context) -> list[Figure]:
    """On the most lifelike screen; without central, whose libraries would be shared."""
    need_proc()
    shop = context.shop()
    stream = context.empty_stream(STREAM_S)
    shop.close()
    reading = answer_of("only_read", str(stream), f"{WATCHED_S:g}")
    screen, env = list(context.screens.items())[-1]
    context.tell(f"an empty 720p/30 stream, {screen}")
    arguments = ["--home", str(shop.home), "--camera", str(stream)]
    arguments += ["--staff", CLERK, "--pin", CLERK_PIN]
    with Program("counter", *arguments, env=env) as counter:
        scanner = counter.hear()["scanner"]
        began_s = time.monotonic()
        before = {pid: processor_s(pid) for pid in (counter.pid, scanner)}
        time.sleep(WATCHED_S)
        passed_s = time.monotonic() - began_s
        window, scanning = (
            100 * (processor_s(pid) - before[pid]) / passed_s for pid in (counter.pid, scanner)
        )
        memory = memory_figures(f"at rest ({screen})", family(counter.pid), scanner)
        counter.go_on()
    read = 100 * reading["share"]
    return [
        Figure(
            "of one core: window and scanning",
            window + scanning - read,
            "%",
            BUDGET_PERCENT,
            note="without the reading of JPEG pictures",
        ),
        Figure("  window", window, "%", note=f"{screen}; paints the preview"),
        Figure("  scanning process", scanning, "%", note="reading included"),
        Figure("  only reading", read, "%", note=f"the same frames, {reading['fps']:.1f}/s"),
        *memory,
    ]
