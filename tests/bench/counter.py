"""From the frame to the painted card, from confirm to painted green, and the memory it takes."""

from __future__ import annotations

from pathlib import Path

from tests.bench.context import Context
from tests.bench.figures import Figure, spread
from tests.bench.processes import Memory, Program, family, memory_of
from tests.bench.shop import CLERK, CLERK_PIN

CUSTOMERS = 60
FRAME_MS = 33.0
MIB = 1024 * 1024
MEMORY_MIB = 200.0

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
            scanner = counter.hear()["scanner"]
            counter.go_on()
            rows = counter.hear()["rows"]
            # Central's processes share libraries with the kiosk and would make it look smaller.
            shop.close()
            figures += _latencies(screen, rows)
            memory = memory_of(family(counter.pid))
            figures += memory_figures(f"after {CUSTOMERS} ({screen})", memory, scanner)
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


def memory_figures(when: str, memory: Memory, scanner: int) -> list[Figure]:
    """The sum, and what each process has of it."""
    whole = sum(memory.pss.values())
    scanning = memory.pss.get(scanner, 0)
    rest = {"window": whole - scanning, "scanning process": scanning}
    figures = [
        Figure(
            f"memory {when}, sum of PSS",
            whole / MIB,
            "MiB",
            MEMORY_MIB,
            note=f"{len(memory.pss)} processes; {memory.alone / MIB:.0f} MiB"
            " if nobody else had the same libraries open",
        )
    ]
    return figures + [Figure(f"  {name}", size / MIB, "MiB") for name, size in rest.items()]
