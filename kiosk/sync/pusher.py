"""Outbox → central: at once when woken, in batches, on a schedule after failures."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import structlog

from kiosk.protocol.messages import MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, BatchAnswer, Outcome
from kiosk.sync.errors import CentralAnsweredBadly, CentralError
from kiosk.sync.loop import Loop
from kiosk.sync.pace import SHORTEST_REPEAT_S
from kiosk.sync.ports import Outbox, Outgoing

log = structlog.get_logger(__name__)

CONTENT_STATUSES = frozenset({400, 409, 413, 422})
"""A refusal of what was sent; 404, 405 and their like blame the address or central itself."""

PROBES = 32
"""Requests spent on the parts of a refused batch while central has taken none of them."""

REGAIN_ENTRIES = 25
"""How fast batches grow again after they were too large or too slow for the way to central."""


@dataclass(slots=True)
class Totals:
    """What was pushed since the start."""

    sent: int = 0
    applied: int = 0
    """Duplicates included: central has them."""
    conflicts: int = 0
    quarantined: int = 0
    last_error: str = ""


class Pusher:
    """The push loop, step by step; one thread at a time."""

    def __init__(self, loop: Loop, outbox: Outbox) -> None:
        self._loop = loop
        self._outbox = outbox
        self.totals = Totals()
        self._limit = MAX_BATCH_ENTRIES
        self._recovered = False
        self._vouched = False
        """Central took an entry since it last refused one: so it works, and the entry is bad."""

    def step(self) -> float | None:
        """Push one batch if one is due. Returns seconds until the next step; None = all sent.

        Raises only what the outbox raises; the next step then starts from what was in flight.
        """
        brake_s = self._loop.pace.left_s()
        if brake_s > 0:
            return brake_s
        if not self._recovered:
            self._outbox.recover()
            self._recovered = True
        due_s = self._outbox.due_in_s()
        if due_s is None or due_s > 0:
            return due_s
        batch = self._outbox.take(self._limit, MAX_BATCH_BYTES)
        if not batch:
            return SHORTEST_REPEAT_S  # due, yet not handed out: never spin
        self._recovered = False  # until the whole batch is accounted for
        self._recovered = self._push(batch)
        if self._recovered:
            self._loop.on_change()
        return self._loop.pace.left_s()

    def _push(self, batch: Sequence[Outgoing]) -> bool:
        """Send a batch; one refused as a whole is halved until the culprit stands alone.

        Returns whether every entry went back to the outbox, with an outcome or without.
        """
        parts = deque([batch])
        refused: list[tuple[Outgoing, CentralError]] = []
        taken, probes = False, 0
        while parts:
            part = parts[0]
            began_s = self._loop.clock()
            try:
                answer = self._loop.client.push_batch([entry.sealed for entry in part])
            except CentralError as error:
                if not _blames_content(error):
                    return self._give_up([*_flat(parts), *_entries(refused)], error)
                self._loop.link.succeeded(self._loop.clock() - began_s)
                log.warning("batch_refused", reason=error.reason, entries=len(part))
                parts.popleft()
                probes += 1
                if len(part) == 1:
                    refused.append((part[0], error))
                else:
                    middle = len(part) // 2
                    # In their order: central would miss the entry before.
                    parts.extendleft((part[middle:], part[:middle]))
                if probes >= PROBES and not taken and parts:
                    # It may be central that is broken: smaller batches, later.
                    self._limit = max(1, len(batch) // 2)
                    self._hold([*_flat(parts), *_entries(refused)], error)
                    return True
                if error.reason == "http_413":
                    self._limit = max(1, len(part) // 2)
            else:
                self._loop.link.succeeded(self._loop.clock() - began_s)
                parts.popleft()
                taken = self._settle(part, answer) or taken
        self._judge(refused, taken=taken)
        return True

    def _settle(self, part: Sequence[Outgoing], answer: BatchAnswer) -> bool:
        """Match outcomes to entries, whatever central left out or made up; whether any fits."""
        names = {hashlib.sha256(entry.sealed).digest(): entry.hash for entry in part}
        names |= {entry.hash: entry.hash for entry in part}
        outcomes: dict[bytes, Outcome] = {}
        strangers = 0
        for outcome in answer.outcomes:
            ours = names.get(outcome.entry)
            if ours is None:
                strangers += 1
            else:
                outcomes.setdefault(ours, msgspec.structs.replace(outcome, entry=ours))
        answered = [entry for entry in part if entry.hash in outcomes]
        missing = [entry for entry in part if entry.hash not in outcomes]
        if answered:
            self._outbox.settle(list(outcomes.values()), answered)
            self._count(list(outcomes.values()))
            self._loop.pace.succeeded()
            self._vouched = True
            self._limit = min(MAX_BATCH_ENTRIES, self._limit + REGAIN_ENTRIES)
        if missing or strangers:
            log.warning("outcomes_do_not_fit", missing=len(missing), unknown=strangers)
        if missing:
            self._hold(missing, CentralAnsweredBadly("no_outcome"))
        return bool(answered)

    def _judge(self, refused: Sequence[tuple[Outgoing, CentralError]], *, taken: bool) -> None:
        """Entries refused alone: quarantined, if central proved that it takes others.

        Without that proof a broken central would send a whole ledger into quarantine.
        """
        if not refused:
            return
        if not (taken or self._vouched):
            self._hold(_entries(refused), refused[0][1])
            return
        self._vouched = False
        outcomes = [
            Outcome(entry=entry.hash, state="quarantined", why=error.reason)
            for entry, error in refused
        ]
        self._outbox.settle(outcomes, _entries(refused))
        self._count(outcomes)
        log.error("entries_quarantined", entries=len(outcomes), why=outcomes[0].why)

    def _hold(self, entries: Sequence[Outgoing], error: CentralError) -> None:
        """Central is there but did not take these: later, and not before a pause."""
        self.totals.last_error = error.reason
        delay_s = self._loop.pace.failed(error.retry_after_s)
        self._outbox.give_back(entries, error.reason, max(SHORTEST_REPEAT_S, delay_s))

    def _give_up(self, entries: Sequence[Outgoing], error: CentralError) -> bool:
        """No usable answer: the entries are not at fault, the loop as a whole waits."""
        if self._loop.stopping.is_set():
            return False  # the ledger may be closing; the next start recovers what is in flight
        self.totals.last_error = error.reason
        self._loop.link.failed(error)
        if error.reason == "timeout":
            self._limit = max(1, len(entries) // 2)
        delay_s = self._loop.pace.failed(error.retry_after_s)
        log.info("push_failed", reason=error.reason, entries=len(entries), retry_in_s=delay_s)
        self._outbox.give_back(entries, error.reason, error.retry_after_s or 0.0)
        return True

    def _count(self, outcomes: Sequence[Outcome]) -> None:
        states = [outcome.state for outcome in outcomes]
        self.totals.sent += len(states)
        self.totals.applied += states.count("applied") + states.count("duplicate")
        self.totals.conflicts += states.count("conflict")
        self.totals.quarantined += states.count("quarantined")


def _blames_content(error: CentralError) -> bool:
    """Whether central itself (not a proxy) refused what the batch holds."""
    return (
        isinstance(error, CentralAnsweredBadly)
        and bool(error.code)
        and error.status in CONTENT_STATUSES
    )


def _entries(refused: Sequence[tuple[Outgoing, CentralError]]) -> list[Outgoing]:
    return [entry for entry, _ in refused]


def _flat(parts: Sequence[Sequence[Outgoing]]) -> list[Outgoing]:
    return [entry for part in parts for entry in part]
