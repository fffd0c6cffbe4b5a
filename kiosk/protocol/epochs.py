"""The first entry of an epoch that a salvage or a restore began: what is known to be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import Entry, EntryError

NEW_EPOCH = "new_epoch"

Cause = Literal["salvage", "restore"]


@dataclass(frozen=True, slots=True)
class Missing:
    """Entries of an epoch that could not be read: from ``first`` to ``last``, both included.

    Both are 0 when what is missing is the end of the epoch before, however long that was.
    """

    epoch: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class NewEpoch:
    """The payload of a ``new_epoch`` entry."""

    cause: Cause
    kept: int
    """Entries of earlier epochs that are in the ledger."""
    missing: tuple[Missing, ...] = ()
    """Gaps between them. What followed the last one kept is nobody's to know here."""


def new_epoch_payload(fact: NewEpoch) -> dict[CborKey, CborValue]:
    """The payload map of a ``new_epoch`` entry."""
    gaps: list[CborValue] = [[gap.epoch, gap.first, gap.last] for gap in fact.missing]
    return {1: fact.cause, 2: fact.kept, 3: gaps}


def read_new_epoch(entry: Entry) -> NewEpoch:
    """The payload of a ``new_epoch`` entry; raises EntryError when it is not one."""
    match entry.payload:
        case {1: "salvage" | "restore" as cause, 2: int(kept), 3: list(gaps)} if (
            entry.head.kind == NEW_EPOCH and not isinstance(kept, bool) and kept >= 0
        ):
            return NewEpoch(cause, kept, tuple(_missing(gap) for gap in gaps))
        case _:
            raise EntryError("entry_new_epoch")


def _missing(value: CborValue) -> Missing:
    match value:
        case [int(epoch), int(first), int(last)] if (
            not any(isinstance(number, bool) for number in (epoch, first, last))
            and epoch >= 1
            and (first == last == 0 or 1 <= first <= last < 2**53)
        ):
            return Missing(epoch, first, last)
        case _:
            raise EntryError("entry_new_epoch")
