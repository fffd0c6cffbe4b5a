"""Reading a feed: one page of changes for a terminal, in one snapshot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, Row, select

from kiosk.central.cursors import read_cursor, write_cursor
from kiosk.central.documents import document_at, latest_document, place_kind
from kiosk.central.facts import (
    read_hashes,
    read_lines,
    read_names,
    read_other,
    redemption_change,
)
from kiosk.central.feed_log import COMMON, ChangeKind
from kiosk.central.status import current_version
from kiosk.central.tables import (
    changes,
    conflicts,
    feeds,
    products,
    redemptions,
    serial_reviews,
    serial_tries,
    staff,
    stock,
    terminals,
    vouchers,
)
from kiosk.central.tokens import Bearer
from kiosk.protocol.messages import (
    Change,
    ChangesAnswer,
    ConflictChange,
    DocumentChange,
    ProductChange,
    SerialReview,
    SerialTry,
    Settled,
    StaffChange,
    StatusHint,
    StockChange,
    VoucherChange,
    VoucherGone,
)

PAGE_CHANGES = 500
"""Most changes of one feed in one page; a page holds the common feed and the store's."""
PAGE_BYTES = 1_000_000
"""Most bytes of encoded changes in one page, unless a single one is larger.

Terminals refuse an answer of 8 MB, and one that they refuse they would get again and again.
"""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer and where it leaves its reader."""

    answer: ChangesAnswer
    positions: dict[str, int]


def read_page(connection: Connection, bearer: Bearer, cursor: str) -> Page:
    """The next page; raises CursorGoneError. ``connection`` holds one snapshot."""
    names = (COMMON, bearer.store)
    heads = dict.fromkeys(names, 0) | feed_heads(connection, names)
    positions = read_cursor(connection, cursor, heads)
    filled = _Filled()
    more = False
    for name in names:
        rows = _rows_after(connection, name, positions[name])
        taken = filled.take(_payloads(connection, bearer, rows))
        if taken == len(rows) < PAGE_CHANGES:
            # It has seen all there is, also numbers that no row has any more.
            positions[name] = heads[name]
            continue
        more = True
        if taken:
            positions[name] = rows[taken - 1].position
    through = connection.execute(
        select(terminals.c.last_epoch, terminals.c.last_seq).where(
            terminals.c.id == bearer.terminal
        )
    ).one()
    answer = ChangesAnswer(
        cursor=write_cursor(connection, positions),
        changes=filled.changes,
        time_s=time.time(),
        more=more,
        through_epoch=through.last_epoch,
        through_seq=through.last_seq,
    )
    return Page(answer, positions)


@dataclass(slots=True)
class _Filled:
    """The changes of a page on its way."""

    changes: list[Change] = field(default_factory=list)
    left_bytes: int = PAGE_BYTES

    def take(self, offered: Sequence[Change | None]) -> int:
        """Take changes until one does not fit any more; how many were seen to."""
        for number, change in enumerate(offered):
            if change is None:
                continue
            size_bytes = len(msgspec.json.encode(change))
            if self.changes and size_bytes > self.left_bytes:
                return number
            self.changes.append(change)
            self.left_bytes -= size_bytes
        return len(offered)


def feed_heads(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The position of the latest change of each feed that has one."""
    query = select(feeds.c.name, feeds.c.head).where(feeds.c.name.in_(list(names)))
    return {row.name: row.head for row in connection.execute(query)}


