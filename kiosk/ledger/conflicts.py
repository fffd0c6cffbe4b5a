"""Conflicts in the ledger: both facts, whether they are settled, and settling them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.domain.conflicts import (
    HIGHEST_VALUE_CLASS,
    Conflict,
    Settled,
    Settlement,
    SettlementDraft,
    Side,
)
from kiosk.domain.vouchers import Item, Tier
from kiosk.ledger import tables as t
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.identity import Identity
from kiosk.protocol.codes import CodeError, open_claims, parse_presented, pickup_code
from kiosk.protocol.entries import (
    REDEMPTION,
    Entry,
    EntryError,
    RedemptionFact,
    read_entry,
    sealed_body,
)
from kiosk.protocol.messages import ConflictChange, OtherFact
from kiosk.protocol.settlement_entries import SETTLEMENT, SettlementFact, settlement_payload
from kiosk.protocol.undo_entries import UNDO, undo_fact

_CONFLICT = t.conflicts.c
OPEN, SETTLED = "open", "settled"
_THIS = (
    (_CONFLICT.entry == bindparam("of"))
    & (_CONFLICT.kind == bindparam("what"))
    & (_CONFLICT.other_entry == bindparam("against"))
)

# Made once: putting a statement together takes longer than SQLite takes to carry it out.
_PUT = upsert(t.conflicts)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["entry", "kind", "other_entry"], set_={"other": _PUT.excluded.other}
)
_KEEP = upsert(t.conflicts).on_conflict_do_nothing()
_SETTLE = (
    update(t.conflicts)
    .where(_THIS)
    .values(
        state=SETTLED,
        decision=bindparam("decided"),
        note=bindparam("noted"),
        supervisors=bindparam("people"),
        settled_at_s=bindparam("then_s"),
    )
)
_ALL = select(t.conflicts).order_by(_CONFLICT.noted_at_s, _CONFLICT.entry, _CONFLICT.kind)
_ONE = select(t.conflicts).where(_THIS)
_ENTRY = select(t.entries.c.sealed).where(t.entries.c.hash == bindparam("hash"))
_VALUE_CLASS = select(t.vouchers.c.value_class).where(t.vouchers.c.voucher == bindparam("voucher"))
_OPEN_OF_ENTRY = select(_CONFLICT.kind).where(
    _CONFLICT.entry == bindparam("hash"), _CONFLICT.state == OPEN
)
_PLACE = select(t.entries.c.epoch, t.entries.c.seq).where(t.entries.c.hash == bindparam("hash"))
_CHANGE_STATE = (
    update(t.outbox)
    .where(
        t.outbox.c.epoch == bindparam("of_epoch"),
        t.outbox.c.seq == bindparam("of_seq"),
        t.outbox.c.state == bindparam("was"),
    )
    .values(state=bindparam("becomes"))
)


def conflicts(connection: Connection, identity: Identity) -> tuple[Conflict, ...]:
    """All of them, oldest first; settled ones stay listed."""
    return tuple(_conflict(connection, identity, row) for row in connection.execute(_ALL).all())


def conflict(
    connection: Connection, identity: Identity, key: tuple[bytes, str, bytes]
) -> Conflict | None:
    """One by entry, kind and the other side's entry (empty: none)."""
    row = connection.execute(_ONE, _named(key)).one_or_none()
    return None if row is None else _conflict(connection, identity, row)


def note_conflict(
    connection: Connection, entry: bytes, kind: str, other: OtherFact | None, at_s: int
) -> None:
    """Keep a contradiction until a supervisor settles it; telling it twice changes nothing."""
    key = (entry, kind, _entry_of(other))
    connection.execute(_PUT, _row(key, at_s) | {"other": msgspec.json.encode(other)})
    set_outbox_state(connection, entry)


def note_change(connection: Connection, change: ConflictChange, at_s: int) -> None:
    """A conflict that the changes feed told of, settled or not."""
    note_conflict(connection, change.entry, change.kind, change.other, at_s)
    told = change.settlement
    if told is not None:
        settlement = Settlement(told.decision, told.note, tuple(told.supervisors), told.at_s)
        _settle(connection, (change.entry, change.kind, _entry_of(change.other)), settlement)


def is_disputed(connection: Connection, entry: bytes) -> bool:
    """Whether an open conflict names an entry of this terminal."""
    return connection.execute(_OPEN_OF_ENTRY, {"hash": entry}).first() is not None


def set_outbox_state(connection: Connection, entry: bytes) -> None:
    """An acknowledged entry is in conflict while one is open, and acknowledged otherwise.

    One that still waits for its answer goes on waiting: its receipt has yet to come.
    """
    place = connection.execute(_PLACE, {"hash": entry}).one_or_none()
    if place is None:
        return
    was, becomes = (
        (t.ACKED, t.CONFLICT) if is_disputed(connection, entry) else (t.CONFLICT, t.ACKED)
    )
    connection.execute(
        _CHANGE_STATE,
        {"of_epoch": place.epoch, "of_seq": place.seq, "was": was, "becomes": becomes},
    )


