"""Codes read from the shared pictures."""

from __future__ import annotations

from typing import Any

from tests.bench.context import Context, test_data
from tests.bench.figures import Figure, quantile
from tests.bench.processes import answer_of


def measure(context: Context) -> list[Figure]:
    """The pipeline, zxing-cpp alone and pyzbar alone, on the same pictures one after the other."""
    data = test_data()
    context.tell("reading the shared pictures")
    told: dict[str, Any] = answer_of("reading", str(data))
    figures = _compared("photographs", told["photos"])
    for kind, found in told["frames"].items():
        figures += _compared(f"frames, {kind}", found)
    for name, stream in told["streams"].items():
        waited = stream["waited_ms"]
        if not stream["visible"]:
            note = "no code in it"
        else:
            note = "not read" if waited is None else f"read {waited} ms after it was whole in view"
        figures.append(Figure(f"stream {name}: of one core", stream["share"], "%", note=note))
    return figures


def _compared(what: str, found: dict[str, Any]) -> list[Figure]:
    figures = []
    for name, reader in found["readers"].items():
        ms = reader["ms"]
        note = f"{quantile(ms, 0.5):.2f} ms p50, {quantile(ms, 0.95):.1f} ms p95"
        wrong = f"{reader['wrong']} false reads"
        if found["pictures"]:
            figures.append(Figure(f"{what}: {name}", reader["read"], "%", note=f"{note}, {wrong}"))
        else:
            figures.append(Figure(f"{what}: {name}", quantile(ms, 0.5), "ms p50", note=wrong))
    return figures
