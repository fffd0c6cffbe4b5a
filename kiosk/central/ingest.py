"""Taking a batch of entries: one transaction, a constant number of statements.

Whatever its size, a batch is looked up, judged in memory and written table by table. The
terminal's row is locked first, so that two requests of one terminal come one after the other;
then the rows of the vouchers named in the batch, ordered by id, so that what two terminals say
about one voucher is judged one after the other; the feeds come last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, bindparam, select, union_all, update

from kiosk.central.adoption import adopted, proof_of, proved_by_serial
from kiosk.central.database import Database, Transaction
from kiosk.central.facts import lines_of, read_lines, read_names, read_other, redemption_change
from kiosk.central.judging import (
    Chain,
    Contradiction,
    KnownVoucher,
    Link,
    Told,
    link_of,
    worst,
)
from kiosk.central.keys import CentralKeys
from kiosk.central.reception import Received, receive
from kiosk.central.recording import (
    Batch,
    Judged,
    move_stock,
    publish_batch,
    write_facts,
    write_quarantine,
)
from kiosk.central.redeemed import Redeemed
from kiosk.central.settling import Disputes, Settling
from kiosk.central.shortages import tell_shortages
from kiosk.central.tables import entries, quarantine, redemptions, terminals, vouchers
from kiosk.central.tokens import Bearer
from kiosk.central.vouchers import insert_vouchers
from kiosk.domain.vouchers import PickupCode, VoucherState
from kiosk.protocol import cbor
from kiosk.protocol.messages import BatchAnswer, OtherFact, Outcome, RedemptionChange

# Built once: putting a statement together costs more than running it does.
_LOCKED_TERMINAL = (
    select(terminals).where(terminals.c.id == bindparam("terminal")).with_for_update()
)
_MOVE_ON = (
    update(terminals)
    .where(terminals.c.id == bindparam("terminal"))
    .values(last_epoch=bindparam("last_epoch"), last_seq=bindparam("last_seq"))
)
_MINE = select(
    entries.c.hash,
    entries.c.previous,
    entries.c.epoch,
    entries.c.seq,
    entries.c.at_s,
    entries.c.staff,
    entries.c.voucher,
    entries.c.state,
    entries.c.conflict,
    entries.c.other,
    entries.c.received_s,
).where(entries.c.terminal == bindparam("terminal"))
_TOUCHED_ENTRIES = union_all(  # three selects, as each has an index of its own
    _MINE.where(entries.c.hash.in_(bindparam("hashes", expanding=True))),
    _MINE.where(entries.c.previous.in_(bindparam("previous", expanding=True))),
    _MINE.where(
        entries.c.epoch.in_(bindparam("epochs", expanding=True)),
        entries.c.seq.in_(bindparam("seqs", expanding=True)),
    ),
)
_UNREAD = select(quarantine.c.entry).where(
    quarantine.c.terminal == bindparam("terminal"),
    quarantine.c.entry.in_(bindparam("previous", expanding=True)),
)
_LOCKED_VOUCHERS = (
    select(
        vouchers.c.id,
        vouchers.c.state,
        vouchers.c.state_since_s,
        vouchers.c.expires_s,
        vouchers.c.lines,
        vouchers.c.stores,
        vouchers.c.serial,
    )
    .where(vouchers.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(vouchers.c.id)
    .with_for_update()
)
_RECORDED = (
    select(redemptions)
    .where(redemptions.c.voucher.in_(bindparam("ids", expanding=True)))
    .order_by(redemptions.c.at_s, redemptions.c.entry)
)


class TerminalRefusedError(Exception):
    """The terminal is unknown or was disabled."""


class Ingest:
    """Takes batches. Any thread; blocks on the database."""

    def __init__(self, database: Database, keys: Callable[[], CentralKeys]) -> None:
        """``keys``: the ones of the moment, which change while it runs."""
        self._database = database
        self._keys = keys
        self._public_keys: dict[str, Ed25519PublicKey] = {}

    def take(self, bearer: Bearer, sealed: Sequence[bytes]) -> BatchAnswer:
        """Record a batch durably and say what became of each entry.

        Raises TerminalRefusedError; nothing in the entries makes it raise.
        """
        key = self._public_key(bearer.terminal)
        received = [receive(raw, bearer, key) for raw in sealed]
        proofs = self._proofs(received)
        now_s = int(time.time())

        def work(transaction: Transaction) -> list[Outcome]:
            return self._record(transaction, Batch(bearer, received, proofs, now_s))

        return BatchAnswer(self._database.write(work), time.time())

    def _public_key(self, terminal: str) -> Ed25519PublicKey:
        key = self._public_keys.get(terminal)
        if key is None:
            with self._database.read() as connection:
                raw = connection.scalar(
                    select(terminals.c.public_key).where(terminals.c.id == terminal)
                )
            if raw is None:
                raise TerminalRefusedError
            # Never changes for an id, so it may be remembered.
            key = self._public_keys[terminal] = Ed25519PublicKey.from_public_bytes(raw)
        return key

    def _proofs(self, received: Sequence[Received]) -> dict[bytes, PickupCode]:
        """The codes that prove redemptions, by entry; checked before the writer's lock is taken."""
        if not any(one.fact for one in received):
            return {}
        key_set = self._keys().evidence()
        proved = ((one.hash, proof_of(one, key_set)) for one in received)
        return {entry: code for entry, code in proved if code is not None}

    def _record(self, transaction: Transaction, batch: Batch) -> list[Outcome]:
        connection = transaction.connection
        terminal = connection.execute(
            _LOCKED_TERMINAL, {"terminal": batch.bearer.terminal}
        ).one_or_none()
        if terminal is None or terminal.disabled:
            raise TerminalRefusedError
        chain = Chain(terminal.id, terminal.store, last=(terminal.last_epoch, terminal.last_seq))
        stored = _load_chain(connection, batch, chain)
        new = [one for one in batch.good.values() if one.hash not in stored]
        known = self._lock_vouchers(transaction, batch, new)
        self._judge(connection, batch, new, chain, known)
        write_facts(transaction, batch)
        write_quarantine(connection, batch)
        publish_batch(transaction, batch)
        tell_shortages(transaction, batch, move_stock(connection, batch))
        if chain.last != (terminal.last_epoch, terminal.last_seq):
            connection.execute(
                _MOVE_ON,
                {"terminal": terminal.id, "last_epoch": chain.last[0], "last_seq": chain.last[1]},
            )
        return self._outcomes(batch, stored)

    def _lock_vouchers(
        self, transaction: Transaction, batch: Batch, new: Sequence[Received]
    ) -> dict[bytes, KnownVoucher]:
        """The vouchers that new facts name, locked; the unknown ones adopted if signed."""
        named = _named(new)
        known = _locked(transaction.connection, named)
        strangers = (
            batch.proofs.get(one.hash)
            for one in new
            if one.fact is not None and one.fact.voucher not in known
        )
        made = (adopted(code) for code in strangers if code is not None)
        new_vouchers = {voucher.voucher: voucher for voucher in made if voucher is not None}
        if new_vouchers:
            insert_vouchers(transaction.connection, list(new_vouchers.values()), batch.now_s)
            known |= _locked(transaction.connection, new_vouchers.keys())
        batch.adopted = set(new_vouchers)
        batch.voucher_feeds = {voucher: row.stores for voucher, row in known.items()}
        return known

    def _judge(
        self,
        connection: Connection,
        batch: Batch,
        new: Sequence[Received],
        chain: Chain,
        known: dict[bytes, KnownVoucher],
    ) -> None:
        named = _named(new)
        rows = connection.execute(_RECORDED, {"ids": list(named)}).all() if named else ()
        told_before = (Told(redemption_change(row), row.proved) for row in rows)
        redeemed, disputes = Redeemed(named, told_before), Disputes(connection, new)
        for one in new:
            assert one.entry is not None  # noqa: S101 - `new` holds readable entries only
            change = _redemption_change(one)
            link = link_of(one.entry, one.voucher)
            found = chain.judge(link)
            chain.add(link)
            told = undone = None
            if change is not None:
                voucher = known.get(change.voucher)
                proved = one.hash in batch.proofs or proved_by_serial(one, voucher)
                told = Told(change, proved)
                found += redeemed.redeem(told, voucher)
            if one.undo is not None:
                undone, contradictions = redeemed.undo(one.undo, batch.bearer.terminal)
                found += contradictions
            settling = None
            if (fact := one.settlement) is not None:
                meant = disputes.named(fact, batch.bearer.terminal)
                settling = Settling(one.hash, fact, link.at_s, meant)
                if not meant:
                    found.append(Contradiction("settlement_unknown"))
            disputes.add(one.hash, batch.bearer, found)
            batch.judged.append(Judged(one, link, found, told, undone, settling))

    def _outcomes(self, batch: Batch, stored: dict[bytes, Row[Any]]) -> list[Outcome]:
        """One for each entry sent, in the order sent."""
        fresh = {verdict.received.hash: verdict for verdict in batch.judged}
        told: set[bytes] = set()
        outcomes = []
        for one in batch.received:
            if one.entry is None:
                outcomes.append(self._outcome(one.hash, "quarantined", batch.now_s, why=one.why))
            elif (row := stored.get(one.hash)) is not None:
                outcomes.append(self._repeated(row))
            else:
                outcomes.append(self._fresh(fresh[one.hash], batch.now_s, one.hash in told))
                told.add(one.hash)
        return outcomes

    def _fresh(self, verdict: Judged, now_s: int, again: bool) -> Outcome:
        first = worst(verdict.found)
        return self._outcome(
            verdict.received.hash,
            verdict.state,
            now_s,
            shown="duplicate" if again else "",
            kind=first.kind if first else "",
            other=first.other if first else None,
        )

    def _repeated(self, row: Row[Any]) -> Outcome:
        return self._outcome(
            row.hash,
            row.state,
            row.received_s,
            shown="duplicate",
            kind=row.conflict,
            other=read_other(row.other),
        )

    def _outcome(
        self,
        entry: bytes,
        state: str,
        at_s: int,
        *,
        shown: str = "",
        kind: str = "",
        other: OtherFact | None = None,
        why: str = "",
    ) -> Outcome:
        # The receipt tells what is recorded, so that of a repetition equals the first one.
        receipt = self._keys().receipts.sign1(cbor.encode({1: entry, 2: state, 3: at_s}))
        return Outcome(entry, shown or state, receipt, kind, other, why)  # type: ignore[arg-type]


