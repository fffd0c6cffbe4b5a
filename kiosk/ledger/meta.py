"""Small named values inside the encrypted ledger: epoch, terminal key, cursor, time mark."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.ledger.tables import meta

CATCHING_UP = "catching_up"
"""``1`` from a restore or a salvage on, until the changes feed has been followed to its end."""

_GET = select(meta.c.value).where(meta.c.name == bindparam("wanted"))
_SET = insert(meta)
_SET = _SET.on_conflict_do_update(index_elements=["name"], set_={"value": _SET.excluded.value})


def read_meta(connection: Connection, name: str) -> bytes | None:
    """The value of a name, or None."""
    value = connection.execute(_GET, {"wanted": name}).scalar()
    return None if value is None else bytes(value)


def is_caught_up(connection: Connection) -> bool:
    """Whether central has told everything since a restore or a salvage, if there was one."""
    return read_meta(connection, CATCHING_UP) != b"1"


def write_meta(connection: Connection, name: str, value: bytes) -> None:
    """Set the value of a name."""
    connection.execute(_SET, {"name": name, "value": value})
