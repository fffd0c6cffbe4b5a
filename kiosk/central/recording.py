"""Writing a judged batch, table by table: a constant number of statements, whatever its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, update

from kiosk.central.database import Transaction, upsert
from kiosk.central.facts import other_side, to_text
from kiosk.central.feed import conflict_key
from kiosk.central.feed_log import ChangeKind, FeedChange, publish
from kiosk.central.judging import Contradiction, Link, Told, worst
from kiosk.central.reception import Received
from kiosk.central.settling import Settling, write_settlements
from kiosk.central.tables import (
    claims,
    conflicts,
    entries,
    quarantine,
    redemptions,
    serial_reviews,
    serial_tries,
    stock,
    undos,
)
from kiosk.central.tokens import Bearer
from kiosk.domain.vouchers import PickupCode
from kiosk.protocol.messages import OtherFact, RedemptionChange
from kiosk.protocol.serial_entries import SerialReviewFact, SerialTryFact

# Built once: putting a statement together costs more than running it does.
_INSERT_ENTRIES, _INSERT_REDEMPTIONS = insert(entries), insert(redemptions)
_INSERT_TRIES, _INSERT_REVIEWS = insert(serial_tries), insert(serial_reviews)
_INSERT_UNDOS = insert(undos)
_TAKE_BACK = (
    update(redemptions)
    .where(redemptions.c.entry.in_(bindparam("ids", expanding=True)))
    .values(undone=True)
)
_END_CLAIMS = delete(claims).where(
    claims.c.terminal == bindparam("terminal"),
    claims.c.voucher.in_(bindparam("ids", expanding=True)),
)
_MOVE_STOCK = (
    update(stock)
    .where(stock.c.store == bindparam("of"), stock.c.sku == bindparam("what"))
    .values(on_hand=stock.c.on_hand - bindparam("moved"))
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a new entry."""

    received: Received
    link: Link
    found: list[Contradiction]
    told: Told | None
    """When it is a redemption."""
    undone: Told | None = None
    """The redemption that it takes back, when it is an undo that nothing contradicts."""
    settling: Settling | None = None
    """When it is a settlement."""

    @property
    def change(self) -> RedemptionChange | None:
        """What its redemption tells the terminals."""
        return self.told.fact if self.told else None

    @property
    def moves(self) -> Told | None:
        """The redemption that it makes or takes back."""
        return self.told or self.undone

    @property
    def takes(self) -> Counter[str]:
        """What it takes from the shelf, by SKU; below 0 where it brings something."""
        taken: Counter[str] = Counter()
        for told, sign in ((self.told, 1), (self.undone, -1)):
            for line in told.fact.lines if told is not None else ():
                taken[line.sku] += sign * line.quantity
        if (stock_fact := self.received.stock) is not None:
            taken[stock_fact.sku] -= stock_fact.delta
        return taken

    @property
    def state(self) -> str:
        """``applied`` or ``conflict``."""
        return "conflict" if self.found else "applied"


@dataclass(slots=True)
class Batch:
    """One batch on its way through the transaction."""

    bearer: Bearer
    received: Sequence[Received]
    proofs: dict[bytes, PickupCode]
    """By entry hash: the signed code that each redemption kept, where it kept one."""
    now_s: int
    judged: list[Judged] = field(default_factory=list)
    voucher_feeds: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    """The feeds that carry the vouchers which the batch names."""
    adopted: set[bytes] = field(default_factory=set)
    """Vouchers that became known through this batch."""

    @property
    def good(self) -> dict[bytes, Received]:
        """The entries that could be read, once each."""
        return {one.hash: one for one in self.received if one.entry is not None}

    @property
    def bad(self) -> dict[bytes, Received]:
        """The others, by the hash of their very bytes."""
        return {one.raw_hash: one for one in self.received if one.entry is None}


def write_facts(transaction: Transaction, batch: Batch) -> None:
    """Record entries, what they say, and contradictions; a redemption ends its claim."""
    connection = transaction.connection
    if not batch.judged:
        return
    connection.execute(_INSERT_ENTRIES, [_entry_row(one, batch) for one in batch.judged])
    told = [one.told for one in batch.judged if one.told is not None]
    if told:
        connection.execute(_INSERT_REDEMPTIONS, [_redemption_row(one) for one in told])
        connection.execute(
            _END_CLAIMS,
            {"terminal": batch.bearer.terminal, "ids": list({one.fact.voucher for one in told})},
        )
    _write_undos(connection, batch)
    _write_serials(connection, batch)
    found = [(one, contradiction) for one in batch.judged for contradiction in one.found]
    if found:
        connection.execute(
            upsert(connection.dialect.name, conflicts).on_conflict_do_nothing(),
            [_conflict_row(one, contradiction, batch) for one, contradiction in found],
        )
    settling = [one.settling for one in batch.judged if one.settling is not None]
    write_settlements(connection, batch.bearer, settling)  # of this batch's conflicts as well


def _write_undos(connection: Connection, batch: Batch) -> None:
    rows = [
        {
            "entry": one.link.hash,
            "redemption": undo.redemption,
            "voucher": undo.voucher,
            "terminal": batch.bearer.terminal,
            "store": batch.bearer.store,
            "supervisor": undo.supervisor,
            "at_s": one.link.at_s,
            "reason": undo.reason,
        }
        for one in batch.judged
        if (undo := one.received.undo) is not None
    ]
    if rows:
        connection.execute(_INSERT_UNDOS, rows)
    taken_back = [one.undone.fact.entry for one in batch.judged if one.undone is not None]
    if taken_back:
        connection.execute(_TAKE_BACK, {"ids": taken_back})


