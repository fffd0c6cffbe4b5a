"""Central → replica: one long poll after another."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from kiosk.protocol.messages import MAX_WAIT_S, ChangesAnswer, StatusHint
from kiosk.sync.errors import CentralAnsweredBadly, CentralError
from kiosk.sync.loop import Loop
from kiosk.sync.pace import SHORTEST_REPEAT_S
from kiosk.sync.ports import Replica, TimeKeeper

log = structlog.get_logger(__name__)

SHORT_POLLS = 2
"""After a failure: quick answers first, so that the link's state is known soon."""

GONE = 410


def _nobody_fetches(_hint: StatusHint) -> None:
    pass


class Feed:
    """The feed loop, step by step; one thread at a time, except ``data_age_s``."""

    def __init__(
        self,
        loop: Loop,
        replica: Replica,
        time_keeper: TimeKeeper,
        *,
        wait_s: float = MAX_WAIT_S,
        on_hint: Callable[[StatusHint], None] = _nobody_fetches,
    ) -> None:
        """``on_hint`` is told of new status lists once their page is applied; returns at once."""
        self._loop = loop
        self._on_hint = on_hint
        self._replica = replica
        self._time_keeper = time_keeper
        self._wait_s = wait_s
        self._good = 0
        self._followed_s: float | None = None
        self.last_error = ""
        self.caught_up = False
        """Central had nothing more when last asked."""

    def data_age_s(self) -> float | None:
        """Seconds since the replica last followed central; None when it has not yet."""
        followed_s = self._followed_s
        return None if followed_s is None else max(0.0, self._loop.clock() - followed_s)

    def step(self, *, poll: bool = True) -> float:
        """Ask once, letting central hold the answer back if ``poll``.

        Returns seconds until the next step; raises only what the replica raises.
        """
        brake_s = self._loop.pace.left_s()
        if brake_s > 0:
            return brake_s
        settled = poll and self.caught_up and self._good >= SHORT_POLLS
        return self._follow(self._wait_s if settled else 0.0)

    def _follow(self, wait_s: float) -> float:
        cursor = self._replica.cursor()
        began_s = self._loop.clock()
        page = self._ask(cursor, wait_s)
        if page is None:
            return self._loop.pace.left_s() or SHORTEST_REPEAT_S
        # Central may hold the answer back: that long is not slowness.
        self._loop.link.succeeded(max(0.0, self._loop.clock() - began_s - wait_s))
        self._time_keeper.settle(page.time_s)
        if page.changes or page.cursor != cursor:
            self._replica.apply(page)
            for change in page.changes:
                if isinstance(change, StatusHint):
                    self._on_hint(change)
        self._good += 1
        self._followed_s = self._loop.clock()
        self.caught_up = not page.more
        self.last_error = ""
        self._loop.pace.succeeded()
        if page.changes:
            self._loop.on_change()
        moved = bool(page.changes) or (page.more and page.cursor != cursor)
        if (
            not moved
            and self._good > SHORT_POLLS
            and self._loop.clock() - began_s < SHORTEST_REPEAT_S
        ):
            return SHORTEST_REPEAT_S  # a central that does not hold the poll back: never spin
        return 0.0

    def _ask(self, cursor: str, wait_s: float) -> ChangesAnswer | None:
        try:
            return self._loop.client.changes(cursor, wait_s)
        except CentralError as error:
            if self._loop.stopping.is_set():
                return None
            self._good = 0
            self.caught_up = False
            if cursor and isinstance(error, CentralAnsweredBadly) and _cursor_gone(error):
                log.warning("cursor_gone")
                self._replica.restart()
                return None
            self.last_error = error.reason
            self._loop.link.failed(error)
            delay_s = self._loop.pace.failed(error.retry_after_s)
            log.info("feed_failed", reason=error.reason, retry_in_s=delay_s)
            return None


def _cursor_gone(error: CentralAnsweredBadly) -> bool:
    return error.status == GONE and bool(error.code)