def _rows_after(
    connection: Connection, feed: str, position: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(
        select(changes.c.kind, changes.c.key, changes.c.position)
        .where(changes.c.feed == feed, changes.c.position > position)
        .order_by(changes.c.position)
        .limit(PAGE_CHANGES)
    ).all()


def _payloads(
    connection: Connection, bearer: Bearer, rows: Sequence[Row[*tuple[Any, ...]]]
) -> list[Change | None]:
    """What each row's thing says now, None for what is not told; one query for each kind."""
    keys: dict[str, list[bytes]] = {}
    for row in rows:
        keys.setdefault(row.kind, []).append(row.key)
    known = {
        (kind, key): change
        for kind, wanted in keys.items()
        if kind in _READERS
        for key, change in _READERS[ChangeKind(kind)](connection, bearer, wanted)
    }
    return [known.get((row.kind, row.key)) for row in rows]


_Found: TypeAlias = "Iterable[tuple[bytes, Change]]"


def _vouchers(connection: Connection, _bearer: Bearer, keys: list[bytes]) -> _Found:
    rows = connection.execute(select(vouchers).where(vouchers.c.id.in_(keys)))
    present = {
        row.id: VoucherChange(
            voucher=row.id,
            version=row.version,
            state=row.state,
            expires_s=row.expires_s,
            items=read_lines(row.lines),
            order_no=row.order_no,
            phone_masked=row.phone_masked,
            note=row.note,
            pickup_no=row.pickup_no,
            value_class=row.value_class,
            not_before_s=row.not_before_s,
            holder=row.holder,
            serial=row.serial or "",
            password_hash=row.password_hash,
        )
        for row in rows
    }
    return [(key, present.get(key) or VoucherGone(key)) for key in keys]


def _redemptions(connection: Connection, _bearer: Bearer, keys: list[bytes]) -> _Found:
    rows = connection.execute(select(redemptions).where(redemptions.c.entry.in_(keys)))
    return [(row.entry, redemption_change(row)) for row in rows]


def _stock(connection: Connection, bearer: Bearer, keys: list[bytes]) -> _Found:
    rows = connection.execute(
        select(stock).where(
            stock.c.store == bearer.store, stock.c.sku.in_([key.decode() for key in keys])
        )
    )
    return [(row.sku.encode(), StockChange(row.sku, row.on_hand)) for row in rows]


def _products(connection: Connection, _bearer: Bearer, keys: list[bytes]) -> _Found:
    rows = connection.execute(
        select(products).where(products.c.sku.in_([key.decode() for key in keys]))
    )
    return [
        (
            row.sku.encode(),
            ProductChange(row.sku, row.name_zh, row.name_en, row.unit_zh, row.unit_en),
        )
        for row in rows
    ]


def _staff(connection: Connection, bearer: Bearer, keys: list[bytes]) -> _Found:
    rows = connection.execute(
        select(staff).where(
            staff.c.store == bearer.store, staff.c.staff.in_([key.decode() for key in keys])
        )
    )
    return [
        (row.staff.encode(), StaffChange(row.staff, row.name, row.role, row.pin_hash, row.active))
        for row in rows
    ]


def _documents(connection: Connection, bearer: Bearer, keys: list[bytes]) -> _Found:
    return [
        (key, DocumentChange(kind, document))
        for key in keys
        for kind, document in [_document(connection, bearer, key)]
        if document is not None
    ]


def _document(
    connection: Connection, bearer: Bearer, key: bytes
) -> tuple[Literal["keys", "policy", "root", "store"], bytes | None]:
    """Kind and content of ``keys``, ``policy``, ``root/VERSION``, or ``store`` in its own feed."""
    if key == b"keys":
        return "keys", latest_document(connection, "keys")
    if key == b"store":
        return "store", latest_document(connection, place_kind(bearer.store))
    if key.startswith(b"root/"):
        return "root", document_at(connection, "root", int(key[5:]))
    return "policy", latest_document(connection, "policy")


def _status(connection: Connection, _bearer: Bearer, keys: list[bytes]) -> _Found:
    version = current_version(connection)
    return [] if version is None else [(key, StatusHint(int(key), version)) for key in keys]


def _conflicts(connection: Connection, bearer: Bearer, keys: list[bytes]) -> _Found:
    """The conflicts that concern the asking terminal, each seen from its own side."""
    entries = {key[:32] for key in keys}
    rows = connection.execute(select(conflicts).where(conflicts.c.entry.in_(entries)))
    seen: list[tuple[bytes, Change]] = []
    for row in rows:
        key = conflict_key(row.entry, row.kind)
        if row.terminal == bearer.terminal:
            change = ConflictChange(row.entry, row.kind, read_other(row.other), _settled(row))
            seen.append((key, change))
        elif row.other_terminal == bearer.terminal and row.other_entry is not None:
            change = ConflictChange(row.other_entry, row.kind, read_other(row.fact), _settled(row))
            seen.append((key, change))
    return seen


def _settled(row: Row[Any]) -> Settled | None:
    if row.state != "settled":
        return None
    people = read_names(row.supervisors)
    return Settled(row.decision, row.note, people, row.settled_s, row.settled_by)


def _serial_tries(connection: Connection, _bearer: Bearer, keys: list[bytes]) -> _Found:
    rows = connection.execute(select(serial_tries).where(serial_tries.c.entry.in_(keys)))
    return [(row.entry, SerialTry(row.entry, row.voucher, row.at_s, row.terminal)) for row in rows]


def _serial_reviews(connection: Connection, _bearer: Bearer, keys: list[bytes]) -> _Found:
    rows = connection.execute(select(serial_reviews).where(serial_reviews.c.entry.in_(keys)))
    return [
        (row.entry, SerialReview(row.entry, row.voucher, read_hashes(row.cleared))) for row in rows
    ]


def conflict_key(entry: bytes, kind: str) -> bytes:
    """The key of a conflict in the change log."""
    return entry + kind.encode()


_READERS: dict[ChangeKind, Callable[[Connection, Bearer, list[bytes]], _Found]] = {
    ChangeKind.VOUCHER: _vouchers,
    ChangeKind.REDEMPTION: _redemptions,
    ChangeKind.STOCK: _stock,
    ChangeKind.PRODUCT: _products,
    ChangeKind.STAFF: _staff,
    ChangeKind.DOCUMENT: _documents,
    ChangeKind.CONFLICT: _conflicts,
    ChangeKind.SERIAL_TRY: _serial_tries,
    ChangeKind.SERIAL_REVIEW: _serial_reviews,
    ChangeKind.STATUS: _status,
}
