"""Appending to the chain and proving it: identified, chained and signed entries."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, insert, select

from kiosk.domain.clock import Instant
from kiosk.domain.ports import TrustVersions
from kiosk.ledger.identity import Identity
from kiosk.ledger.tables import (
    QUEUED,
    bundle_of,
    cleared_tries,
    entries,
    outbox,
    redemption_lines,
    serial_tries,
)
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import (
    NO_PREVIOUS,
    REDEMPTION,
    Entry,
    EntryError,
    EntryHead,
    make_entry,
    open_sealed,
    read_entry,
    seal,
    sealed_body,
)
from kiosk.protocol.epochs import NEW_EPOCH, read_new_epoch
from kiosk.protocol.serial_entries import (
    SERIAL_REVIEW,
    SERIAL_TRY,
    SerialReviewFact,
    SerialTryFact,
    serial_fact,
)

_HEAD = (
    select(entries.c.epoch, entries.c.seq, entries.c.hash)
    .order_by(entries.c.epoch.desc(), entries.c.seq.desc())
    .limit(1)
)
_ENTRY, _QUEUED = insert(entries), insert(outbox)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every entry takes from the moment of its commit."""

    now: Instant
    wall_ms: int
    versions: TrustVersions


def append(
    connection: Connection,
    identity: Identity,
    stamp: Stamp,
    *,
    kind: str,
    staff: str | None,
    payload: dict[CborKey, CborValue],
) -> Entry:
    """Append a signed entry and its outbox row; part of the caller's transaction."""
    last = connection.execute(_HEAD).one_or_none()
    same_epoch = last is not None and last.epoch == identity.epoch
    head = EntryHead(
        kind=kind,
        terminal=identity.terminal,
        store=identity.store,
        epoch=identity.epoch,
        seq=last.seq + 1 if last is not None and same_epoch else 1,
        previous=bytes(last.hash) if last is not None else NO_PREVIOUS,
        now=stamp.now,
        wall_ms=stamp.wall_ms,
        staff=staff,
        versions=stamp.versions,
    )
    entry = make_entry(head, payload)
    connection.execute(
        _ENTRY,
        {
            "epoch": head.epoch,
            "seq": head.seq,
            "hash": entry.hash,
            "previous": head.previous,
            "kind": kind,
            "at_s": stamp.now.unix_s,
            "sealed": seal(entry, identity.key),
        },
    )
    connection.execute(_QUEUED, {"epoch": head.epoch, "seq": head.seq, "state": QUEUED})
    return entry


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first entry that does not hold."""

    epoch: int
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """The result of proving the chain."""

    entries: int
    head: bytes | None
    fault: ChainFault | None


def prove(connection: Connection, identity: Identity) -> ChainReport:
    """Walk the whole chain: signatures, hashes, links, sequence, and what is derived from it.

    Stops at the first fault.
    """
    public = identity.key.public_key()
    derived, admitted = _Derived(connection), _admitted(connection)
    count, previous, expected = 0, NO_PREVIOUS, (0, 0)
    rows = connection.execution_options(yield_per=500).execute(
        select(entries).order_by(entries.c.epoch, entries.c.seq)
    )
    for row in rows:
        after_gap = (row.epoch, row.seq) in admitted
        follows = (row.epoch == expected[0] and row.seq == expected[1] + 1) or (
            row.epoch > expected[0] and row.seq == 1
        )
        if follows or after_gap:
            reason = _fault(row, None if after_gap else previous, public) or derived.fault(row)
        else:
            reason = "sequence_gap"
        if reason is not None:
            rows.close()
            return ChainReport(count, previous, ChainFault(row.epoch, row.seq, reason))
        count, previous, expected = count + 1, bytes(row.hash), (row.epoch, row.seq)
    return ChainReport(count, previous if count else None, None)


class _Derived:
    """The rows beside the entries, as far as they must agree with them."""

    def __init__(self, connection: Connection) -> None:
        self._sent = {
            tuple(row) for row in connection.execute(select(outbox.c.epoch, outbox.c.seq))
        }
        self._lines: dict[bytes, Counter[tuple[str, int]]] = {}
        line = redemption_lines.c
        query = select(line.entry, line.sku, line.bundle, line.quantity)
        for row in connection.execution_options(yield_per=500).execute(query):
            counted = self._lines.setdefault(bytes(row.entry), Counter())
            counted[row.sku, row.bundle] += row.quantity
        tries = select(serial_tries.c.entry, serial_tries.c.voucher)
        self._tries = {bytes(row.entry): bytes(row.voucher) for row in connection.execute(tries)}
        self._cleared = set(connection.scalars(select(cleared_tries.c["try"])))

    def fault(self, row: Row[Any]) -> str | None:
        """What an entry that holds lacks beside it, or None."""
        if (row.epoch, row.seq) not in self._sent:
            return "outbox_row_missing"
        if row.kind not in {REDEMPTION, SERIAL_TRY, SERIAL_REVIEW}:
            return None
        entry = read_entry(sealed_body(bytes(row.sealed)))
        match serial_fact(entry):
            case SerialTryFact(voucher):
                return None if self._tries.get(entry.hash) == voucher else "serial_try_differs"
            case SerialReviewFact(cleared=cleared):
                return None if self._cleared.issuperset(cleared) else "serial_review_differs"
        told: Counter[tuple[str, int]] = Counter()
        for item in entry.redemption().items:
            told[item.sku, bundle_of(item.group)] += item.quantity
        return None if told == self._lines.get(entry.hash) else "redemption_lines_differ"


def _admitted(connection: Connection) -> set[tuple[int, int]]:
    """Places behind gaps that a salvage has told of, in an entry that is signed as any other."""
    query = select(entries.c.sealed).where(entries.c.kind == NEW_EPOCH)
    found: set[tuple[int, int]] = set()
    for sealed in connection.scalars(query):
        with suppress(EntryError):  # an entry that cannot be read is found when its turn comes
            told = read_new_epoch(read_entry(sealed_body(bytes(sealed))))
            found |= {(gap.epoch, gap.last + 1) for gap in told.missing}
    return found


def _fault(row: Row[Any], previous: bytes | None, key: Ed25519PublicKey) -> str | None:
    """``previous`` None: the entry before is missing, and known to be."""
    try:
        entry = open_sealed(bytes(row.sealed), key)
    except EntryError as error:
        return str(error)
    if entry.hash != bytes(row.hash):
        return "hash_differs"
    if (entry.head.epoch, entry.head.seq) != (row.epoch, row.seq):
        return "position_differs"
    return None if previous in {None, entry.head.previous} else "chain_broken"
