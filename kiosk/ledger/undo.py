"""One undo, one transaction: entry, the redemption's lines taken back, movements, audit, outbox."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, Select, bindparam, insert, select

from kiosk.domain.undo import OwnRedemption, UndoDraft, Undone
from kiosk.ledger import tables as t
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.history import lines_of
from kiosk.ledger.identity import Identity
from kiosk.protocol.entries import Entry
from kiosk.protocol.undo_entries import UNDO, UndoFact, undo_payload

_OWN, _UNDONE = t.redemptions.c, t.undone.c

# Made once: putting a statement together takes longer than SQLite takes to carry it out.
_COLUMNS = (_OWN.entry, _OWN.epoch, _OWN.seq, _OWN.voucher, _OWN.at_s)
_AT_PLACE: Select[tuple[bytes, int, int, bytes, int]] = select(*_COLUMNS).where(
    _OWN.epoch == bindparam("epoch"), _OWN.seq == bindparam("seq")
)
_UNDO_OF = select(t.undone).where(_UNDONE.redemption == bindparam("redemption"))
_KNOWN = select(_OWN.entry).where(_OWN.entry == bindparam("redemption"))
_TAKEN_BACK, _LINES = insert(t.undone), insert(t.redemption_lines)
_MOVED, _AUDITED = insert(t.movements), insert(t.audit)


def own_redemption(connection: Connection, epoch: int, seq: int) -> OwnRedemption | None:
    """The redemption at a place of the chain, or None."""
    row = connection.execute(_AT_PLACE, {"epoch": epoch, "seq": seq}).one_or_none()
    if row is None:
        return None
    items = lines_of(connection, [row.entry]).get(row.entry, ())
    return OwnRedemption(row.entry, row.epoch, row.seq, row.voucher, items, row.at_s)


def undo_of(connection: Connection, redemption: OwnRedemption) -> Undone | None:
    """The undo of a redemption, or None."""
    row = connection.execute(_UNDO_OF, {"redemption": redemption.entry}).one_or_none()
    if row is None:
        return None
    return Undone(redemption, row.epoch, row.seq, row.at_s, row.supervisor, repeated=True)


def record_undo(
    connection: Connection, identity: Identity, stamp: Stamp, draft: UndoDraft
) -> Undone:
    """Write everything an undo is made of; part of the caller's transaction.

    A redemption that was undone before answers with that fact, and nothing is written.
    """
    redemption = draft.redemption
    earlier = undo_of(connection, redemption)
    if earlier is not None:
        return earlier
    fact = UndoFact(
        redemption.entry, redemption.voucher, redemption.items, draft.reason, draft.supervisor
    )
    entry = append(
        connection, identity, stamp, kind=UNDO, staff=draft.staff, payload=undo_payload(fact)
    )
    derive_undo(connection, entry, fact)
    head = entry.head
    return Undone(redemption, head.epoch, head.seq, head.now.unix_s, draft.supervisor)


def derive_undo(connection: Connection, entry: Entry, fact: UndoFact) -> None:
    """The rows beside an undo's entry; part of the caller's transaction.

    Of a redemption that a damaged ledger has lost there is nothing to take back; the goods are on
    the shelf all the same.
    """
    head, redemption = entry.head, {"redemption": fact.redemption}
    place = {"epoch": head.epoch, "seq": head.seq}
    at_s = head.now.unix_s
    known = connection.execute(_KNOWN, redemption).one_or_none() is not None
    if known and connection.execute(_UNDO_OF, redemption).one_or_none() is None:
        connection.execute(
            _TAKEN_BACK,
            redemption | place | {"entry": entry.hash, "at_s": at_s, "supervisor": fact.supervisor},
        )
        connection.execute(
            _LINES,
            [
                {
                    "entry": entry.hash,
                    "voucher": fact.voucher,
                    "sku": item.sku,
                    "bundle": t.bundle_of(item.group),
                    "quantity": -item.quantity,
                }
                for item in fact.items
            ],
        )
    deltas: Counter[str] = Counter()
    for item in fact.items:
        deltas[item.sku] += item.quantity
    connection.execute(_MOVED, [place | {"sku": sku, "delta": d} for sku, d in deltas.items()])
    connection.execute(
        _AUDITED,
        {
            "at_s": at_s,
            "staff": fact.supervisor,
            "action": UNDO,
            "entry": entry.hash,
            "detail": fact.reason,
        },
    )
