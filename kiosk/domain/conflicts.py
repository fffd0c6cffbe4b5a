"""Conflicts: two facts that cannot both be right, until a supervisor has settled them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.serials import read_note
from kiosk.domain.vouchers import Item

HIGHEST_VALUE_CLASS = 3
"""What counts when nobody can tell the value."""
MAX_SUPERVISORS = 8


class Decision(StrEnum):
    """What became of it, in the words that entries and files use."""

    GOODS_GIVEN = "goods_given"
    """The customer was entitled: the goods are theirs."""
    CUSTOMER_ERROR = "customer_error"
    """The customer pays, or brings them back."""
    SHOP_BEARS = "shop_bears"
    """The shop's loss."""
    OTHER = "other"
    """As the note says."""


class SettleRefusal(StrEnum):
    """Why nothing was settled."""

    NOT_A_SUPERVISOR = "not_a_supervisor"
    SECOND_PERSON_NEEDED = "second_person_needed"
    """The value asks for two different supervisors."""
    NOTE_UNUSABLE = "note_unusable"
    """Empty, longer than a note may be, or with characters that nothing can print."""
    UNKNOWN_CONFLICT = "unknown_conflict"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two facts."""

    entry: bytes | None
    voucher: bytes | None
    store: str
    terminal: str
    staff: str | None
    at_s: int | None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a conflict was settled, by whom and when."""

    decision: str
    """A word of :class:`Decision`; a later version may know more."""
    note: str
    supervisors: tuple[str, ...]
    at_s: int
    """Trusted time, Unix seconds UTC."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """What contradicts a fact of this terminal."""

    entry: bytes
    """Hash of this terminal's entry."""
    kind: str
    other_entry: bytes
    """Hash of the entry on the other side; empty when there is none."""
    own: Side | None
    """None when this terminal's ledger has lost the entry."""
    other: Side | None
    value_class: int
    noted_at_s: int
    settlement: Settlement | None = None

    @property
    def id(self) -> str:
        """A short name for people and commands."""
        parts = (self.entry, self.kind.encode(), self.other_entry)
        return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class SettlementDraft:
    """Everything a settlement commits together."""

    entry: bytes
    kind: str
    other_entry: bytes
    decision: Decision
    note: str
    supervisors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A conflict that is settled."""

    settlement: Settlement
    seq: int | None
    """Ledger sequence number of the settlement; None when it was settled before."""

    @property
    def repeated(self) -> bool:
        """Whether it had been settled before, here or elsewhere."""
        return self.seq is None


def read_decision_note(typed: str) -> str | None:
    """A note on one line; None when there is none, or it cannot be kept."""
    return read_note(typed) or None


def persons_needed(value_class: int, two_from_class: int) -> int:
    """How many different supervisors have to agree."""
    return 2 if value_class >= two_from_class else 1
