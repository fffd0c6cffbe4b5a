"""The change log behind the feeds: what changed, in the order in which it became visible.

Every store has a feed, and ``*`` is what all stores share. A feed holds one row for each thing
(a voucher, a redemption, …) with the position of its latest change; what the thing says is
looked up when the feed is read. So a terminal that starts from nothing reads the same log from
position 0, the log grows with the things and not with their changes, and nobody who was away
for long has to wade through what is outdated.

Positions are given out under the feed's row lock, held until commit: they become visible in
order, and a reader never skips one. What one transaction gave out bears a random mark: so a
position that was read before a backup was restored is told from the one that was given out again.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sqlalchemy import Connection, Insert, bindparam, insert, select, update

from kiosk.central.database import Transaction, upsert
from kiosk.central.tables import changes, feed_marks, feeds

COMMON = "*"
"""The feed of what every store follows; also the store name of vouchers valid anywhere."""

_MARK_BYTES = 4

# Built once: putting a statement together costs more than running it does.
_LOCKED_HEADS = (
    select(feeds.c.name, feeds.c.head)
    .where(feeds.c.name.in_(bindparam("names", expanding=True)))
    .order_by(feeds.c.name)
    .with_for_update()
)
_MOVE_HEAD = update(feeds).where(feeds.c.name == bindparam("feed")).values(head=bindparam("to"))
_PUT_MARK = insert(feed_marks)
_MARK_OF = (
    select(feed_marks.c.mark)
    .where(feed_marks.c.feed == bindparam("feed"), feed_marks.c.position >= bindparam("position"))
    .order_by(feed_marks.c.position)
    .limit(1)
)


@cache
def _put_last(dialect: str) -> Insert:
    statement = upsert(dialect, changes)
    return statement.on_conflict_do_update(
        index_elements=["feed", "kind", "key"], set_={"position": statement.excluded.position}
    )


class ChangeKind(StrEnum):
    """What kind of thing changed."""

    VOUCHER = "voucher"
    REDEMPTION = "redemption"
    STOCK = "stock"
    PRODUCT = "product"
    STAFF = "staff"
    DOCUMENT = "document"
    CONFLICT = "conflict"
    SERIAL_TRY = "serial_try"
    SERIAL_REVIEW = "serial_review"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class FeedChange:
    """One thing that changed, for one feed."""

    feed: str
    kind: ChangeKind
    key: bytes


def publish(transaction: Transaction, published: Iterable[FeedChange]) -> None:
    """Put changes at the end of their feeds. A constant number of statements.

    Call it before touching rows that belong to a store (stock, staff): its row locks, taken in
    name order, are what keeps two writers from waiting for each other.
    """
    unique = list(dict.fromkeys(published))
    if not unique:
        return
    connection = transaction.connection
    names = {change.feed for change in unique}
    heads = _lock(transaction, names)
    rows = []
    for change in unique:
        heads[change.feed] += 1
        rows.append(
            {
                "feed": change.feed,
                "kind": change.kind.value,
                "key": change.key,
                "position": heads[change.feed],
            }
        )
    connection.execute(_MOVE_HEAD, [{"feed": name, "to": head} for name, head in heads.items()])
    connection.execute(_put_last(connection.dialect.name), rows)
    mark = secrets.token_hex(_MARK_BYTES)
    connection.execute(
        _PUT_MARK,
        [{"feed": name, "position": head, "mark": mark} for name, head in heads.items()],
    )
    transaction.feeds |= names


def mark_of(connection: Connection, feed: str, position: int) -> str:
    """The mark of the transaction that gave a position out; empty when none did."""
    if position == 0:
        return ""
    return connection.scalar(_MARK_OF, {"feed": feed, "position": position}) or ""


def _lock(transaction: Transaction, names: Collection[str]) -> dict[str, int]:
    """The heads of feeds, whose rows stay locked until the end of the transaction."""
    connection = transaction.connection
    asked = {"names": list(names)}
    heads = {row.name: row.head for row in connection.execute(_LOCKED_HEADS, asked)}
    missing = sorted(set(names) - set(heads))
    if missing:
        connection.execute(
            upsert(connection.dialect.name, feeds).on_conflict_do_nothing(),
            [{"name": name, "head": 0} for name in missing],
        )
        heads = {row.name: row.head for row in connection.execute(_LOCKED_HEADS, asked)}
    return heads
