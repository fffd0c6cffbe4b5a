"""Reading a voucher's past: own facts and what the replica heard of other terminals."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam, func, select, union_all

from kiosk.domain.redemption import VoucherHistory
from kiosk.domain.verdicts import RedemptionRecord
from kiosk.domain.vouchers import Item, PickupCode, VoucherState
from kiosk.ledger import tables as t
from kiosk.ledger.identity import Identity
from kiosk.protocol.messages import Line

_OWN, _OTHER = t.redemptions.c, t.elsewhere.c
_IS_UNDONE = select(t.undone.c.entry).where(t.undone.c.redemption == _OWN.entry).exists()
_OWN_LINE, _OTHER_LINE = t.redemption_lines.c, t.elsewhere_lines.c


# Statements are made once: putting one together takes longer than SQLite takes to answer it.
def _latest_own(column: Column[Any], *counting: ColumnElement[bool]) -> Select[Any]:
    return (
        select(_OWN.entry, _OWN.at_s, _OWN.staff, _IS_UNDONE.label("undone"))
        .where(column == bindparam("key"), *counting)
        .order_by(_OWN.epoch.desc(), _OWN.seq.desc())
        .limit(1)
    )


def _latest_other(column: Column[Any]) -> Select[Any]:
    return (
        select(_OTHER.entry, _OTHER.at_s, _OTHER.store, _OTHER.terminal, _OTHER.staff)
        .where(column == bindparam("key"), _OTHER.undone == 0)
        .order_by(_OTHER.at_s.desc())
        .limit(1)
    )


OWN_OF_VOUCHER = _latest_own(_OWN.voucher, ~_IS_UNDONE)
OWN_OF_INSTANCE = _latest_own(_OWN.instance)
OWN_OF_ENTRY = _latest_own(_OWN.entry)
_OTHER_OF_VOUCHER = _latest_other(_OTHER.voucher)
_OTHER_OF_INSTANCE = _latest_other(_OTHER.instance)
_VOUCHER = select(t.vouchers.c.state, t.vouchers.c.lines).where(
    t.vouchers.c.voucher == bindparam("key")
)
_OF_HOLDER = union_all(
    select(func.count().label("number")).where(
        _OWN.holder == bindparam("holder"), _OWN.at_s >= bindparam("since_s"), ~_IS_UNDONE
    ),
    select(func.count()).where(
        _OTHER.holder == bindparam("holder"),
        _OTHER.at_s >= bindparam("since_s"),
        _OTHER.undone == 0,
    ),
)
_TAKEN = union_all(
    select(_OWN_LINE.sku, _OWN_LINE.bundle, _OWN_LINE.quantity).where(
        _OWN_LINE.voucher == bindparam("key")
    ),
    select(_OTHER_LINE.sku, _OTHER_LINE.bundle, _OTHER_LINE.quantity)
    .join(t.elsewhere, _OTHER.entry == _OTHER_LINE.entry)
    .where(_OTHER.voucher == bindparam("key"), _OTHER.undone == 0),
)


def voucher_history(
    connection: Connection, identity: Identity, code: PickupCode, since_s: int
) -> VoucherHistory:
    """All that is known of a voucher; the caller gives one snapshot.

    ``since_s``: from when on redemptions of the code's holder are counted.
    """
    row = connection.execute(_VOUCHER, {"key": code.voucher}).one_or_none()
    own = own_record(connection, identity, OWN_OF_VOUCHER, code.voucher)
    other = _other_record(connection, _OTHER_OF_VOUCHER, code.voucher)
    instance = None
    if code.instance is not None:
        instance = own_record(
            connection, identity, OWN_OF_INSTANCE, code.instance
        ) or _other_record(connection, _OTHER_OF_INSTANCE, code.instance)
    return VoucherHistory(
        taken=taken(connection, code.voucher),
        last=max((r for r in (own, other) if r), key=lambda r: r.at_s, default=None),
        instance=instance,
        state=VoucherState(row.state) if row else None,
        replica_items=_items_from(row.lines) if row else None,
        holder_recent=_holder_recent(connection, code.options.holder, since_s),
    )


def _holder_recent(connection: Connection, holder: bytes | None, since_s: int) -> int:
    if holder is None:
        return 0
    counted = connection.execute(_OF_HOLDER, {"holder": holder, "since_s": since_s})
    return sum(row.number for row in counted)


def taken(connection: Connection, voucher: bytes) -> tuple[Item, ...]:
    """Every line handed over, here and elsewhere; what was undone here has lines below 0."""
    return tuple(
        Item(row.sku, row.quantity, t.group_of(row.bundle))
        for row in connection.execute(_TAKEN, {"key": voucher})
    )


def lines_of(connection: Connection, entries: list[bytes]) -> dict[bytes, tuple[Item, ...]]:
    """The items of own redemptions, by entry hash."""
    line = t.redemption_lines.c
    found: dict[bytes, tuple[Item, ...]] = {}
    query = select(line.entry, line.sku, line.quantity, line.bundle).where(line.entry.in_(entries))
    for row in connection.execute(query):
        item = Item(row.sku, row.quantity, t.group_of(row.bundle))
        found[row.entry] = (*found.get(row.entry, ()), item)
    return found


def own_record(
    connection: Connection, identity: Identity, latest: Select[Any], key: bytes
) -> RedemptionRecord | None:
    """This terminal's latest redemption: ``latest`` is one of ``OWN_OF_…``."""
    row = connection.execute(latest, {"key": key}).one_or_none()
    if row is None:
        return None
    return RedemptionRecord(
        row.entry,
        row.at_s,
        identity.store,
        identity.terminal,
        row.staff,
        here=True,
        undone=bool(row.undone),
    )


def _other_record(
    connection: Connection, latest: Select[Any], key: bytes
) -> RedemptionRecord | None:
    row = connection.execute(latest, {"key": key}).one_or_none()
    if row is None:
        return None
    return RedemptionRecord(row.entry, row.at_s, row.store, row.terminal, row.staff, here=False)


def _items_from(raw: bytes) -> tuple[Item, ...]:
    lines = msgspec.json.decode(raw, type=list[Line])
    return tuple(Item(line.sku, line.quantity, line.group) for line in lines)
