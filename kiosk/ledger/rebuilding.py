"""What lies beside the entries, made anew from them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from kiosk.ledger.redeem import derive
from kiosk.protocol.entries import REDEMPTION, Entry


def derive_again(connection: Connection, entry: Entry) -> None:
    """Write the rows that follow from an entry; part of the caller's transaction.

    A kind that leaves nothing beside its entry is none of its business. Raises EntryError on a
    payload that is not what its kind says.
    """
    maker = _MAKERS.get(entry.head.kind)
    if maker is not None:
        maker(connection, entry)


def _redemption(connection: Connection, entry: Entry) -> None:
    fact = entry.redemption()
    derive(connection, entry, fact, fact.entitlement)


_MAKERS: dict[str, Callable[[Connection, Entry], None]] = {REDEMPTION: _redemption}
