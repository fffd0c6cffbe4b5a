"""Reading a voucher's past: own facts and what the replica heard of other terminals."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection, select, union_all

from kiosk.domain.redemption import VoucherHistory
from kiosk.domain.verdicts import RedemptionRecord
from kiosk.domain.vouchers import Item, PickupCode, VoucherState
from kiosk.ledger import tables as t
from kiosk.ledger.identity import Identity
from kiosk.protocol.messages import Line


def bundle_of(group: int | None) -> int:
    """A line's bundle column."""
    return t.NO_GROUP if group is None else group


def group_of(bundle: int) -> int | None:
    """The bundle group of a row."""
    return None if bundle == t.NO_GROUP else bundle


def voucher_history(connection: Connection, identity: Identity, code: PickupCode) -> VoucherHistory:
    """All that is known of a voucher; the caller gives one snapshot."""
    row = connection.execute(
        select(t.vouchers.c.state, t.vouchers.c.lines).where(t.vouchers.c.voucher == code.voucher)
    ).one_or_none()
    own = own_record(connection, identity, t.redemptions.c.voucher == code.voucher)
    other = _other_record(connection, t.elsewhere.c.voucher == code.voucher)
    instance = None
    if code.instance is not None:
        instance = own_record(
            connection, identity, t.redemptions.c.instance == code.instance
        ) or _other_record(connection, t.elsewhere.c.instance == code.instance)
    return VoucherHistory(
        taken=taken(connection, code.voucher),
        last=max((r for r in (own, other) if r), key=lambda r: r.at_s, default=None),
        instance=instance,
        state=VoucherState(row.state) if row else None,
        replica_items=_items_from(row.lines) if row else None,
    )


def taken(connection: Connection, voucher: bytes) -> tuple[Item, ...]:
    """Every line handed over, here and elsewhere; undone ones do not count."""
    own, line = t.redemption_lines.c, t.elsewhere_lines.c
    query = union_all(
        select(own.sku, own.bundle, own.quantity).where(own.voucher == voucher),
        select(line.sku, line.bundle, line.quantity)
        .join(t.elsewhere, t.elsewhere.c.entry == line.entry)
        .where(t.elsewhere.c.voucher == voucher, t.elsewhere.c.undone == 0),
    )
    return tuple(
        Item(row.sku, row.quantity, group_of(row.bundle)) for row in connection.execute(query)
    )


def lines_of(connection: Connection, entries: list[bytes]) -> dict[bytes, tuple[Item, ...]]:
    """The items of own redemptions, by entry hash."""
    line = t.redemption_lines.c
    found: dict[bytes, tuple[Item, ...]] = {}
    query = select(line.entry, line.sku, line.quantity, line.bundle).where(line.entry.in_(entries))
    for row in connection.execute(query):
        item = Item(row.sku, row.quantity, group_of(row.bundle))
        found[row.entry] = (*found.get(row.entry, ()), item)
    return found


def own_record(
    connection: Connection, identity: Identity, where: ColumnElement[bool]
) -> RedemptionRecord | None:
    """This terminal's latest redemption that fits."""
    r = t.redemptions.c
    row = connection.execute(
        select(r.entry, r.at_s, r.staff)
        .where(where)
        .order_by(r.epoch.desc(), r.seq.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return RedemptionRecord(
        row.entry, row.at_s, identity.store, identity.terminal, row.staff, here=True
    )


def _other_record(connection: Connection, where: ColumnElement[bool]) -> RedemptionRecord | None:
    e = t.elsewhere.c
    row = connection.execute(
        select(e.entry, e.at_s, e.store, e.terminal, e.staff)
        .where(where, e.undone == 0)
        .order_by(e.at_s.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return RedemptionRecord(row.entry, row.at_s, row.store, row.terminal, row.staff, here=False)


def _items_from(raw: bytes) -> tuple[Item, ...]:
    lines = msgspec.json.decode(raw, type=list[Line])
    return tuple(Item(line.sku, line.quantity, line.group) for line in lines)
