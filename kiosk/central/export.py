"""Everything that was handed in, line by line, for comparing with the terminals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from kiosk.central.facts import read_names
from kiosk.central.tables import entries, quarantine, settlements

_CHUNK_ROWS = 1000


def recorded(connection: Connection) -> Iterator[dict[str, Any]]:
    """Recorded entries by terminal, epoch and number, then the quarantined ones."""
    query = (
        select(
            entries.c.terminal,
            entries.c.epoch,
            entries.c.seq,
            entries.c.hash,
            entries.c.kind,
            entries.c.voucher,
            entries.c.at_s,
            entries.c.staff,
            entries.c.state,
            entries.c.conflict,
            settlements.c.disputed,
            settlements.c.kind.label("settled_kind"),
            settlements.c.decision,
            settlements.c.note,
            settlements.c.supervisors,
        )
        .outerjoin(settlements, settlements.c.entry == entries.c.hash)
        .order_by(entries.c.terminal, entries.c.epoch, entries.c.seq, entries.c.received_s)
        .execution_options(yield_per=_CHUNK_ROWS)
    )
    for row in connection.execute(query):
        yield {
            "terminal": row.terminal,
            "epoch": row.epoch,
            "seq": row.seq,
            "entry": row.hash.hex(),
            "kind": row.kind,
            "voucher": row.voucher.hex() if row.voucher else None,
            "at": row.at_s,
            "staff": row.staff,
            "state": row.state,
            "conflict": row.conflict or None,
            **_settles(row),
        }
    kept = (
        select(quarantine.c.terminal, quarantine.c.entry, quarantine.c.why, quarantine.c.received_s)
        .order_by(quarantine.c.terminal, quarantine.c.received_s)
        .execution_options(yield_per=_CHUNK_ROWS)
    )
    for bad in connection.execute(kept):
        yield {
            "terminal": bad.terminal,
            "entry": bad.entry.hex(),
            "state": "quarantined",
            "why": bad.why,
            "received": bad.received_s,
        }


def _settles(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    if row.disputed is None:
        return {}
    return {
        "settles": row.disputed.hex(),
        "settled_kind": row.settled_kind,
        "decision": row.decision,
        "note": row.note,
        "supervisors": read_names(row.supervisors),
    }
