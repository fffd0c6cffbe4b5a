"""Small named values inside the encrypted ledger: epoch, terminal key, cursor, time mark."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.ledger.tables import meta


def read_meta(connection: Connection, name: str) -> bytes | None:
    """The value of a name, or None."""
    value = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    return None if value is None else bytes(value)


def write_meta(connection: Connection, name: str, value: bytes) -> None:
    """Set the value of a name."""
    statement = insert(meta).values(name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
