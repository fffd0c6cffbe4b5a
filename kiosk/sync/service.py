"""The sync service: its threads, its switch, and what the rest of the terminal sees of it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import structlog

from kiosk.domain.link import Link
from kiosk.domain.ports import ClaimTicket
from kiosk.protocol.messages import MAX_WAIT_S
from kiosk.sync.claims import Claims
from kiosk.sync.client import CentralClient
from kiosk.sync.feed import Feed
from kiosk.sync.gap_fill import GapFill
from kiosk.sync.link_keeper import LinkKeeper
from kiosk.sync.loop import Loop
from kiosk.sync.pace import Pace
from kiosk.sync.ports import Credentials, LedgerPorts
from kiosk.sync.pusher import Pusher
from kiosk.sync.status import StatusFollower

log = structlog.get_logger(__name__)

NETWORK_OFF, STOPPED, OUT_OF_TIME = "network_off", "stopped", "out_of_time"


class Changed(StrEnum):
    """What a listener may want to read again."""

    LINK = "link"
    OUTBOX = "outbox"
    REPLICA = "replica"


def _nobody_listens(_changed: Changed) -> None:
    pass


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """Times that a test or a demonstration may shorten."""

    feed_wait_s: float = MAX_WAIT_S
    longest_push_delay_s: float = 60.0
    longest_feed_delay_s: float = 30.0
    """How late a returned central is noticed at worst; a claim or a push may notice it sooner."""
    gap_fill_every_s: float = 300.0
    """How often ledger and replica are compared with central; a poll under way comes first."""


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """What one run of ``run_until_empty`` did."""

    sent: int
    applied: int
    conflicts: int
    quarantined: int
    emptied: bool
    """Nothing waits in the outbox any more."""
    caught_up: bool
    """The replica has everything that central has, the status list too."""
    last_error: str
    """Why not, as one word; empty when all went well."""


class SyncService:
    """Implements :class:`kiosk.domain.ports.Central`. Any thread; no call waits for the network,
    except ``run_until_empty`` and (bounded) ``stop``.
    """

    def __init__(
        self,
        credentials: Credentials,
        ledger: LedgerPorts,
        *,
        on_change: Callable[[Changed], None] = _nobody_listens,
        last_contact_age_s: float | None = None,
        settings: SyncSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``on_change`` is called on sync threads and must return soon.

        ``last_contact_age_s``: how long ago an earlier run heard central. ``clock``: monotonic
        seconds.
        """
        settings = settings or SyncSettings()
        self._clock = clock
        self._stopping = threading.Event()
        self._lifecycle = threading.Lock()
        self._threads: tuple[threading.Thread, ...] = ()
        self._client = client = CentralClient(credentials, ledger.time_keeper)
        self._link = link = LinkKeeper(last_contact_age_s=last_contact_age_s, clock=clock)
        link.on_change = partial(on_change, Changed.LINK)
        link.on_return = self._hurry

        def loop(longest_delay_s: float, changed: Changed) -> Loop:
            pace = Pace(random.Random(), longest_s=longest_delay_s, clock=clock)  # noqa: S311
            told = partial(on_change, changed)
            return Loop(client, link, pace, self._stopping, told, clock)

        self._push_loop = loop(settings.longest_push_delay_s, Changed.OUTBOX)
        self._pusher = Pusher(self._push_loop, ledger.outbox)
        self._feed_loop = loop(settings.longest_feed_delay_s, Changed.REPLICA)
        self._status_loop = loop(settings.longest_feed_delay_s, Changed.REPLICA)
        self._status = StatusFollower(self._status_loop, ledger.status_lists)
        self._feed = Feed(
            self._feed_loop,
            ledger.replica,
            ledger.time_keeper,
            wait_s=settings.feed_wait_s,
            on_hint=self._status.hint,
        )
        self._gap_fill = GapFill(
            self._feed_loop,
            ledger.outbox,
            ledger.replica,
            every_s=settings.gap_fill_every_s,
            on_requeued=self.nudge,
        )
        told = partial(on_change, Changed.REPLICA)
        self._claims = Claims(client, ledger.replica, link, on_change=told, clock=clock)

    # --- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the threads. Raises RuntimeError when some still run."""
        with self._lifecycle:
            self._prepare()
            self._threads = (
                self._thread(self._push_loop, self._pusher.step, "sync-push"),
                self._thread(self._feed_loop, self._follow, "sync-feed"),
                self._thread(self._status_loop, self._status.step, "sync-status"),
            )
            for thread in self._threads:
                thread.start()
            self._claims.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Interrupt what runs and end the threads; whether all ended within ``timeout_s``.

        A name lookup or a connect under way can outlast it, and a thread that the machine had no
        time for; it ends by itself, at the latest when it finds its ledger closed.
        """
        with self._lifecycle:
            until_s = self._clock() + timeout_s
            self._stopping.set()
            if not self._client.switch.is_cut:
                self._client.switch.cut(STOPPED)
            self._push_loop.pace.ring()
            self._feed_loop.pace.ring()
            self._status_loop.pace.ring()
            ended = self._claims.stop(until_s)
            for thread in self._threads:
                thread.join(max(0.0, until_s - self._clock()))
                ended = ended and not thread.is_alive()
            self._client.close()
            if not ended:
                log.warning("sync_threads_linger")
            return ended

    def _prepare(self) -> None:
        if any(thread.is_alive() for thread in self._threads) or self._claims.alive:
            raise RuntimeError("sync still runs")
        self._stopping.clear()
        if self._client.switch.reason != NETWORK_OFF:
            self._client.switch.restore()

    @staticmethod
    def _thread(loop: Loop, step: Callable[[], float | None], name: str) -> threading.Thread:
        return threading.Thread(target=loop.run, args=(step,), name=name, daemon=True)

    # --- what the terminal asks ------------------------------------------------------------

    def claim(self, voucher: bytes) -> ClaimTicket:
        """Start asking for a short claim on a voucher."""
        return self._claims.claim(voucher)

    def offline_s(self) -> float:
        """Seconds since central was last in reach; 0 while it is."""
        return self._link.offline_s()

    def nudge(self) -> None:
        """Something new waits in the outbox: push it now."""
        self._push_loop.pace.ring()

    def link(self) -> Link:
        """The link now; its times are this service's clock."""
        return self._link.link()

    def data_age_s(self) -> float | None:
        """Seconds since the replica last followed central; None when it has not in this run."""
        return self._feed.data_age_s()

    def set_network(self, enabled: bool) -> None:
        """Cut this terminal off from the network, or let it back.

        While cut off, running calls are aborted within a tenth of a second and new ones fail at
        once as CentralUnreachable("network_off").
        """
        switch = self._client.switch
        if not enabled:
            switch.cut(NETWORK_OFF)
            self._link.cut(NETWORK_OFF)
        elif switch.reason == NETWORK_OFF:
            self._link.restored()
            switch.restore()
            self._hurry()

    def run_until_empty(self, timeout_s: float) -> SyncSummary:
        """Push everything and fetch all changes, on the calling thread, trying until time is up.

        Raises RuntimeError while the threads run, and what the ledger raises.
        """
        switch = self._client.switch
        with self._lifecycle:
            self._prepare()
            until_s = self._clock() + timeout_s
            alarm = threading.Timer(timeout_s, switch.cut, args=(OUT_OF_TIME,))
            alarm.start()
            try:
                emptied = self._push_loop.run_until_done(self._pusher.step, until_s)
                caught_up = self._feed_loop.run_until_done(self._fetch_rest, until_s)
                caught_up = caught_up and self._status_loop.run_until_done(
                    self._status.fetch_rest, until_s
                )
            finally:
                alarm.cancel()
                alarm.join()
                self._client.close()
        totals = self._pusher.totals
        trouble = totals.last_error or self._feed.last_error or self._status.last_error
        return SyncSummary(
            sent=totals.sent,
            applied=totals.applied,
            conflicts=totals.conflicts,
            quarantined=totals.quarantined,
            emptied=emptied,
            caught_up=caught_up,
            last_error="" if emptied and caught_up else trouble,
        )

    def resync(self) -> None:
        """Fetch the whole replica anew: at once when the threads are stopped, else after the poll
        that is under way. What it holds stays in use until the new one is whole.
        """
        self._gap_fill.ask_resync()
        self._feed_loop.pace.ring()

    def _follow(self) -> float:
        self._gap_fill.resync_if_asked()
        wait_s = self._feed.step()
        if self._feed.caught_up:
            self._gap_fill.compare_if_due()
        return wait_s

    def _fetch_rest(self) -> float | None:
        self._gap_fill.resync_if_asked()
        wait_s = self._feed.step(poll=False)
        return None if self._feed.caught_up else wait_s

    def _hurry(self) -> None:
        self._push_loop.pace.hurry()
        self._feed_loop.pace.hurry()
        self._status_loop.pace.hurry()
