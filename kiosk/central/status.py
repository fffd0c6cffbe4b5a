"""The status list in the database: who has which index, and which bits are set since when.

A row of ``status_changes`` is an index whose bit was ever changed; the highest one is where the
list ends. So a list that grows is a change like any other, and a delta tells it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select, update

from kiosk.central.database import upsert
from kiosk.central.feed_log import COMMON, ChangeKind, FeedChange
from kiosk.central.tables import meta, status_changes

STATUS_LIST = 0
"""Id of the one status list that this central keeps."""
STEP_ENTRIES = 131_072
"""A list grows by so many entries: zeros cost next to nothing, a longer list costs a fetch."""
HEADROOM_ENTRIES = 65_536
"""At least so many entries are there for vouchers to come: their codes must find their bit."""
RENEW_EVERY_S = 86_400
_NEXT = "status_next"
_CHUNK = 5000
_S = status_changes.c


def give_indexes(connection: Connection, count: int, now_s: int) -> tuple[int, list[FeedChange]]:
    """The first of ``count`` new indexes, and what the caller has to publish.

    Given out one after the other, never twice. The counter's row stays locked until the end of
    the transaction: what one transaction gives, the next one sees.
    """
    first = _lock_counter(connection)
    connection.execute(update(meta).where(meta.c.name == _NEXT).values(value=str(first + count)))
    end = connection.scalar(select(func.max(_S.index)))
    needed = first + count + HEADROOM_ENTRIES
    if end is not None and needed <= end + 1:
        return first, []
    last = -(-needed // STEP_ENTRIES) * STEP_ENTRIES - 1
    return first, _put(connection, {last: False}, now_s)


def set_bits(
    connection: Connection, indexes: Iterable[int], now_s: int, *, revoked: bool
) -> list[FeedChange]:
    """Set or clear bits under one new version; what the caller has to publish.

    Bits that are as they should be stay untouched; without a change there is no new version.
    """
    _lock_counter(connection)
    wanted = sorted(set(indexes))
    known: dict[int, bool] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        rows = connection.execute(select(_S.index, _S.revoked).where(_S.index.in_(part)))
        known.update((index, bit) for index, bit in rows)
    changed = {index: revoked for index in wanted if known.get(index, False) is not revoked}
    return _put(connection, changed, now_s) if changed else []


def renewed_status(connection: Connection, now_s: int) -> list[FeedChange]:
    """Make sure that there is a list, with a version of today; what has to be published.

    So a central that lost its latest changes (a restored backup) is believed again within a day:
    until its version has passed what terminals have, they refuse it as a rollback.
    """
    _, changes = give_indexes(connection, 0, now_s)
    version = current_version(connection) or 0
    if version > now_s - RENEW_EVERY_S:
        return changes
    end = connection.scalar(select(func.max(_S.index)))
    connection.execute(
        update(status_changes).where(_S.index == end).values(version=max(now_s, version + 1))
    )
    return [_HINT]


def current_version(connection: Connection) -> int | None:
    """Version of the list; None before there is one."""
    version: int | None = connection.scalar(select(func.max(_S.version)))
    return version


_HINT = FeedChange(COMMON, ChangeKind.STATUS, b"%d" % STATUS_LIST)


def _lock_counter(connection: Connection) -> int:
    """The next index to give; whoever else gives indexes or versions waits for this one."""
    query = select(meta.c.value).where(meta.c.name == _NEXT).with_for_update()
    value = connection.scalar(query)
    if value is None:
        connection.execute(
            upsert(connection.dialect.name, meta)
            .values(name=_NEXT, value="0")
            .on_conflict_do_nothing()
        )
        value = connection.scalar(query)
    return int(value or 0)


def _put(connection: Connection, changed: dict[int, bool], now_s: int) -> list[FeedChange]:
    # Seconds as versions, as with the documents; two changes of one second run ahead of the clock.
    version = max(now_s, (current_version(connection) or 0) + 1)
    statement = upsert(connection.dialect.name, status_changes)
    statement = statement.on_conflict_do_update(
        index_elements=["index"],
        set_={
            "version": statement.excluded.version,
            "revoked": statement.excluded.revoked,
        },
    )
    rows = [
        {"index": index, "version": version, "revoked": revoked}
        for index, revoked in changed.items()
    ]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(statement, rows[start : start + _CHUNK])
    return [_HINT]
