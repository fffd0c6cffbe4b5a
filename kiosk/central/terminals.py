"""Which terminals may ask."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from kiosk.central.database import Transaction
from kiosk.central.tables import terminals
from kiosk.central.tokens import Bearer


def terminal_may_ask(connection: Connection, bearer: Bearer) -> bool:
    """Whether the terminal of a valid token is still enrolled, for that store."""
    row = connection.execute(
        select(terminals.c.store, terminals.c.disabled).where(terminals.c.id == bearer.terminal)
    ).one_or_none()
    return row is not None and not row.disabled and row.store == bearer.store


def disable_terminal(transaction: Transaction, terminal: str) -> bool:
    """Refuse a terminal from now on; False when there is none of that id."""
    done = transaction.connection.execute(
        update(terminals).where(terminals.c.id == terminal).values(disabled=True)
    )
    return done.rowcount == 1
