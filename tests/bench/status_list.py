"""The status list of a million vouchers."""

from __future__ import annotations

from typing import Any

from tests.bench.context import Context
from tests.bench.figures import Figure
from tests.bench.processes import answer_of

SHARES = (1, 50)
"""Per cent of the vouchers that are revoked."""


def measure(context: Context) -> list[Figure]:
    """Sizes, memory and times, at a terminal with a real ledger and at a central with SQLite."""
    figures = []
    for share in SHARES:
        context.tell(f"a million vouchers, {share} % revoked")
        folder = context.new_path("status")
        told: dict[str, Any] = answer_of("status_list", str(folder), str(share))
        figures += [
            Figure(f"{share} % revoked: whole list, signed", told["whole_kb"], "KB"),
            Figure("  delta with 100 changes, signed", told["delta_b"], "B"),
            Figure("  kept in memory", told["memory_kb"], "KB", note="1 bit a voucher"),
            Figure("  most memory while the whole list is taken", told["peak_kb"], "KB"),
            Figure("  look-up of one voucher", told["lookup_us"], "µs"),
            Figure("  taking the whole list, durably", told["take_whole_ms"], "ms"),
            Figure("  taking the delta, durably", told["take_delta_ms"], "ms"),
            Figure("  central: whole list, first time", told["first_ms"], "ms"),
            Figure("  central: delta after 100 revocations", told["delta_ms"], "ms"),
            Figure("  central: answer kept ready", told["ready_ms"], "ms"),
        ]
    return figures
