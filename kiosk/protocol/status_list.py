"""The status list: one bit for each voucher, in a signed document (docs/adr/0010).

``status`` carries the whole list, ``{1: list id, 2: bits an entry (1), 3: entries, 4: zlib}``
(entries: a multiple of 8);
``status_delta`` what changed since a version, ``{1: list id, 2: from, 3: [set], 4: [cleared]}``.
Bit i is bit ``i % 8``, the least significant first, of byte ``i // 8``, as in the IETF's Token
Status List. How many bytes come out of the zlib stream is known, and capped, before any does.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from kiosk.protocol.cbor import CborValue
from kiosk.protocol.cose import PrivateKey
from kiosk.protocol.keyset import KeySet, open_with
from kiosk.protocol.signed import Document, DocumentError, sign_document

KIND, DELTA = "status", "status_delta"
MAX_ENTRIES = 1 << 24
"""16.7 million vouchers: 2 MB in memory."""
MAX_STATUS_BYTES = MAX_ENTRIES // 8 + 65_536
"""Most bytes of a signed list or delta; a list that zlib cannot shrink just fits."""
MAX_DELTA_CHANGES = 20_000
MAX_LIST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class StatusList:
    """A verified list. ``bits`` is one object, looked into and never copied."""

    list_id: int
    version: int
    issued_at_s: int
    expires_at_s: int
    entries: int
    """A multiple of 8: the bits fill whole bytes."""
    bits: bytes

    def revoked(self, index: int) -> bool | None:
        """Whether an index is set; None when the list does not reach so far."""
        if not 0 <= index < self.entries:
            return None
        return bool(self.bits[index >> 3] >> (index & 7) & 1)


@dataclass(frozen=True, slots=True)
class StatusDelta:
    """A verified difference; an index past the list's end makes the list longer.

    Without a change (``version`` is ``from_version``) it says that the list still holds.
    """

    list_id: int
    from_version: int
    version: int
    issued_at_s: int
    expires_at_s: int
    revoked: tuple[int, ...]
    restored: tuple[int, ...]


StatusNews: TypeAlias = "StatusList | StatusDelta"


def sign_status(found: StatusList, key: PrivateKey, key_id: bytes) -> bytes:
    """A whole list, signed."""
    body: CborValue = {1: found.list_id, 2: 1, 3: found.entries, 4: zlib.compress(found.bits, 9)}
    document = Document(KIND, found.version, found.issued_at_s, found.expires_at_s, body)
    return sign_document(document, key, key_id)


def sign_delta(delta: StatusDelta, key: PrivateKey, key_id: bytes) -> bytes:
    """A difference, signed."""
    revoked: list[CborValue] = [*sorted(delta.revoked)]
    restored: list[CborValue] = [*sorted(delta.restored)]
    body: CborValue = {1: delta.list_id, 2: delta.from_version, 3: revoked, 4: restored}
    document = Document(DELTA, delta.version, delta.issued_at_s, delta.expires_at_s, body)
    return sign_document(document, key, key_id)


def open_status(data: bytes, key_set: KeySet, at_s: int | None) -> StatusNews:
    """Verify and read a list or a difference; raises DocumentError. Nothing inflates before."""
    document = open_with(data, (KIND, DELTA), key_set, at_s, MAX_STATUS_BYTES)
    return _delta(document) if document.kind == DELTA else _list(document)


def taken(in_force: StatusList | None, news: StatusNews, at_s: int) -> StatusList:
    """The list in force after verified news; raises DocumentError when they must not be taken.

    ``status_delta_base``: ask for the whole list. A list that claims to be signed later than now
    is as old as now: it must not seem fresh for longer than others do.
    """
    if news.expires_at_s <= at_s:
        raise DocumentError("status_expired")
    if isinstance(news, StatusDelta):
        if in_force is None or news.from_version != in_force.version:
            raise DocumentError("status_delta_base")
        found = _applied(in_force, news)
    else:
        found = news
        if in_force is not None:
            _check_successor(in_force, news)
    found = replace(found, issued_at_s=min(found.issued_at_s, at_s))
    if (
        in_force is not None
        and found.version == in_force.version
        and found.issued_at_s < in_force.issued_at_s
    ):
        raise DocumentError("status_rollback")
    return found


def _check_successor(in_force: StatusList, found: StatusList) -> None:
    if found.version < in_force.version:
        raise DocumentError("status_rollback")
    same = (found.entries, found.bits) == (in_force.entries, in_force.bits)
    if found.version == in_force.version and not same:
        raise DocumentError("status_fork")


def _applied(base: StatusList, delta: StatusDelta) -> StatusList:
    """Costs one copy of the bits."""
    highest = max((*delta.revoked[-1:], *delta.restored[-1:]), default=-1)
    entries = max(base.entries, -(-(highest + 1) // 8) * 8)
    bits = bytearray(base.bits)
    bits += bytes(entries // 8 - len(bits))
    for index in delta.revoked:
        bits[index >> 3] |= 1 << (index & 7)
    for index in delta.restored:
        bits[index >> 3] &= ~(1 << (index & 7))
    return StatusList(
        base.list_id, delta.version, delta.issued_at_s, delta.expires_at_s, entries, bytes(bits)
    )


def _list(document: Document) -> StatusList:
    match document.body:
        case {1: int(list_id), 2: int(width), 3: int(entries), 4: bytes(packed)} if (
            _is_list_id(list_id)
            and width == 1
            and not isinstance(width, bool)
            and 0 < entries <= MAX_ENTRIES
            and entries % 8 == 0
        ):
            bits = _inflated(packed, entries // 8)
        case _:
            raise DocumentError("status_body")
    return StatusList(
        list_id, document.version, document.issued_at_s, document.expires_at_s, entries, bits
    )


def _inflated(packed: bytes, size: int) -> bytes:
    """Exactly ``size`` bytes; asking for one more is what finds a bomb without inflating it."""
    stream = zlib.decompressobj()
    try:
        bits = stream.decompress(packed, size + 1)
    except zlib.error:
        raise DocumentError("status_zlib") from None
    if len(bits) != size or not stream.eof or stream.unused_data:
        raise DocumentError("status_size")
    return bits


def _delta(document: Document) -> StatusDelta:
    match document.body:
        case {1: int(list_id), 2: int(base), 3: list(revoked), 4: list(restored)} if (
            _is_list_id(list_id) and not isinstance(base, bool) and 0 < base <= document.version
        ):
            changed = _indexes(revoked), _indexes(restored)
        case _:
            raise DocumentError("status_delta_body")
    count = len(changed[0]) + len(changed[1])
    if count > MAX_DELTA_CHANGES or not set(changed[0]).isdisjoint(changed[1]):
        raise DocumentError("status_delta_body")
    if count and base == document.version:
        raise DocumentError("status_fork")
    return StatusDelta(
        list_id, base, document.version, document.issued_at_s, document.expires_at_s, *changed
    )


def _indexes(values: list[CborValue]) -> tuple[int, ...]:
    """Ascending indexes, each once."""
    found = tuple(
        value
        for value in values
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_ENTRIES
    )
    if len(found) != len(values) or any(a >= b for a, b in pairwise(found)):
        raise DocumentError("status_delta_body")
    return found


def _is_list_id(value: int) -> bool:
    return not isinstance(value, bool) and 0 <= value <= MAX_LIST_ID
