"""Claims on vouchers, asked for in the background while the clerk looks at the order card."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from kiosk.domain.link import LinkState
from kiosk.domain.ports import ClaimAnswer
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.protocol.messages import ClaimReply
from kiosk.sync.client import CentralClient
from kiosk.sync.errors import CentralError
from kiosk.sync.link_keeper import LinkKeeper
from kiosk.sync.ports import Replica

log = structlog.get_logger(__name__)

WORKERS = 2
MAX_WAITING = 16
MAX_HOLDS = 64
TIMEOUTS_TO_MUTE = 2
"""After so many claims in a row without an answer, confirm does not wait for the next ones."""

PROBE_EVERY_S = 5.0
"""How often a claim is tried while central is out of reach: people at the counter are a good
moment to find out that it is back."""


class Ticket:
    """Fits :class:`kiosk.domain.ports.ClaimTicket`. Any thread."""

    def __init__(self, voucher: bytes, give_back: Callable[[Ticket], None], *, waits: bool) -> None:
        self.voucher = voucher
        self._give_back = give_back
        self._waits = waits
        self._done = threading.Event()
        self._answer: ClaimAnswer | None = None

    def wait(self, timeout_s: float) -> ClaimAnswer | None:
        """The answer, or None when there is none in time (the offline rules hold)."""
        self._done.wait(timeout_s if self._waits else 0.0)
        return self._answer

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self._done.is_set()

    def release(self) -> None:
        """Give the claim back, best effort; never blocks.

        Of several showings of one voucher the newest speaks for all: its release gives back.
        """
        self._give_back(self)

    def settle(self, answer: ClaimAnswer | None) -> None:
        """Tell the waiters. Worker threads only."""
        self._answer = answer
        self._done.set()


@dataclass(frozen=True, slots=True)
class _Job:
    ticket: Ticket
    release: bool


@dataclass(slots=True)
class _Hold:
    """What central holds, or may hold, for us of one voucher."""

    ticket: Ticket
    """The newest of the voucher: it speaks for all before it, and its release gives back."""
    asked: bool
    """Whether central was asked for it at all, be it for an earlier ticket."""


class Claims:
    """A bounded queue of claims and releases, worked off by two small threads."""

    def __init__(
        self,
        client: CentralClient,
        replica: Replica,
        link: LinkKeeper,
        *,
        on_change: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._replica = replica
        self._link = link
        self._on_change = on_change
        self._clock = clock
        self._ready = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._busy: set[bytes] = set()
        self._holds: dict[bytes, _Hold] = {}
        self._unanswered = 0
        self._open = False
        self._probe_after_s = 0.0
        self._threads: tuple[threading.Thread, ...] = ()

    def start(self) -> None:
        """Start the workers."""
        with self._ready:
            self._open = True
        self._threads = tuple(
            threading.Thread(target=self._work, name=f"claims-{number}", daemon=True)
            for number in range(WORKERS)
        )
        for thread in self._threads:
            thread.start()

    def stop(self, until_s: float) -> bool:
        """Answer what waits with None and end the workers; whether they ended in time."""
        with self._ready:
            self._open = False
            dropped = tuple(self._jobs)
            self._jobs.clear()
            self._holds.clear()
            self._ready.notify_all()
        for job in dropped:
            job.ticket.settle(None)
        for thread in self._threads:
            thread.join(max(0.0, until_s - self._clock()))
        return not self.alive

    @property
    def alive(self) -> bool:
        """Whether a worker still runs."""
        return any(thread.is_alive() for thread in self._threads)

    def claim(self, voucher: bytes) -> Ticket:
        """Start asking. Out of reach, or with too much waiting, the answer is None at once."""
        offline = self._link.link().state is LinkState.OFFLINE
        mute = offline or self._unanswered >= TIMEOUTS_TO_MUTE
        ticket = Ticket(voucher, self._release, waits=not mute)
        with self._ready:
            now_s = self._clock()
            skipped = mute and now_s < self._probe_after_s
            if self._open and not skipped and len(self._jobs) < MAX_WAITING:
                self._probe_after_s = now_s + PROBE_EVERY_S
                before = self._holds.pop(voucher, None)
                self._holds[voucher] = _Hold(ticket, asked=before is not None and before.asked)
                if len(self._holds) > MAX_HOLDS:
                    del self._holds[next(iter(self._holds))]
                self._jobs.append(_Job(ticket, release=False))
                self._ready.notify()
                return ticket
        ticket.settle(None)
        return ticket

    def _release(self, ticket: Ticket) -> None:
        with self._ready:
            hold = self._holds.get(ticket.voucher)
            if hold is None or hold.ticket is not ticket:
                return  # never sent, given back already, or a newer showing holds the voucher now
            del self._holds[ticket.voucher]
            unsent = [
                job
                for job in self._jobs
                if job.ticket.voucher == ticket.voucher and not job.release
            ]
            for job in unsent:
                self._jobs.remove(job)
                job.ticket.settle(None)
            if hold.asked and self._open and len(self._jobs) < MAX_WAITING:
                self._jobs.append(_Job(ticket, release=True))
                self._ready.notify()

    def _work(self) -> None:
        while True:
            with self._ready:
                job = self._next()
                while job is None:
                    if not self._open:
                        return
                    self._ready.wait()
                    job = self._next()
            answer = None
            try:
                answer = self._ask(job)
            except Exception:  # the ledger's or a bug: the offline rules hold, the worker lives
                log.exception("claim_broke")
            finally:
                job.ticket.settle(answer)
                with self._ready:
                    self._busy.discard(job.ticket.voucher)
                    self._ready.notify_all()

    def _ask(self, job: _Job) -> ClaimAnswer | None:
        voucher = job.ticket.voucher
        if job.release and self._link.link().state is LinkState.OFFLINE:
            return None  # central lets it lapse after three minutes
        began_s = self._clock()
        try:
            reply = self._client.claim(voucher, release=job.release)
        except CentralError as error:
            self._failed(error)
            return None
        self._unanswered = 0
        self._link.succeeded(self._clock() - began_s)
        if reply.redemptions:
            # Before the ticket is done: confirm reads the ledger again right after it.
            self._replica.learn(reply.redemptions)
            self._on_change()
        return _meaning(reply, voucher)

    def _failed(self, error: CentralError) -> None:
        if not self._open:
            return
        self._unanswered += 1
        log.info("claim_failed", reason=error.reason)
        if error.reason == "timeout":
            self._link.slowed()  # a claim's budget is short: others shall say whether it is gone
        else:
            self._link.failed(error)

    def _next(self) -> _Job | None:
        """The first job whose voucher no other worker has in hand, so that order is kept."""
        for job in self._jobs:
            if job.ticket.voucher not in self._busy:
                self._jobs.remove(job)
                self._busy.add(job.ticket.voucher)
                hold = self._holds.get(job.ticket.voucher)
                if hold is not None and not job.release:
                    hold.asked = True
                return job
        return None


def _meaning(reply: ClaimReply, voucher: bytes) -> ClaimAnswer | None:
    if reply.state == "granted":
        return ClaimAnswer(granted=True)
    if reply.state == "held":
        refusal = Verdict(VerdictKind.NEEDS_REVIEW, "claimed_elsewhere", voucher)
        return ClaimAnswer(granted=False, refusal=refusal)
    if reply.state in {"revoked", "refunded"}:
        refusal = Verdict(VerdictKind.REVOKED, reply.state, voucher)
        return ClaimAnswer(granted=False, refusal=refusal)
    return None
