"""Between rows and messages: lines, redemptions, the other side of a conflict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Row

from kiosk.domain.vouchers import Item
from kiosk.protocol.entries import HASH_BYTES
from kiosk.protocol.messages import Line, OtherFact, RedemptionChange

_lines = msgspec.json.Decoder(list[Line])
_names = msgspec.json.Decoder(list[str])
_other = msgspec.json.Decoder(OtherFact | None)
_OTHER_LINES = 20
"""Lines of the other side of a conflict: it is shown to people, and told with every entry."""


def to_text(value: Any) -> str:
    """A message (or a part of one) as a JSON column's text."""
    return msgspec.json.encode(value).decode()


def lines_of(items: Iterable[Item]) -> list[Line]:
    """Item lines for a message."""
    return [Line(item.sku, item.quantity, item.group) for item in items]


def items_of(lines: Iterable[Line]) -> tuple[Item, ...]:
    """Items of message lines."""
    return tuple(Item(line.sku, line.quantity, line.group) for line in lines)


def read_lines(text: str) -> list[Line]:
    """Item lines from a column."""
    return _lines.decode(text)


def read_names(text: str) -> list[str]:
    """Store names from a column."""
    return _names.decode(text)


def read_hashes(joined: bytes) -> list[bytes]:
    """Entry hashes from a column that holds them one after the other."""
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]


def read_other(text: str) -> OtherFact | None:
    """A conflict's other side from a column."""
    other: OtherFact | None = _other.decode(text)
    return other


def redemption_change(row: Row[Any]) -> RedemptionChange:
    """A ``redemptions`` row as terminals get it."""
    return RedemptionChange(
        entry=row.entry,
        voucher=row.voucher,
        lines=read_lines(row.lines),
        at_s=row.at_s,
        store=row.store,
        terminal=row.terminal,
        staff=row.staff,
        instance=row.instance,
        undone=row.undone,
        holder=row.holder,
    )


def other_side(fact: RedemptionChange) -> OtherFact:
    """A redemption as the other side of a conflict, with its first lines."""
    return OtherFact(
        entry=fact.entry,
        voucher=fact.voucher,
        store=fact.store,
        terminal=fact.terminal,
        staff=fact.staff,
        at_s=fact.at_s,
        lines=fact.lines[:_OTHER_LINES],
    )
