"""What central counts in a shop, read beside the server."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import select

from kiosk.central.services import open_services
from kiosk.central.tables import stock


def on_hand(central_home: Path, store: str, skus: Collection[str]) -> dict[str, int]:
    """Central's count of each of these SKUs; every one has to be counted."""
    services = open_services(central_home)
    try:
        with services.database.read() as connection:
            rows = connection.execute(
                select(stock.c.sku, stock.c.on_hand).where(
                    stock.c.store == store, stock.c.sku.in_(list(skus))
                )
            )
            counts = {row.sku: row.on_hand for row in rows}
    finally:
        services.close()
    assert set(counts) == set(skus)
    return counts
