"""Cursors: how far a terminal has read, in a form that only this history of the feeds accepts.

A cursor names for each feed a position and the mark of the transaction that gave it out
(:mod:`kiosk.central.feed_log`). A database restored from a backup gives the same positions out
again, but with other marks; so does another store's feed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from sqlalchemy import Connection, select

from kiosk.central.feed_log import mark_of
from kiosk.central.schema import GENERATION
from kiosk.central.tables import meta

_GENERATION = select(meta.c.value).where(meta.c.name == GENERATION)


class CursorGoneError(Exception):
    """The cursor was not made by these feeds: the terminal starts again without one."""


def write_cursor(connection: Connection, positions: Mapping[str, int]) -> str:
    """The opaque cursor for a position in each feed."""
    words = [_generation(connection)]
    for feed, position in sorted(positions.items()):
        words += [str(position), mark_of(connection, feed, position)]
    return base64.urlsafe_b64encode(" ".join(words).encode()).decode().rstrip("=")


def read_cursor(connection: Connection, cursor: str, heads: Mapping[str, int]) -> dict[str, int]:
    """The position in each of the feeds, whose heads are given; raises CursorGoneError.

    No cursor (an empty one) is the start of every feed.
    """
    feeds = sorted(heads)
    if not cursor:
        return dict.fromkeys(feeds, 0)
    try:
        plain = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        made_by, *words = plain.split(" ")
        places = dict(zip(feeds, zip(map(int, words[::2]), words[1::2], strict=True), strict=True))
    except (binascii.Error, ValueError):
        raise CursorGoneError from None
    if made_by != _generation(connection):
        raise CursorGoneError
    for feed, (position, mark) in places.items():
        # Past the head was read from a history that is gone, and may be no number of a database.
        if not 0 <= position <= heads[feed] or mark != mark_of(connection, feed, position):
            raise CursorGoneError
    return {feed: position for feed, (position, _) in places.items()}


def _generation(connection: Connection) -> str:
    """Tells a database that was made anew, also one in which nothing has happened yet."""
    generation: str = connection.execute(_GENERATION).scalar_one()
    return generation
