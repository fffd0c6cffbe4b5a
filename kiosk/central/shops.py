"""Stores, products, stock and staff: what central is told by people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from kiosk.central.database import Transaction, upsert
from kiosk.central.feed_log import COMMON, ChangeKind, FeedChange, publish
from kiosk.central.tables import products, staff, stock, stores
from kiosk.domain.orders import Product
from kiosk.domain.staff import StaffMember

MAX_STORE_CHARS = 56
"""Terminal ids, at most 64 characters, begin with the store's id."""


def add_store(transaction: Transaction, store: str, name: str) -> None:
    """Create or rename a store; raises ValueError on an id that cannot be used."""
    if not (0 < len(store) <= MAX_STORE_CHARS and store.isprintable()) or store == COMMON:
        raise ValueError(f"store id {store!r}: 1 to {MAX_STORE_CHARS} printable characters, not *")
    statement = upsert(transaction.connection.dialect.name, stores).values(id=store, name=name)
    transaction.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={"name": statement.excluded.name}
        )
    )


def store_name(connection: Connection, store: str) -> str:
    """A store's name; empty when there is no such store."""
    return connection.scalar(select(stores.c.name).where(stores.c.id == store)) or ""


def add_products(transaction: Transaction, added: Iterable[Product]) -> None:
    """Create or change catalogue lines."""
    rows = [
        {
            "sku": product.sku,
            "name_zh": product.name_zh,
            "name_en": product.name_en,
            "unit_zh": product.unit_zh,
            "unit_en": product.unit_en,
        }
        for product in added
    ]
    if not rows:
        return
    publish(
        transaction,
        [FeedChange(COMMON, ChangeKind.PRODUCT, str(row["sku"]).encode()) for row in rows],
    )
    statement = upsert(transaction.connection.dialect.name, products)
    names = ("name_zh", "name_en", "unit_zh", "unit_en")
    transaction.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["sku"], set_={name: statement.excluded[name] for name in names}
        ),
        rows,
    )


def missing_products(connection: Connection, skus: Iterable[str]) -> list[str]:
    """The SKUs that have no catalogue line yet."""
    wanted = sorted(set(skus))
    known = set(connection.scalars(select(products.c.sku).where(products.c.sku.in_(wanted))))
    return [sku for sku in wanted if sku not in known]


def set_stock(transaction: Transaction, store: str, counts: Mapping[str, int]) -> None:
    """Set the counted stock of some SKUs in a store."""
    if not counts:
        return
    publish(transaction, [FeedChange(store, ChangeKind.STOCK, sku.encode()) for sku in counts])
    statement = upsert(transaction.connection.dialect.name, stock)
    transaction.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["store", "sku"], set_={"on_hand": statement.excluded.on_hand}
        ),
        [{"store": store, "sku": sku, "on_hand": count} for sku, count in counts.items()],
    )


def counted_skus(connection: Connection, store: str) -> set[str]:
    """The SKUs that a store counts."""
    return set(connection.scalars(select(stock.c.sku).where(stock.c.store == store)))


def staff_ids(connection: Connection, store: str) -> set[str]:
    """Everybody of a store's staff, also who left."""
    return set(connection.scalars(select(staff.c.staff).where(staff.c.store == store)))


def put_staff(transaction: Transaction, store: str, members: Iterable[StaffMember]) -> None:
    """Create or change members of a store's staff."""
    rows = [
        {
            "store": store,
            "staff": member.staff,
            "name": member.name,
            "role": member.role.value,
            "pin_hash": member.pin_hash,
            "active": member.active,
        }
        for member in members
    ]
    if not rows:
        return
    publish(
        transaction,
        [FeedChange(store, ChangeKind.STAFF, str(row["staff"]).encode()) for row in rows],
    )
    statement = upsert(transaction.connection.dialect.name, staff)
    fields = ("name", "role", "pin_hash", "active")
    transaction.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["store", "staff"],
            set_={name: statement.excluded[name] for name in fields},
        ),
        rows,
    )
