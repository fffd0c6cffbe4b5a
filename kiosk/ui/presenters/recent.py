"""The recent redemptions beside the viewfinder."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import structlog

from kiosk.domain.ports import RecentRedemption
from kiosk.ui.ports import CounterDesk, Deliver

_log = structlog.get_logger(__name__)

SHOWN = 20


class RecentFeed:
    """Fetches the list when something happened; questions meanwhile become one. One thread."""

    def __init__(
        self,
        *,
        desk: CounterDesk,
        deliver: Deliver,
        show: Callable[[tuple[RecentRedemption, ...]], None],
    ) -> None:
        self._desk, self._deliver, self._show = desk, deliver, show
        self._asked = self._again = False

    def refresh(self) -> None:
        """Something changed: fetch the list soon."""
        if self._asked:
            self._again = True
            return
        self._asked = True
        self._deliver(self._desk.recent(SHOWN), self._fetched)

    def _fetched(self, done: Future[tuple[RecentRedemption, ...]]) -> None:
        self._asked = False
        fault = done.exception()
        if fault is None:
            self._show(done.result())
        else:
            # The list stays as it was; a ledger that cannot be read shows on the next scan.
            _log.warning("recent redemptions could not be read", error=str(fault))
        if self._again:
            self._again = False
            self.refresh()
