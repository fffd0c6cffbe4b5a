"""Now and then: compare ledger and replica with central, and repair what differs.

The push and the feed bring both ends together as things happen. What they believe to be done
and is not (central lost it, a row is missing here) shows only when somebody counts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import msgspec
import structlog

from kiosk.protocol.entries import Window
from kiosk.protocol.messages import MAX_COMPARED, MAX_MISSING, ReplicaCounts
from kiosk.sync.errors import CentralError
from kiosk.sync.loop import Loop
from kiosk.sync.ports import Outbox, Replica

log = structlog.get_logger(__name__)

RESYNC_EVERY_S = 6 * 3600.0
"""A replica whose counts differ is fetched anew at most this often: if that does not help, it
is not for want of trying."""


class GapFill:
    """Works on the feed's thread, between two polls; ``ask_resync`` may be called on any."""

    def __init__(
        self,
        loop: Loop,
        outbox: Outbox,
        replica: Replica,
        *,
        every_s: float,
        on_requeued: Callable[[], None],
    ) -> None:
        """``loop``: the feed's. ``on_requeued``: something waits in the outbox again."""
        self._loop = loop
        self._outbox = outbox
        self._replica = replica
        self._every_s = every_s
        self._on_requeued = on_requeued
        self._due_s = loop.clock() + every_s
        self._before: tuple[int, int] | None = None
        """Where the next comparison of entries ends; None: at the newest."""
        self._resync_asked = threading.Event()
        self._resynced_s: float | None = None

    def ask_resync(self) -> None:
        """Fetch the whole replica anew, before the feed's next step."""
        self._resync_asked.set()

    def resync_if_asked(self) -> bool:
        """Begin a resync that was asked for; whether there was one."""
        if not self._resync_asked.is_set():
            return False
        self._replica.restart()
        self._resync_asked.clear()
        log.info("replica_resync", why="asked")
        return True

    def compare_if_due(self) -> None:
        """Compare once if it is time; to be called when the feed has caught up.

        A failure is no matter for the link or the feed: the next poll finds out itself. Raises
        what the ledger raises.
        """
        now_s = self._loop.clock()
        if now_s < self._due_s or self._loop.pace.left_s() > 0:
            return
        # From now, not from when it was due: after a night asleep there is one, not a hundred.
        self._due_s = now_s + self._every_s
        window = self._outbox.acknowledged_before(self._before, MAX_COMPARED)
        if window is None:
            self._before = None
        try:
            heads = self._loop.client.heads(self._replica.cursor(), window)
        except CentralError as error:
            if self._loop.stopping.is_set():
                return
            log.info("comparison_failed", reason=error.reason)
            if error.retry_after_s is not None:
                self._loop.pace.failed(error.retry_after_s)
            return
        if window is not None:
            self._repair(window, heads.missing)
        if heads.counts is not None:
            self._judge(heads.counts, now_s)

    def _repair(self, window: Window, missing: list[tuple[int, int]]) -> None:
        asked = [
            (max(first, window.first), min(last, window.last))
            for first, last in missing[:MAX_MISSING]
            if first <= window.last and last >= window.first
        ]
        # Quarantined entries are missing there too: only what was acknowledged is queued again.
        count = self._outbox.queue_again(window.epoch, asked) if asked else 0
        if count:
            log.error("central_lacks_entries", entries=count, epoch=window.epoch)
            self._on_requeued()
            return
        start = (window.epoch, window.first)
        self._before = None if start == (1, 1) else start

    def _judge(self, central: ReplicaCounts, now_s: float) -> None:
        here = self._replica.counts()
        differing = {
            kind: (count, getattr(central, kind))
            for kind, count in msgspec.structs.asdict(here).items()
            if count != getattr(central, kind)
        }
        if here.redemptions > central.redemptions:
            # Claims tell of some that the feed does not, and what was told is never forgotten.
            del differing["redemptions"]
        if not differing:
            return
        if self._resynced_s is not None and now_s - self._resynced_s < RESYNC_EVERY_S:
            log.error("replica_differs_after_resync", here_and_central=differing)
            return
        log.error("replica_differs", here_and_central=differing)
        self._resynced_s = now_s
        self._replica.restart()
