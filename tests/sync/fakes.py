"""The ledger's side of sync, in memory."""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kiosk.domain.clock import Confidence, Instant
from kiosk.protocol.entries import Window
from kiosk.protocol.messages import ChangesAnswer, Outcome, RedemptionChange, ReplicaCounts
from kiosk.protocol.signed import DocumentError
from kiosk.sync.ports import Outgoing


@dataclass
class SteppedClock:
    """Monotonic seconds that only the test moves."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Row:
    entry: Outgoing
    state: str = "queued"
    attempts: int = 0
    due_s: float = 0.0
    answer: str = ""
    outcome: Outcome | None = None


class MemoryOutbox:
    """Implements Outbox. ``changed`` is notified after each call that changes rows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.changed = threading.Condition()
        self.rows: dict[bytes, Row] = {}
        self.recoveries = 0
        self.broken: Exception | None = None
        self.give_backs: list[tuple[str, float]] = []

    def add(self, *sealed: bytes) -> list[Outgoing]:
        entries = [Outgoing(hashlib.sha256(one).digest(), one) for one in sealed]
        with self.changed:
            for entry in entries:
                self.rows[entry.hash] = Row(entry)
        return entries

    def states(self) -> list[str]:
        with self.changed:
            return [row.state for row in self.rows.values()]

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        with self.changed:
            return self.changed.wait_for(condition, timeout_s)

    def all_in(self, *states: str) -> bool:
        return all(row.state in states for row in self.rows.values())

    def recover(self) -> int:
        with self.changed:
            self.recoveries += 1
            flying = [row for row in self.rows.values() if row.state == "in_flight"]
            for row in flying:
                row.state = "queued"
            return len(flying)

    def take(self, max_entries: int, max_bytes: int) -> tuple[Outgoing, ...]:
        with self.changed:
            self._check()
            chosen: list[Outgoing] = []
            size = 0
            for row in self.rows.values():
                if row.state != "queued":
                    continue
                if row.due_s > self.clock():
                    break
                size += len(row.entry.sealed)
                if len(chosen) == max_entries or (chosen and size > max_bytes):
                    break
                row.state = "in_flight"
                chosen.append(row.entry)
            return tuple(chosen)

    def settle(self, outcomes: Sequence[Outcome], sent: Sequence[Outgoing]) -> None:
        by_hash = {outcome.entry: outcome for outcome in outcomes}
        assert set(by_hash) == {entry.hash for entry in sent}
        with self.changed:
            self._check()
            for entry in sent:
                row = self.rows[entry.hash]
                assert row.state == "in_flight"
                row.outcome = by_hash[entry.hash]
                done = {"applied": "acked", "duplicate": "acked"}
                row.state = done.get(row.outcome.state, row.outcome.state)
            self.changed.notify_all()

    def give_back(self, sent: Sequence[Outgoing], answer: str, retry_in_s: float) -> None:
        with self.changed:
            self._check()
            self.give_backs.append((answer, retry_in_s))
            for entry in sent:
                row = self.rows[entry.hash]
                assert row.state == "in_flight"
                row.state, row.answer = "queued", answer
                row.attempts += 1
                row.due_s = self.clock() + retry_in_s
            self.changed.notify_all()

    def due_in_s(self) -> float | None:
        with self.changed:
            self._check()
            due = [row.due_s for row in self.rows.values() if row.state == "queued"]
            return max(0.0, due[0] - self.clock()) if due else None

    def acknowledged_before(
        self, before: tuple[int, int] | None, max_entries: int
    ) -> Window | None:
        """Rows are numbered from 1 in epoch 1."""
        with self.changed:
            acked = [
                number
                for number, row in enumerate(self.rows.values(), start=1)
                if row.state in {"acked", "conflict"} and (before is None or (1, number) < before)
            ]
        return Window(1, max(1, acked[-1] - max_entries + 1), acked[-1]) if acked else None

    def queue_again(self, epoch: int, ranges: Sequence[tuple[int, int]]) -> int:
        assert epoch == 1
        with self.changed:
            lost = [
                row
                for number, row in enumerate(self.rows.values(), start=1)
                if any(first <= number <= last for first, last in ranges)
                and row.state in {"acked", "conflict"}
            ]
            for row in lost:
                row.state = "queued"
            self.changed.notify_all()
            return len(lost)

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken


class MemoryReplica:
    """Implements Replica."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.at = ""
        self.pages: list[ChangesAnswer] = []
        self.restarts = 0
        self.learned: list[RedemptionChange] = []
        self.held = ReplicaCounts(0, 0, 0, 0, 0)
        self.broken: Exception | None = None

    def cursor(self) -> str:
        with self.changed:
            return self.at

    def apply(self, page: ChangesAnswer) -> None:
        with self.changed:
            if self.broken is not None:
                raise self.broken
            self.pages.append(page)
            self.at = page.cursor
            self.changed.notify_all()

    def restart(self) -> None:
        with self.changed:
            self.restarts += 1
            self.at = ""
            self.changed.notify_all()

    def counts(self) -> ReplicaCounts:
        return self.held

    def learn(self, redemptions: Sequence[RedemptionChange]) -> None:
        with self.changed:
            if self.broken is not None:
                raise self.broken
            self.learned += redemptions
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        with self.changed:
            return self.changed.wait_for(condition, timeout_s)

    def changes(self) -> int:
        return sum(len(page.changes) for page in self.pages)


class MemoryStatusLists:
    """Implements StatusLists: a document is ``VERSION`` or ``BASE>VERSION`` in ASCII."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.held: dict[int, int] = {}
        self.taken: list[tuple[int, bytes]] = []
        self.refusal = ""

    def versions(self) -> dict[int, int]:
        with self.changed:
            return dict(self.held)

    def take(self, list_id: int, document: bytes) -> None:
        with self.changed:
            if self.refusal:
                raise DocumentError(self.refusal)
            base, delta, version = document.decode().rpartition(">")
            if delta and self.held.get(list_id) != int(base):
                raise DocumentError("status_delta_base")
            self.held[list_id] = int(version)
            self.taken.append((list_id, document))
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        with self.changed:
            return self.changed.wait_for(condition, timeout_s)


@dataclass
class FakeTimeKeeper:
    """Implements TimeKeeper; trusted time never goes back, as in the domain's rules."""

    offset_s: float = 0.0
    settled: list[float] = field(default_factory=list)

    def now(self) -> Instant:
        return Instant(int(time.time() + self.offset_s), Confidence.CARRIED)

    def settle(self, central_s: float) -> None:
        self.settled.append(central_s)
        self.offset_s = max(self.offset_s, central_s - time.time())
