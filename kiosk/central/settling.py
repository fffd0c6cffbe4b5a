"""Settlements: which conflicts they name, and what becomes of these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from kiosk.central.facts import read_other, to_text
from kiosk.central.feed import conflict_key
from kiosk.central.feed_log import ChangeKind, FeedChange
from kiosk.central.judging import Contradiction
from kiosk.central.reception import Received
from kiosk.central.tables import conflicts, settlements
from kiosk.central.tokens import Bearer
from kiosk.protocol.settlement_entries import SettlementFact

# Built once: putting a statement together costs more than running it does.
_NAMED = select(
    conflicts.c.entry,
    conflicts.c.kind,
    conflicts.c.terminal,
    conflicts.c.store,
    conflicts.c.other,
    conflicts.c.other_entry,
    conflicts.c.other_terminal,
).where(
    or_(
        conflicts.c.entry.in_(bindparam("hashes", expanding=True)),
        conflicts.c.other_entry.in_(bindparam("hashes", expanding=True)),
    )
)
_INSERT = insert(settlements)
_SETTLE = (
    update(conflicts)
    .where(
        conflicts.c.entry == bindparam("of"),
        conflicts.c.kind == bindparam("what"),
        conflicts.c.state == "open",
    )
    .values(
        state="settled",
        decision=bindparam("decided"),
        note=bindparam("noted"),
        supervisors=bindparam("people"),
        settled_s=bindparam("then_s"),
        settled_by=bindparam("by"),
    )
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A recorded conflict, by its two sides."""

    entry: bytes
    kind: str
    terminal: str
    store: str
    other_entry: bytes | None
    other_terminal: str
    other_store: str

    def is_named_by(self, fact: SettlementFact, terminal: str) -> bool:
        """Whether a terminal's settlement means this one, seen from the terminal's own side."""
        mine, against = (
            (self.entry, self.other_entry)
            if terminal == self.terminal and fact.disputed == self.entry
            else (self.other_entry, self.entry)
        )
        party = self.terminal if mine == self.entry else self.other_terminal
        return (
            terminal == party
            and fact.kind == self.kind
            and fact.disputed == mine
            and fact.other == against
        )

    def changes(self) -> list[FeedChange]:
        """What tells both sides of it."""
        key = conflict_key(self.entry, self.kind)
        feeds = dict.fromkeys((self.store, self.other_store or self.store))
        return [FeedChange(feed, ChangeKind.CONFLICT, key) for feed in feeds]


class Disputes:
    """The conflicts that the settlements of a batch may mean; those of the batch join."""

    def __init__(self, connection: Connection, new: Iterable[Received]) -> None:
        """One query, and none when nothing is settled."""
        hashes = {one.settlement.disputed for one in new if one.settlement is not None}
        rows = connection.execute(_NAMED, {"hashes": list(hashes)}).all() if hashes else ()
        self._found: list[Dispute] = []
        for row in rows:
            other = read_other(row.other)
            self._found.append(
                Dispute(
                    row.entry,
                    row.kind,
                    row.terminal,
                    row.store,
                    row.other_entry,
                    row.other_terminal,
                    other.store if other is not None else "",
                )
            )

    def add(self, entry: bytes, bearer: Bearer, found: Iterable[Contradiction]) -> None:
        """Conflicts that were found in the batch itself: after a loss, all of it comes again."""
        for one in found:
            other = one.other
            self._found.append(
                Dispute(
                    entry,
                    one.kind,
                    bearer.terminal,
                    bearer.store,
                    other.entry if other else None,
                    other.terminal if other else "",
                    other.store if other else "",
                )
            )

    def named(self, fact: SettlementFact, terminal: str) -> tuple[Dispute, ...]:
        """The conflicts that a settlement means."""
        return tuple(one for one in self._found if one.is_named_by(fact, terminal))


@dataclass(frozen=True, slots=True)
class Settling:
    """A settlement that is taken, with the conflicts that it means."""

    entry: bytes
    fact: SettlementFact
    at_s: int
    disputes: tuple[Dispute, ...]


def write_settlements(connection: Connection, bearer: Bearer, settling: Iterable[Settling]) -> None:
    """Record settlements and settle what they mean; the first one of a conflict stands."""
    rows, settled = [], []
    for one in settling:
        fact = one.fact
        people = to_text(fact.supervisors)
        rows.append(
            {
                "entry": one.entry,
                "disputed": fact.disputed,
                "kind": fact.kind,
                "other": fact.other,
                "terminal": bearer.terminal,
                "store": bearer.store,
                "decision": fact.decision,
                "note": fact.note,
                "supervisors": people,
                "at_s": one.at_s,
            }
        )
        settled += [
            {
                "of": dispute.entry,
                "what": dispute.kind,
                "decided": fact.decision,
                "noted": fact.note,
                "people": people,
                "then_s": one.at_s,
                "by": bearer.terminal,
            }
            for dispute in one.disputes
        ]
    if rows:
        connection.execute(_INSERT, rows)
    if settled:
        connection.execute(_SETTLE, settled)
