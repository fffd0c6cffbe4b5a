"""The link's state, fed by every call's result and told to whoever listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from kiosk.domain.link import Link, LinkMonitor, LinkState
from kiosk.sync.errors import CentralError

log = structlog.get_logger(__name__)

LONGEST_CALL_S = 300.0
"""No call may take this long: not even the largest batch, with signing on and a second try."""


class LinkKeeper:
    """A LinkMonitor under a lock. Any thread; listeners run on the thread that brought the news."""

    def __init__(
        self,
        *,
        last_contact_age_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._is_cut = False
        self._started_s = clock()
        self._monitor = LinkMonitor(self._started_s, last_contact_age_s=last_contact_age_s)
        self.on_change: Callable[[], None] = lambda: None
        self.on_return: Callable[[], None] = lambda: None
        """Central is in reach again after it was not."""

    def link(self) -> Link:
        """The link now."""
        with self._lock:
            return self._monitor.link

    def offline_s(self) -> float:
        """Seconds since central was last in reach; 0 while it is."""
        with self._lock:
            link = self._monitor.link
        if link.state is not LinkState.OFFLINE:
            return 0.0
        since_s = self._started_s if link.last_contact_s is None else link.last_contact_s
        return max(0.0, self._clock() - since_s)

    def succeeded(self, took_s: float) -> None:
        """Central answered well, and kept us waiting for ``took_s``.

        Longer than any call may take means that the machine slept meanwhile, not that central
        is slow.
        """
        if took_s > LONGEST_CALL_S:
            took_s = 0.0
        self._note(
            lambda now_s: (
                self._monitor.link if self._is_cut else self._monitor.succeeded(now_s, took_s)
            )
        )

    def failed(self, error: CentralError) -> None:
        """A call got no usable answer."""
        self._note(lambda now_s: self._monitor.failed(now_s, error.reason))

    def slowed(self) -> None:
        """A call ran out of a short budget."""
        self._note(self._monitor.slowed)

    def cut(self, reason: str) -> None:
        """The network was switched off; what still succeeds was under way before."""
        with self._lock:
            self._is_cut = True
        self._note(lambda now_s: self._monitor.cut(now_s, reason))

    def restored(self) -> None:
        """The network was switched on: results count again."""
        with self._lock:
            self._is_cut = False

    def _note(self, move: Callable[[float], Link]) -> None:
        with self._lock:
            before = self._monitor.link
            after = move(self._clock())
        if (before.state, before.reason) == (after.state, after.reason):
            return
        log.info("link", state=after.state.value, reason=after.reason)
        self.on_change()
        if before.state is LinkState.OFFLINE and after.state is not LinkState.OFFLINE:
            self.on_return()
