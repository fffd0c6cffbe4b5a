"""What a customer's phone sees of its voucher: the order, and what was handed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from kiosk.central.facts import read_lines, read_names
from kiosk.central.feed_log import COMMON
from kiosk.central.tables import products, redemptions, stores
from kiosk.central.vouchers import row_for_wallet
from kiosk.protocol.messages import (
    Line,
    WalletAnswer,
    WalletItem,
    WalletRedemption,
    WalletRequest,
    WalletStore,
)


def wallet_view(
    connection: Connection, request: WalletRequest, time_s: float
) -> WalletAnswer | None:
    """The order behind a wallet token; None when voucher and token do not belong together."""
    row = row_for_wallet(connection, request.voucher, request.wallet_token)
    if row is None:
        return None
    where = [store for store in read_names(row.stores) if store != COMMON]
    facts = _counting(connection, row.id, where)
    names = _store_names(connection, {*where, *(fact.store for fact in facts)})
    redeemed = [
        WalletRedemption(
            at_s=fact.at_s,
            store=fact.store,
            store_name=names.get(fact.store, ""),
            terminal=fact.terminal,
            lines=read_lines(fact.lines),
        )
        for fact in facts
    ]
    return WalletAnswer(
        state=row.state,
        tier=row.tier,
        expires_s=row.expires_s,
        items=_items(connection, read_lines(row.lines), redeemed),
        redemptions=redeemed,
        stores=[WalletStore(store, names.get(store, "")) for store in where],
        time_s=time_s,
        order_no=row.order_no,
        pickup_no=row.pickup_no,
        phone_masked=row.phone_masked,
        note=row.note,
        not_before_s=row.not_before_s,
    )


def _counting(connection: Connection, voucher: bytes, where: list[str]) -> Sequence[Row[Any]]:
    """The redemptions that its stores believe, oldest first."""
    proved_or_theirs = (
        or_(redemptions.c.proved, redemptions.c.store.in_(where)) if where else redemptions.c.proved
    )
    return connection.execute(
        select(redemptions)
        .where(redemptions.c.voucher == voucher, ~redemptions.c.undone, proved_or_theirs)
        .order_by(redemptions.c.at_s, redemptions.c.entry)
    ).all()


def _store_names(connection: Connection, ids: set[str]) -> dict[str, str]:
    rows = connection.execute(select(stores.c.id, stores.c.name).where(stores.c.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _items(
    connection: Connection, lines: Sequence[Line], redeemed: Iterable[WalletRedemption]
) -> list[WalletItem]:
    known = {
        row.sku: row
        for row in connection.execute(
            select(products).where(products.c.sku.in_({line.sku for line in lines}))
        )
    }
    gone = Counter[tuple[str, int | None]]()
    for one in redeemed:
        for line in one.lines:
            gone[line.sku, line.group] += line.quantity
    return [
        WalletItem(
            sku=line.sku,
            quantity=line.quantity,
            left=max(0, line.quantity - gone[line.sku, line.group]),
            name_zh=product.name_zh if (product := known.get(line.sku)) else line.sku,
            name_en=product.name_en if product else line.sku,
            unit_zh=product.unit_zh if product else "件",
            unit_en=product.unit_en if product else "pcs",
            group=line.group,
        )
        for line in lines
    ]
