"""Ledger entries that settle a conflict."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.conflicts import MAX_SUPERVISORS, read_decision_note
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import HASH_BYTES, Entry, EntryError

SETTLEMENT = "settlement"
MAX_WORD_CHARS = 64


@dataclass(frozen=True, slots=True)
class SettlementFact:
    """Supervisors looked at both facts of a conflict and decided."""

    disputed: bytes
    """Hash of the entry of the same terminal that is contradicted."""
    kind: str
    """The conflict's kind."""
    decision: str
    note: str
    supervisors: tuple[str, ...]
    """Staff ids, each once; their PINs were checked."""
    other: bytes | None = None
    """Hash of the entry on the other side, where there is one."""


def settlement_payload(fact: SettlementFact) -> dict[CborKey, CborValue]:
    """The payload map of a ``settlement`` entry."""
    return {
        1: fact.disputed,
        2: fact.kind,
        3: fact.decision,
        4: fact.note,
        5: list[CborValue](fact.supervisors),
        6: fact.other,
    }


def settlement_fact(entry: Entry) -> SettlementFact | None:
    """What an entry settles; None when it is of another kind.

    Raises EntryError when it is of this kind and not of its form.
    """
    if entry.head.kind != SETTLEMENT:
        return None
    match entry.payload:
        case {
            1: bytes(disputed),
            2: str(kind),
            3: str(decision),
            4: str(note),
            5: list(people),
        } if (
            len(disputed) == HASH_BYTES
            and _is_word(kind)
            and _is_word(decision)
            and read_decision_note(note) == note
            and 0 < len(people) <= MAX_SUPERVISORS
        ):
            who = tuple(person for person in people if isinstance(person, str) and _is_word(person))
            if len(who) == len(people) == len(set(who)):
                other = _other(entry.payload.get(6))
                return SettlementFact(disputed, kind, decision, note, who, other)
    raise EntryError("entry_settlement")


def _other(value: CborValue) -> bytes | None:
    if value is None or (isinstance(value, bytes) and len(value) == HASH_BYTES):
        return value
    raise EntryError("entry_settlement")


def _is_word(text: str) -> bool:
    return 0 < len(text) <= MAX_WORD_CHARS and text.isprintable()
