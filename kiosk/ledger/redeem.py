"""One redemption, one transaction: entry, redemption, movements, audit and outbox row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.domain.orders import Handover
from kiosk.domain.ports import RedemptionDraft
from kiosk.domain.redemption import SHOWING_UNDONE
from kiosk.domain.verdicts import RedemptionRecord, Verdict, VerdictKind
from kiosk.domain.vouchers import Item, ItemKey
from kiosk.ledger import tables as t
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.history import OWN_OF_ENTRY, lines_of, own_record, taken
from kiosk.ledger.identity import Identity
from kiosk.protocol.entries import REDEMPTION, Entry, RedemptionFact, redemption_payload

_OWN = t.redemptions.c

# Made once: putting a statement together takes longer than SQLite takes to carry it out.
_REQUESTED = select(_OWN.entry, _OWN.seq, _OWN.at_s, _OWN.voucher).where(
    _OWN.request_id == bindparam("request_id")
)
_ENTITLED = upsert(t.entitlements)
_ENTITLED = _ENTITLED.on_conflict_do_update(
    index_elements=["voucher", "sku", "bundle"],
    set_={"quantity": _ENTITLED.excluded.quantity},
)
_REDEEMED, _LINES = insert(t.redemptions), insert(t.redemption_lines)
_MOVED, _AUDITED = insert(t.movements), insert(t.audit)


def redeem(
    connection: Connection, identity: Identity, stamp: Stamp, draft: RedemptionDraft
) -> Handover:
    """Write everything one redemption is made of; part of the caller's transaction.

    The same request id again answers with the first fact. IntegrityError with
    ``over_redeemed`` when the database's guard sees more taken than entitled.
    """
    earlier = handover_of(connection, identity, draft.request_id)
    if earlier is not None:
        return earlier
    fact = _fact(draft)
    entry = append(
        connection,
        identity,
        stamp,
        kind=REDEMPTION,
        staff=draft.staff,
        payload=redemption_payload(fact),
    )
    derive(connection, entry, fact, draft.entitlement)
    left = _left(draft.entitlement, taken(connection, draft.code.voucher))
    return Handover(
        Verdict(
            VerdictKind.PARTIALLY_REDEEMED if left else VerdictKind.ACCEPTED,
            "redeemed",
            draft.code.voucher,
            RedemptionRecord(
                entry_hash=entry.hash,
                at_s=stamp.now.unix_s,
                store=identity.store,
                terminal=identity.terminal,
                staff=draft.staff,
                here=True,
            ),
        ),
        seq=entry.head.seq,
        at_s=stamp.now.unix_s,
        items=draft.items,
    )


def handover_of(connection: Connection, identity: Identity, request_id: bytes) -> Handover | None:
    """The handover that a request led to, or None; a refusal when it was undone since."""
    row = connection.execute(_REQUESTED, {"request_id": request_id}).one_or_none()
    if row is None:
        return None
    record = own_record(connection, identity, OWN_OF_ENTRY, row.entry)
    if record is not None and record.undone:
        return Handover(Verdict(VerdictKind.STALE, SHOWING_UNDONE, row.voucher))
    return Handover(
        Verdict(VerdictKind.ACCEPTED, "same_request", row.voucher, record),
        seq=row.seq,
        at_s=row.at_s,
        items=lines_of(connection, [row.entry])[row.entry],
        repeated=True,
    )


def _fact(draft: RedemptionDraft) -> RedemptionFact:
    return RedemptionFact(
        voucher=draft.code.voucher,
        items=draft.items,
        entitlement=tuple(item for item in draft.entitlement if item.quantity),
        request_id=draft.request_id,
        instance=draft.code.instance,
        presented=draft.code.presented,
        tier=int(draft.code.tier),
        offline=draft.offline,
        approval=draft.approval,
        holder=draft.code.options.holder,
    )


def derive(
    connection: Connection, entry: Entry, fact: RedemptionFact, entitlement: Iterable[Item]
) -> None:
    """The rows beside a redemption's entry; part of the caller's transaction.

    ``entitlement`` is the fact's, also with lines that came down to 0.
    """
    head, voucher = entry.head, fact.voucher
    at_s, staff = head.now.unix_s, head.staff
    entitled = [{"voucher": voucher} | _line(item) for item in entitlement]
    if entitled:
        connection.execute(_ENTITLED, entitled)
    connection.execute(
        _REDEEMED,
        {
            "entry": entry.hash,
            "voucher": voucher,
            "request_id": fact.request_id,
            "instance": fact.instance,
            "at_s": at_s,
            "staff": staff,
            "epoch": head.epoch,
            "seq": head.seq,
            "holder": fact.holder,
        },
    )
    connection.execute(
        _LINES, [{"entry": entry.hash, "voucher": voucher} | _line(item) for item in fact.items]
    )
    deltas: Counter[str] = Counter()
    for item in fact.items:
        deltas[item.sku] -= item.quantity
    place = {"epoch": head.epoch, "seq": head.seq}
    connection.execute(_MOVED, [place | {"sku": sku, "delta": d} for sku, d in deltas.items()])
    lines: list[dict[str, str | int | bytes | None]] = [
        {"at_s": at_s, "staff": staff, "action": "redeem", "entry": entry.hash, "detail": ""}
    ]
    if fact.approval is not None:
        detail = " ".join(fact.approval.reasons)
        lines.append(
            lines[0] | {"staff": fact.approval.staff, "action": "approve", "detail": detail}
        )
    connection.execute(_AUDITED, lines)


def _line(item: Item) -> dict[str, str | int | bytes]:
    return {"sku": item.sku, "bundle": t.bundle_of(item.group), "quantity": item.quantity}


def _left(entitlement: Iterable[Item], gone: Iterable[Item]) -> bool:
    left: Counter[ItemKey] = Counter()
    for item in entitlement:
        left[item.key] += item.quantity
    for item in gone:
        left[item.key] -= item.quantity
    return any(quantity > 0 for quantity in left.values())
