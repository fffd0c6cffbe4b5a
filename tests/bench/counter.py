"""From the frame to the painted card, from confirm to painted green, and the memory it takes."""

from __future__ import annotations

from pathlib import Path

from tests.bench.context import Context
from tests.bench.figures import Figure, spread
from tests.bench.processes import Program, family, memory_of
from tests.bench.shop import CLERK, CLERK_PIN

CUSTOMERS = 60
FRAME_MS = 33.0
MIB = 1024 * 1024
MEMORY_MIB = 200.0
SCANNING_MIB = 80e6 / MIB

CARD_PARTS = {
    "decode": "decode",
    "camera": "wait for the decoder, preview, pipe",
    "gate": "scan gate, queue to the window",
    "prepare": "verify, ledger",
    "card_paint": "queue, lay out, paint",
}
GREEN_PARTS = {
    "fsync": "the commit's fsync",
    "commit": "ledger without it",
    "green_paint": "queue, lay out, paint",
}


def measure(context: Context) -> list[Figure]:
    """All of it, on every screen there is."""
    shop = context.shop()
    figures: list[Figure] = []
    for screen, env in context.screens.items():
        shop.open()
        context.tell(f"{CUSTOMERS} customers, {screen}")
        texts = context.new_path("texts")
        texts.write_text("\n".join(shop.issue(CUSTOMERS)), "utf-8")
        with Program("counter", *_arguments(context, texts), env=env) as counter:
            ready = counter.hear()
            counter.go_on()
            rows = counter.hear()["rows"]
            # Central's processes share libraries with the kiosk and would make it look smaller.
            shop.close()
            figures += _latencies(screen, rows)
            # A simulated camera is no part of a terminal, and shares libraries with it as well.
            terminal = [pid for pid in family(counter.pid) if pid != ready["simulation"]]
            when = f"after {CUSTOMERS} ({screen})"
            figures += memory_figures(when, terminal, ready["scanner"])
    return figures


def _arguments(context: Context, texts: Path) -> list[str]:
    scene = context.new_path("scene.json")
    home = context.shop().home
    return [
        *("--home", str(home), "--scene", str(scene), "--texts", str(texts)),
        *("--staff", CLERK, "--pin", CLERK_PIN),
    ]


def _latencies(screen: str, rows: list[dict[str, float]]) -> list[Figure]:
    def column(name: str) -> list[float]:
        return [row[name] for row in rows]

    without_fsync = [row["green"] - row["fsync"] for row in rows]
    figures = spread(f"frame → painted card ({screen})", column("card"), budget=FRAME_MS)
    figures.append(Figure("  the first after the start", rows[0]["card"], "ms"))
    for key, name in CARD_PARTS.items():
        figures += spread(f"  {name}", column(key))
    figures += spread(f"confirm → painted green ({screen})", column("green"))
    figures += spread("  without the fsync", without_fsync, budget=FRAME_MS)
    figures.append(Figure("  the first after the start", without_fsync[0], "ms"))
    for key, name in GREEN_PARTS.items():
        figures += spread(f"  {name}", column(key))
    return figures


def memory_figures(when: str, pids: list[int], scanner: int) -> list[Figure]:
    """The sum, and what each process has of it; as if nobody else had the same libraries open."""
    whole, scanning = memory_of(pids), memory_of([scanner])
    window = memory_of([pid for pid in pids if pid != scanner])
    return [
        Figure(
            f"memory {when}",
            whole.alone / MIB,
            "MiB",
            MEMORY_MIB,
            note=f"{len(pids)} processes; sum of PSS, shared with strangers:"
            f" {sum(whole.pss.values()) / MIB:.0f} MiB",
        ),
        # By itself, each has all that both load; together they have it once.
        Figure("  window, by itself", window.alone / MIB, "MiB"),
        Figure(
            "  scanning process, by itself",
            scanning.alone / MIB,
            "MiB",
            SCANNING_MIB,
            note=f"PSS {sum(scanning.pss.values()) / MIB:.0f} MiB",
        ),
    ]