def record_settlement(
    connection: Connection, identity: Identity, stamp: Stamp, draft: SettlementDraft
) -> Settled:
    """Append a settlement; part of the caller's transaction.

    What was settled meanwhile is answered with that decision, and nothing is written.
    """
    key = (draft.entry, draft.kind, draft.other_entry)
    row = connection.execute(_ONE, _named(key)).one_or_none()
    earlier = None if row is None else _settlement(row)
    if earlier is not None:
        return Settled(earlier, None)
    fact = SettlementFact(
        draft.entry,
        draft.kind,
        draft.decision.value,
        draft.note,
        draft.supervisors,
        draft.other_entry or None,
    )
    entry = append(
        connection,
        identity,
        stamp,
        kind=SETTLEMENT,
        staff=draft.supervisors[0],
        payload=settlement_payload(fact),
    )
    derive_settlement(connection, entry, fact)
    at_s = entry.head.now.unix_s
    return Settled(Settlement(fact.decision, fact.note, fact.supervisors, at_s), seq=entry.head.seq)


def derive_settlement(connection: Connection, entry: Entry, fact: SettlementFact) -> None:
    """The rows beside a settlement's entry; part of the caller's transaction.

    After a salvage the conflict itself comes with the feed again, and finds itself settled.
    """
    key, at_s = (fact.disputed, fact.kind, fact.other or b""), entry.head.now.unix_s
    connection.execute(_KEEP, _row(key, at_s) | {"other": b"null"})
    _settle(connection, key, Settlement(fact.decision, fact.note, fact.supervisors, at_s))
    line = {"at_s": at_s, "action": SETTLEMENT, "entry": entry.hash}
    detail = f"{fact.kind} {fact.decision}: {fact.note}"
    connection.execute(
        insert(t.audit),
        [line | {"staff": person, "detail": detail} for person in fact.supervisors],
    )


def _settle(connection: Connection, key: tuple[bytes, str, bytes], settlement: Settlement) -> None:
    connection.execute(
        _SETTLE,
        _named(key)
        | {
            "decided": settlement.decision,
            "noted": settlement.note,
            "people": msgspec.json.encode(settlement.supervisors).decode(),
            "then_s": settlement.at_s,
        },
    )
    set_outbox_state(connection, key[0])


def _named(key: tuple[bytes, str, bytes]) -> dict[str, Any]:
    return dict(zip(("of", "what", "against"), key, strict=True))


def _row(key: tuple[bytes, str, bytes], at_s: int) -> dict[str, Any]:
    return {"entry": key[0], "kind": key[1], "other_entry": key[2], "noted_at_s": at_s}


def _entry_of(other: OtherFact | None) -> bytes:
    return b"" if other is None or other.entry is None else other.entry


def _conflict(connection: Connection, identity: Identity, row: Row[Any]) -> Conflict:
    other = msgspec.json.decode(row.other, type=OtherFact | None)
    entry = _entry(connection, row.entry)
    own = None if entry is None else _own_side(identity, entry)
    return Conflict(
        entry=row.entry,
        kind=row.kind,
        other_entry=row.other_entry,
        own=own,
        other=None if other is None else _other_side(other),
        value_class=_value_class(connection, entry, own),
        noted_at_s=row.noted_at_s,
        settlement=_settlement(row),
    )


def _settlement(row: Row[Any]) -> Settlement | None:
    if row.state != SETTLED:
        return None
    people = msgspec.json.decode(row.supervisors, type=list[str])
    return Settlement(row.decision, row.note, tuple(people), row.settled_at_s)


def _entry(connection: Connection, digest: bytes) -> Entry | None:
    sealed = connection.execute(_ENTRY, {"hash": digest}).scalar()
    if sealed is None:
        return None
    with suppress(EntryError):  # one that cannot be read is as good as lost; verify names it
        return read_entry(sealed_body(sealed))
    return None


def _goods(entry: Entry) -> tuple[bytes | None, Iterable[Item]]:
    """The voucher and the items that an entry speaks of."""
    if entry.head.kind == REDEMPTION:
        fact = entry.redemption()
        return fact.voucher, fact.items
    if entry.head.kind == UNDO and (undo := undo_fact(entry)) is not None:
        return undo.voucher, undo.items
    return None, ()


def _own_side(identity: Identity, entry: Entry) -> Side:
    voucher, items = _goods(entry)
    head = entry.head
    return Side(
        entry.hash,
        voucher,
        identity.store,
        identity.terminal,
        head.staff,
        head.now.unix_s,
        tuple(items),
    )


def _other_side(other: OtherFact) -> Side:
    items = tuple(Item(line.sku, line.quantity, line.group) for line in other.lines)
    return Side(
        other.entry, other.voucher, other.store, other.terminal, other.staff, other.at_s, items
    )


def _value_class(connection: Connection, entry: Entry | None, own: Side | None) -> int:
    """Of what was presented, else of what the replica knows; the highest when nobody can tell."""
    if entry is None or own is None:
        return HIGHEST_VALUE_CLASS
    if own.voucher is None:
        return 0  # about the chain: no goods
    if entry.head.kind == REDEMPTION:
        told = _presented_class(entry.redemption())
        if told is not None:
            return told
    known = connection.execute(_VALUE_CLASS, {"voucher": own.voucher}).scalar()
    return HIGHEST_VALUE_CLASS if known is None else known


def _presented_class(fact: RedemptionFact) -> int | None:
    with suppress(CodeError, ValueError):  # typed serials, and tiers of later versions
        code = parse_presented(fact.presented, Tier(fact.tier))
        return pickup_code(code, open_claims(code)).options.value_class
    return None
