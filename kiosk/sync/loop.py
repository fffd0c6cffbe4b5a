"""What the push loop and the feed loop have in common."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from kiosk.sync.client import CentralClient
from kiosk.sync.link_keeper import LinkKeeper
from kiosk.sync.pace import Pace

log = structlog.get_logger(__name__)

IDLE_S = 60.0
"""How often an idle loop looks for itself; the bell wakes it within milliseconds."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What one loop works with."""

    client: CentralClient
    link: LinkKeeper
    pace: Pace
    stopping: threading.Event
    on_change: Callable[[], None]
    """Told after each step that changed something; on the loop's thread."""
    clock: Callable[[], float] = time.monotonic

    def run(self, step: Callable[[], float | None]) -> None:
        """Step until stopped. A step returns the seconds until the next one, None = idle."""
        while not self.stopping.is_set():
            try:
                wait_s = step()
            except Exception as error:  # a full disk or a bug must not end sync for good
                if self.stopping.is_set():
                    # It outlasted its stop, and the ledger was closed meanwhile.
                    log.info("sync_step_interrupted", error=type(error).__name__)
                    return
                log.exception("sync_step_broke")
                wait_s = self.pace.failed()
            wait_s = IDLE_S if wait_s is None else min(wait_s, IDLE_S)
            if wait_s > 0:
                self.pace.wait(wait_s)

    def run_until_done(self, step: Callable[[], float | None], until_s: float) -> bool:
        """Step until nothing is left to do (True), or the time is up or it is stopped."""
        while not self.stopping.is_set():
            wait_s = step()
            if wait_s is None:
                return True
            if self.clock() + wait_s > until_s:
                return False
            if wait_s > 0:
                self.pace.wait(wait_s)
        return False
