"""Where stores are: what people told central, and what it tells the stores' terminals."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from kiosk.central.tables import stores
from kiosk.domain.policy import StorePlace
from kiosk.domain.vouchers import Place


def set_place(connection: Connection, store: str, place: StorePlace) -> bool:
    """Note where a store is; False when there is no such store."""
    where = place.place
    found = connection.execute(
        update(stores)
        .where(stores.c.id == store)
        .values(
            latitude_e7=where.latitude_e7,
            longitude_e7=where.longitude_e7,
            radius_m=place.radius_m,
        )
        .returning(stores.c.id)
    )
    return found.one_or_none() is not None


def placed_stores(connection: Connection, store: str | None = None) -> dict[str, StorePlace]:
    """The stores whose place is known; of one store alone if it is named."""
    s = stores.c
    query = select(s.id, s.latitude_e7, s.longitude_e7, s.radius_m).where(
        s.latitude_e7.is_not(None), s.longitude_e7.is_not(None)
    )
    rows = connection.execute(query if store is None else query.where(s.id == store))
    return {
        row.id: StorePlace(Place(row.latitude_e7, row.longitude_e7), row.radius_m) for row in rows
    }