def _load_chain(connection: Connection, batch: Batch, chain: Chain) -> dict[bytes, Row[Any]]:
    """The recorded entries that this batch repeats; fills ``chain`` with what it touches."""
    links = [link_of(one.entry, None) for one in batch.good.values() if one.entry is not None]
    hashes = {link.hash for link in links}
    previous = {link.previous for link in links}
    rows = connection.execute(
        _TOUCHED_ENTRIES,
        {
            "terminal": batch.bearer.terminal,
            "hashes": list(previous.union(hashes)),
            "previous": list(previous),
            "epochs": list({link.epoch for link in links}),
            "seqs": list({link.seq for link in links}),
        },
    ).all()
    for row in rows:
        chain.add(
            Link(row.hash, row.previous, row.epoch, row.seq, row.at_s, row.staff, row.voucher)
        )
    chain.unread |= {one.hash for one in batch.bad.values()}
    chain.unread |= set(
        connection.scalars(_UNREAD, {"terminal": batch.bearer.terminal, "previous": list(previous)})
    )
    return {row.hash: row for row in rows if row.hash in hashes}


def _locked(connection: Connection, ids: Iterable[bytes]) -> dict[bytes, KnownVoucher]:
    rows = connection.execute(_LOCKED_VOUCHERS, {"ids": list(ids)})
    return {
        row.id: KnownVoucher(
            VoucherState(row.state),
            row.state_since_s,
            row.expires_s,
            tuple(read_lines(row.lines)),
            tuple(read_names(row.stores)),
            row.serial,
        )
        for row in rows
    }


def _named(new: Sequence[Received]) -> set[bytes]:
    """The vouchers that redemptions and undos speak of."""
    facts = (one.fact or one.undo for one in new)
    return {fact.voucher for fact in facts if fact is not None}


def _redemption_change(one: Received) -> RedemptionChange | None:
    if one.entry is None or one.fact is None:
        return None
    head, fact = one.entry.head, one.fact
    return RedemptionChange(
        entry=one.hash,
        voucher=fact.voucher,
        lines=lines_of(fact.items),
        at_s=head.now.unix_s,
        store=head.store,
        terminal=head.terminal,
        staff=head.staff,
        instance=fact.instance,
        holder=fact.holder,
    )