def _write_serials(connection: Connection, batch: Batch) -> None:
    tries: list[dict[str, Any]] = []
    reviews: list[dict[str, Any]] = []
    for one in batch.judged:
        row = {
            "entry": one.link.hash,
            "voucher": one.link.voucher,
            "store": batch.bearer.store,
            "terminal": batch.bearer.terminal,
            "at_s": one.link.at_s,
        }
        match one.received.serial:
            case SerialTryFact():
                tries.append(row)
            case SerialReviewFact(cleared=cleared, note=note):
                more = {"staff": one.link.staff, "cleared": b"".join(cleared), "note": note}
                reviews.append(row | more)
    for statement, rows in ((_INSERT_TRIES, tries), (_INSERT_REVIEWS, reviews)):
        if rows:
            connection.execute(statement, rows)


def _entry_row(one: Judged, batch: Batch) -> dict[str, Any]:
    first = worst(one.found)
    link = one.link
    entry = one.received.entry
    return {
        "terminal": batch.bearer.terminal,
        "hash": link.hash,
        "epoch": link.epoch,
        "seq": link.seq,
        "previous": link.previous,
        "kind": entry.head.kind if entry else "",
        "store": batch.bearer.store,
        "voucher": link.voucher,
        "staff": link.staff,
        "at_s": link.at_s,
        "state": one.state,
        "conflict": first.kind if first else "",
        "other": to_text(first.other if first else None),
        "received_s": batch.now_s,
        "sealed": one.received.raw,
    }


def _redemption_row(told: Told) -> dict[str, Any]:
    change = told.fact
    return {
        "entry": change.entry,
        "voucher": change.voucher,
        "terminal": change.terminal,
        "store": change.store,
        "staff": change.staff,
        "at_s": change.at_s,
        "lines": to_text(change.lines),
        "instance": change.instance,
        "proved": told.proved,
        "holder": change.holder,
    }


def _conflict_row(one: Judged, found: Contradiction, batch: Batch) -> dict[str, Any]:
    link, other = one.link, found.other
    return {
        "entry": link.hash,
        "kind": found.kind,
        "terminal": batch.bearer.terminal,
        "store": batch.bearer.store,
        "voucher": link.voucher,
        "fact": to_text(own_side(one, batch)),
        "other": to_text(other),
        "other_entry": other.entry if other else None,
        "other_terminal": other.terminal if other else "",
        "found_s": batch.now_s,
        "state": "open",
    }


def own_side(one: Judged, batch: Batch) -> OtherFact:
    """An entry as its own side of a conflict."""
    if one.change is not None:
        return other_side(one.change)
    return OtherFact(
        entry=one.link.hash,
        voucher=one.link.voucher,
        store=batch.bearer.store,
        terminal=batch.bearer.terminal,
        staff=one.link.staff,
        at_s=one.link.at_s,
    )


def write_quarantine(connection: Connection, batch: Batch) -> None:
    """Keep the very bytes of what could not be taken."""
    rows = [
        {
            "terminal": batch.bearer.terminal,
            "raw_hash": raw_hash,
            "entry": one.hash,
            "why": one.why,
            "received_s": batch.now_s,
            "raw": one.raw,
        }
        for raw_hash, one in batch.bad.items()
    ]
    if rows:
        connection.execute(
            upsert(connection.dialect.name, quarantine).on_conflict_do_nothing(), rows
        )


def publish_batch(transaction: Transaction, batch: Batch) -> None:
    """Tell the stores that could hand a voucher over, and the one where it happened.

    What nothing proves is told in the store that said so, and nowhere else.
    """
    here = batch.bearer.store
    published = [
        FeedChange(feed, ChangeKind.VOUCHER, voucher)
        for voucher in batch.adopted
        for feed in batch.voucher_feeds[voucher]
    ]
    for one in batch.judged:
        local = one.moves is not None and not one.moves.proved
        if one.moves is not None:
            change = one.moves.fact
            feeds = {here} if local else {*batch.voucher_feeds.get(change.voucher, ()), here}
            published += [FeedChange(feed, ChangeKind.REDEMPTION, change.entry) for feed in feeds]
        match one.received.serial:
            case SerialTryFact():
                published.append(FeedChange(here, ChangeKind.SERIAL_TRY, one.link.hash))
            case SerialReviewFact():
                published.append(FeedChange(here, ChangeKind.SERIAL_REVIEW, one.link.hash))
        published += [FeedChange(here, ChangeKind.STOCK, sku.encode()) for sku in one.takes]
        if one.settling is not None:
            for dispute in one.settling.disputes:
                published += dispute.changes()
        for found in one.found:
            key = conflict_key(one.link.hash, found.kind)
            there = found.other.store if found.other and not local else ""
            published += [
                FeedChange(feed, ChangeKind.CONFLICT, key) for feed in {here, there or here}
            ]
    publish(transaction, published)


def move_stock(connection: Connection, batch: Batch) -> Counter[str]:
    """Goods left the shop, or came back, whatever else is true; gives what left, by SKU.

    SKUs that the store does not count stay out.
    """
    moved: Counter[str] = Counter()
    for one in batch.judged:
        moved.update(one.takes)
    if moved:
        store = batch.bearer.store
        connection.execute(
            _MOVE_STOCK,
            [{"of": store, "what": sku, "moved": number} for sku, number in sorted(moved.items())],
        )
    return moved
