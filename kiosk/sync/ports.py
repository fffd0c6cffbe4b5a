"""What sync needs of the ledger; the ledger's adapters fit these shapes without importing them.

All calls block until they are durable where they write. Any sync thread may call them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.clock import Instant
from kiosk.protocol.entries import Outgoing, Window
from kiosk.protocol.messages import ChangesAnswer, Outcome, RedemptionChange, ReplicaCounts


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who this terminal is to central."""

    terminal: str
    store: str
    central_url: str
    ca_file: str | None
    """PEM file of a private CA; None means the system's."""
    key: Ed25519PrivateKey


class Outbox(Protocol):
    """Entries that central has not acknowledged. Nothing is ever deleted from it."""

    def recover(self) -> int:
        """After a start: what was in flight is queued again. Returns how many."""
        ...

    def take(self, max_entries: int, max_bytes: int) -> tuple[Outgoing, ...]:
        """The oldest entries, marked in flight, up to the first that is not due yet."""
        ...

    def settle(self, outcomes: Sequence[Outcome], sent: Sequence[Outgoing]) -> None:
        """Store central's outcome (and receipt) per entry; a missing one is queued again."""
        ...

    def give_back(self, sent: Sequence[Outgoing], answer: str, retry_in_s: float) -> None:
        """No usable answer: queue again with one more attempt, due after ``retry_in_s``."""
        ...

    def due_in_s(self) -> float | None:
        """Seconds until the oldest entry is due (0 = now); None when nothing waits."""
        ...

    def acknowledged_before(
        self, before: tuple[int, int] | None, max_entries: int
    ) -> Window | None:
        """The last acknowledged entries before a position (None: of all), within one epoch."""
        ...

    def queue_again(self, epoch: int, ranges: Sequence[tuple[int, int]]) -> int:
        """Queue acknowledged entries that central lacks once more; how many they are."""
        ...


class Replica(Protocol):
    """What the terminal has downloaded."""

    def cursor(self) -> str:
        """Where the changes feed goes on; empty before the first snapshot."""
        ...

    def apply(self, page: ChangesAnswer) -> None:
        """Apply a page and advance the cursor, in one transaction (crash-safe, idempotent)."""
        ...

    def restart(self) -> None:
        """Central no longer knows our cursor: take a fresh snapshot, then sweep what it lacks."""
        ...

    def learn(self, redemptions: Sequence[RedemptionChange]) -> None:
        """Redemptions that a claim's answer told of, ahead of the feed."""
        ...

    def counts(self) -> ReplicaCounts:
        """How many things of each kind it holds."""
        ...


class StatusLists(Protocol):
    """The status lists that the terminal has; one thread takes new ones."""

    def versions(self) -> dict[int, int]:
        """The lists that are here, and the version of each."""
        ...

    def take(self, list_id: int, document: bytes) -> None:
        """Put a signed list or delta in force, durably; raises DocumentError when refused.

        ``status_delta_base``: the whole list is needed.
        """
        ...


class TimeKeeper(Protocol):
    """Trusted time."""

    def now(self) -> Instant:
        """Trusted now."""
        ...

    def settle(self, central_s: float) -> None:
        """Central (authenticated by TLS or on loopback) said what time it is."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerPorts:
    """The terminal's ledger as sync sees it."""

    outbox: Outbox
    replica: Replica
    time_keeper: TimeKeeper
    status_lists: StatusLists


__all__ = [
    "Credentials",
    "LedgerPorts",
    "Outbox",
    "Outgoing",
    "Replica",
    "StatusLists",
    "TimeKeeper",
]
