"""Answering for the status list: the whole of it, or what changed; signed, and kept for a while.

The bits are kept in memory and brought up to date by what changed since, so that an answer costs
a look at one number of the database, not a walk over a million rows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select

from kiosk.central.database import Database
from kiosk.central.keys import CentralKeys
from kiosk.central.status import STATUS_LIST, current_version
from kiosk.central.tables import status_changes
from kiosk.protocol.status_list import (
    MAX_DELTA_CHANGES,
    StatusDelta,
    StatusList,
    sign_delta,
    sign_status,
)

LIFETIME_S = 30 * 86_400
SIGNED_ANEW_S = 600
"""An answer is handed out as it is for so long: its age starts with its signature."""
KEPT_DELTAS = 64
SHORTEST_LIST_BYTES = 256
_S = status_changes.c


@dataclass(frozen=True, slots=True)
class _Signed:
    data: bytes
    at_s: int
    key_id: bytes

    def good(self, keys: CentralKeys, now_s: int) -> bool:
        return self.key_id == keys.documents.key_id and 0 <= now_s - self.at_s < SIGNED_ANEW_S


class StatusDesk:
    """Signs the status list. Any thread; blocks on the database."""

    def __init__(self, database: Database, keys: Callable[[], CentralKeys]) -> None:
        self._database, self._keys = database, keys
        self._lock = threading.Lock()
        self._version = 0
        self._bits = bytearray()
        self._whole: tuple[int, _Signed] | None = None
        self._deltas: OrderedDict[tuple[int, int], _Signed] = OrderedDict()

    def answer(self, list_id: int, have: int, now_s: int) -> bytes | None:
        """The signed list for who has version ``have`` (0: none): whichever is smaller of the
        whole list and a delta. None when there is no such list.
        """
        if list_id != STATUS_LIST:
            return None
        with self._lock, self._database.read() as connection:
            version = current_version(connection)
            if version is None:
                return None
            self._catch_up(connection, version)
            keys = self._keys()
            delta = self._delta(connection, keys, have, now_s) if have else None
            # Packing a list takes a tenth of a second: not for a delta that is smaller anyhow.
            last = len(self._whole[1].data) if self._whole is not None else 0
            if delta is not None and len(delta) < max(SHORTEST_LIST_BYTES, last // 2):
                return delta
            whole = self._whole_list(keys, now_s)
            return delta if delta is not None and len(delta) < len(whole) else whole

    def whole(self, now_s: int) -> bytes:
        """The whole list; empty when there is none."""
        return self.answer(STATUS_LIST, 0, now_s) or b""

    def _catch_up(self, connection: Connection, version: int) -> None:
        """Bring the bits to a version of the database."""
        if version == self._version:
            return
        if version < self._version:
            self._version, self._bits = 0, bytearray()
        bits = self._bits
        entries = (connection.scalar(select(func.max(_S.index))) or 0) // 8 * 8 + 8
        bits += bytes(entries // 8 - len(bits))
        changed = select(_S.index, _S.revoked).where(_S.version > self._version)
        for index, revoked in connection.execute(changed):
            if revoked:
                bits[index >> 3] |= 1 << (index & 7)
            else:
                bits[index >> 3] &= ~(1 << (index & 7))
        self._version = version

    def _whole_list(self, keys: CentralKeys, now_s: int) -> bytes:
        kept = self._whole
        if kept is not None and kept[0] == self._version and kept[1].good(keys, now_s):
            return kept[1].data
        found = StatusList(
            STATUS_LIST,
            self._version,
            now_s,
            now_s + LIFETIME_S,
            len(self._bits) * 8,
            bytes(self._bits),
        )
        signer = keys.documents
        signed = _Signed(sign_status(found, signer.key, signer.key_id), now_s, signer.key_id)
        self._whole = (self._version, signed)
        return signed.data

    def _delta(
        self, connection: Connection, keys: CentralKeys, have: int, now_s: int
    ) -> bytes | None:
        """What changed since ``have``; None when that version is not known (any more)."""
        wanted = (have, self._version)
        kept = self._deltas.get(wanted)
        if kept is not None and kept.good(keys, now_s):
            self._deltas.move_to_end(wanted)
            return kept.data
        if not connection.scalar(select(exists().where(_S.version == have))):
            return None
        rows = connection.execute(
            select(_S.index, _S.revoked).where(_S.version > have).limit(MAX_DELTA_CHANGES + 1)
        ).all()
        if len(rows) > MAX_DELTA_CHANGES:
            return None
        delta = StatusDelta(
            list_id=STATUS_LIST,
            from_version=have,
            version=self._version,
            issued_at_s=now_s,
            expires_at_s=now_s + LIFETIME_S,
            revoked=tuple(index for index, revoked in rows if revoked),
            restored=tuple(index for index, revoked in rows if not revoked),
        )
        signer = keys.documents
        signed = _Signed(sign_delta(delta, signer.key, signer.key_id), now_s, signer.key_id)
        self._deltas[wanted] = signed
        while len(self._deltas) > KEPT_DELTAS:
            self._deltas.popitem(last=False)
        return signed.data
