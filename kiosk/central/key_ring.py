"""A running central's view of its keys: what another process changed is seen at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from kiosk.central.home import RECORDS_NAME, key_folder, open_keys, read_keys
from kiosk.central.key_records import next_change_s
from kiosk.central.keys import CentralHomeError, CentralKeys
from kiosk.protocol.cose import PrivateKey

_log = structlog.get_logger(__name__)


class KeyRing:
    """The keys of a home. Any thread; asking costs one look at a file's time.

    ``keys.json`` is only ever replaced whole, so its identity tells whether it changed; a key's
    own turn to sign comes by the clock.
    """

    def __init__(self, home: Path, clock: Callable[[], float] = time.time) -> None:
        """Makes the keys of a new home; raises CentralHomeError."""
        self.folder = key_folder(home)
        self._clock = clock
        self._lock = threading.Lock()
        self._private: dict[str, PrivateKey] = {}
        self._lent: list[PrivateKey] = []
        # Looked at before it is read: a change between the two is read again.
        self._seen = self._stamp()
        self._keys = open_keys(home, int(clock()))
        self._until_s = next_change_s(self._keys.records.keys, clock())

    def lend(self, root: PrivateKey) -> None:
        """A root's private key for this process alone: it is never written to the home."""
        with self._lock:
            self._lent.append(root)
            self._keys = self._keys.with_roots(self._lent)

    def current(self) -> CentralKeys:
        """The keys now.

        What cannot be read keeps the keys from before in use: whoever changed the records has
        been told, and the shops go on.
        """
        stamp, now_s = self._stamp(), self._clock()
        with self._lock:
            if stamp == self._seen and now_s < self._until_s:
                return self._keys
            try:
                self._keys = read_keys(self.folder, self._private, int(now_s))
            except CentralHomeError as error:
                _log.error("keys_unreadable", error=str(error))
                self._keys = self._keys.at(int(now_s))
            self._keys = self._keys.with_roots(self._lent)
            self._seen = stamp
            self._until_s = next_change_s(self._keys.records.keys, now_s)
            return self._keys

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = (self.folder / RECORDS_NAME).stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)
