"""Central → status lists: at start, when the feed tells of a new version, and hourly.

A thread of its own, so that a large list over a bad line delays neither feed nor push. What goes
wrong here says nothing about the link that those two do not find out themselves.
"""

from __future__ import annotations

import threading

import structlog

from kiosk.protocol.messages import StatusHint
from kiosk.protocol.signed import DocumentError
from kiosk.sync.errors import CentralError
from kiosk.sync.loop import Loop
from kiosk.sync.ports import StatusLists

log = structlog.get_logger(__name__)

EVERY_S = 3600.0
"""A list that did not change is asked for so often: only a fresh signature says that."""
USUAL_LIST = 0
MAX_LISTS = 8
"""Lists that a terminal follows; a feed that names more must not fill its memory."""


class StatusFollower:
    """Fetches status lists, step by step; one thread at a time, except ``hint``."""

    def __init__(self, loop: Loop, lists: StatusLists) -> None:
        self._loop, self._lists = loop, lists
        self._lock = threading.Lock()
        self._hinted: dict[int, int] = {}
        self._fetched_s: dict[int, float] = {}
        self.last_error = ""

    def hint(self, hint: StatusHint) -> None:
        """Central has a new version; any thread, never blocks."""
        with self._lock:
            if hint.list_id not in self._hinted and len(self._hinted) >= MAX_LISTS:
                return
            self._hinted[hint.list_id] = hint.version
        self._loop.pace.ring()

    def step(self) -> float:
        """Fetch the list that is due, if one is; seconds until the next step."""
        brake_s = self._loop.pace.left_s()
        if brake_s > 0:
            return brake_s
        versions = self._lists.versions()
        due = {list_id: self._due_in_s(list_id, versions) for list_id in self._followed(versions)}
        list_id = min(due, key=lambda one: due[one])
        if due[list_id] > 0:
            return due[list_id]
        return self._fetch(list_id, versions.get(list_id, 0))

    def fetch_rest(self) -> float | None:
        """A step of somebody who waits for the end: None when every list is as new as it gets."""
        wait_s = self.step()
        versions = self._lists.versions()
        followed = self._followed(versions)
        if not self.last_error and all(self._due_in_s(one, versions) > 0 for one in followed):
            return None
        return wait_s

    def _followed(self, versions: dict[int, int]) -> list[int]:
        with self._lock:
            found = dict.fromkeys((USUAL_LIST, *versions, *self._hinted))
        return list(found)[:MAX_LISTS]

    def _due_in_s(self, list_id: int, versions: dict[int, int]) -> float:
        fetched_s = self._fetched_s.get(list_id)
        with self._lock:
            hinted = self._hinted.get(list_id, 0)
        if fetched_s is None or hinted > versions.get(list_id, 0):
            return 0.0
        return max(0.0, fetched_s + EVERY_S - self._loop.clock())

    def _fetch(self, list_id: int, have: int) -> float:
        with self._lock:
            hinted = self._hinted.get(list_id)
        try:
            self._take(list_id, have)
        except CentralError as error:
            if self._loop.stopping.is_set():
                return 0.0
            return self._failed(list_id, error.reason, error.retry_after_s)
        except DocumentError as error:
            # What a newer key signed may be here before the key is; a forgery never gets better.
            return self._failed(list_id, str(error), None)
        with self._lock:
            # A hint that came meanwhile stays; one that central did not live up to waits an hour.
            if self._hinted.get(list_id) == hinted and hinted is not None:
                self._hinted[list_id] = 0
        self._fetched_s[list_id] = self._loop.clock()
        self.last_error = ""
        self._loop.pace.succeeded()
        return 0.0

    def _take(self, list_id: int, have: int) -> None:
        document = self._loop.client.status(list_id, have)
        if document is None:
            return
        try:
            self._lists.take(list_id, document)
        except DocumentError as error:
            if str(error) != "status_delta_base" or not have:
                raise
            whole = self._loop.client.status(list_id, 0)
            if whole is not None:
                self._lists.take(list_id, whole)
        self._loop.on_change()

    def _failed(self, list_id: int, reason: str, retry_after_s: float | None) -> float:
        self.last_error = reason
        delay_s = self._loop.pace.failed(retry_after_s)
        log.warning("status_list_failed", list=list_id, reason=reason, retry_in_s=delay_s)
        return delay_s
