"""What central counts for Prometheus, besides Litestar's request figures."""

from __future__ import annotations

from collections import Counter as Tally

from prometheus_client import Counter

from kiosk.protocol.messages import BatchAnswer

_entries = Counter("central_entries", "Ledger entries handed in, by outcome", ["state"])


def count_entries(answer: BatchAnswer) -> None:
    """Note the outcomes of a batch."""
    for state, number in Tally(outcome.state for outcome in answer.outcomes).items():
        _entries.labels(state).inc(number)
