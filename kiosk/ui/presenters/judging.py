"""One scan after the other is judged; what comes meanwhile waits, and only the newest of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from kiosk.counter.prepare import Prepared
from kiosk.ui.ports import CounterDesk, Deliver
from kiosk.ui.presenters.scans import Scan, with_newest


class JudgingQueue:
    """One thread (the screens')."""

    def __init__(
        self,
        desk: CounterDesk,
        deliver: Deliver,
        *,
        began: Callable[[Scan], None],
        judged: Callable[[Scan, Future[Prepared]], None],
    ) -> None:
        """``began``: before the desk is asked; ``judged``: with the desk's answer."""
        self._desk, self._deliver = desk, deliver
        self._began, self._judged = began, judged
        self._in_flight = False
        self._next: tuple[Scan, ...] = ()

    def take(self, scan: Scan) -> None:
        """Judge a scan, now or as soon as the one before has its answer."""
        if self._in_flight:
            self._next = with_newest(self._next, scan)
            return
        self._in_flight = True
        self._began(scan)
        self._deliver(scan.judge(self._desk), partial(self._came, scan))

    def forget(self) -> None:
        """Nothing that waits is judged any more."""
        self._next = ()

    def _came(self, scan: Scan, done: Future[Prepared]) -> None:
        self._in_flight = False
        self._judged(scan, done)
        if self._next and not self._in_flight:
            following, *rest = self._next
            self._next = tuple(rest)
            self.take(following)
