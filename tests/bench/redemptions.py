"""Durable redemptions a second."""

from __future__ import annotations

from typing import Any

from tests.bench.context import Context
from tests.bench.figures import Figure
from tests.bench.processes import answer_of


def measure(context: Context) -> list[Figure]:
    """One thread; no network."""
    context.tell("durable redemptions")
    told: dict[str, Any] = answer_of("redemptions", str(context.new_path("ledger")))
    bare, commit, serve = told["bare"], told["commit"], told["serve"]
    row = f"bare: rows of {told['row_bytes']} bytes into SQLCipher, the same fsync"
    return [
        Figure(
            "ledger: commit a redemption", commit["rate"], "/s", baseline=bare["rate"], note=row
        ),
        Figure("counter: prepare and confirm", serve["rate"], "/s", baseline=bare["rate"]),
        Figure("COMMIT with its fsync, p50", commit["commit_ms"], "ms", baseline=bare["commit_ms"]),
        Figure(
            "one redemption without its COMMIT",
            1e3 / commit["rate"] - commit["commit_ms"],
            "ms",
            baseline=1e3 / bare["rate"] - bare["commit_ms"],
        ),
    ]
