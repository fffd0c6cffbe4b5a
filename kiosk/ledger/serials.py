"""Typed serials in the ledger: looking one up, its wrong tries, the reviews that clear them.

A try is open until some review names it. Tries and reviews of this terminal are entries; those of
others came with the feed. Both lie in the same tables by entry hash, so none counts twice.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.domain.serials import MAX_CLEARED, SerialVoucher
from kiosk.domain.vouchers import Item
from kiosk.ledger import tables as t
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.identity import Identity
from kiosk.protocol import messages as m
from kiosk.protocol.entries import Entry
from kiosk.protocol.serial_entries import (
    SERIAL_REVIEW,
    SERIAL_TRY,
    SerialFact,
    SerialReviewFact,
    SerialTryFact,
    review_payload,
    try_payload,
)

_TRY, _CLEARED, _VOUCHER = t.serial_tries.c, t.cleared_tries.c, t.vouchers.c
_IS_OPEN = ~select(_CLEARED["try"]).where(_CLEARED["try"] == _TRY.entry).exists()

# Made once: putting a statement together takes longer than SQLite takes to answer it.
_OPEN_COUNT = select(func.count()).where(_TRY.voucher == bindparam("voucher"), _IS_OPEN)
_OPEN_TRIES = (
    select(_TRY.entry)
    .where(_TRY.voucher == bindparam("voucher"), _IS_OPEN)
    .order_by(_TRY.entry)
    .limit(MAX_CLEARED)
)
_BY_SERIAL = (
    select(
        _VOUCHER.voucher,
        _VOUCHER.password_hash,
        _VOUCHER.lines,
        _VOUCHER.expires_s,
        _VOUCHER.not_before_s,
        _VOUCHER.value_class,
        _VOUCHER.holder,
        select(func.count())
        .where(_TRY.voucher == _VOUCHER.voucher, _IS_OPEN)
        .scalar_subquery()
        .label("open_tries"),
    )
    .where(_VOUCHER.serial == bindparam("serial"))
    .order_by(_VOUCHER.generation.desc())  # the latest snapshot's, while an older one is swept
    .limit(1)
)
_PUT_TRY = upsert(t.serial_tries).on_conflict_do_nothing()
_PUT_CLEARED = upsert(t.cleared_tries).on_conflict_do_nothing()
_AUDITED = insert(t.audit)


def serial_voucher(connection: Connection, serial: str) -> SerialVoucher | None:
    """The voucher of a serial with its open tries, or None."""
    row = connection.execute(_BY_SERIAL, {"serial": serial}).one_or_none()
    if row is None:
        return None
    lines = msgspec.json.decode(row.lines, type=list[m.Line])
    return SerialVoucher(
        voucher=row.voucher,
        password_hash=row.password_hash,
        items=tuple(Item(line.sku, line.quantity, line.group) for line in lines),
        expires_s=row.expires_s,
        not_before_s=row.not_before_s,
        value_class=row.value_class,
        holder=row.holder,
        open_tries=row.open_tries,
    )


def record_try(
    connection: Connection, identity: Identity, stamp: Stamp, tried: tuple[bytes, str | None]
) -> int:
    """Append a wrong try of ``(voucher, staff on duty)``; part of the caller's transaction.

    Gives how many are open now.
    """
    voucher, staff = tried
    fact = SerialTryFact(voucher)
    entry = append(
        connection, identity, stamp, kind=SERIAL_TRY, staff=staff, payload=try_payload(fact)
    )
    derive_serial(connection, entry, fact)
    return connection.execute(_OPEN_COUNT, {"voucher": voucher}).scalar_one()


def record_right(connection: Connection, stamp: Stamp, opened: tuple[bytes, str | None]) -> None:
    """Note in the audit trail that a serial was opened; part of the caller's transaction."""
    voucher, staff = opened
    _audit(connection, stamp.now.unix_s, staff, "serial_opened", None, voucher.hex())


def record_review(
    connection: Connection, identity: Identity, stamp: Stamp, staff: str, review: tuple[bytes, str]
) -> int:
    """Append a supervisor's review of ``(voucher, note)`` that clears the tries open now.

    Part of the caller's transaction. Gives how many it cleared; without any it writes nothing.
    """
    voucher, note = review
    cleared = tuple(connection.scalars(_OPEN_TRIES, {"voucher": voucher}))
    if not cleared:
        return 0
    fact = SerialReviewFact(voucher, cleared, note)
    entry = append(
        connection, identity, stamp, kind=SERIAL_REVIEW, staff=staff, payload=review_payload(fact)
    )
    derive_serial(connection, entry, fact)
    return len(cleared)


def derive_serial(connection: Connection, entry: Entry, fact: SerialFact) -> None:
    """The rows beside an entry of this terminal about a serial; part of the transaction."""
    head, note = entry.head, ""
    if isinstance(fact, SerialTryFact):
        _put_try(connection, entry.hash, fact.voucher, head.now.unix_s, head.terminal)
    else:
        _put_cleared(connection, entry.hash, fact.cleared)
        note = fact.note
    _audit(connection, head.now.unix_s, head.staff, head.kind, entry.hash, note)


def take_try(connection: Connection, change: m.SerialTry) -> None:
    """A wrong try that the feed told of, one's own included."""
    _put_try(connection, change.entry, change.voucher, change.at_s, change.terminal)


def take_review(connection: Connection, change: m.SerialReview) -> None:
    """A review that the feed told of; it may come before the tries that it clears."""
    _put_cleared(connection, change.entry, change.cleared)


def _put_try(
    connection: Connection, entry: bytes, voucher: bytes, at_s: int, terminal: str
) -> None:
    connection.execute(
        _PUT_TRY, {"entry": entry, "voucher": voucher, "at_s": at_s, "terminal": terminal}
    )


def _put_cleared(
    connection: Connection, review: bytes, cleared: tuple[bytes, ...] | list[bytes]
) -> None:
    if cleared:
        connection.execute(_PUT_CLEARED, [{"try": one, "review": review} for one in cleared])


def _audit(
    connection: Connection,
    at_s: int,
    staff: str | None,
    action: str,
    entry: bytes | None,
    detail: str = "",
) -> None:
    line = {"at_s": at_s, "staff": staff, "action": action, "entry": entry, "detail": detail}
    connection.execute(_AUDITED, line)
