"""Appending to the chain and proving it: identified, chained and signed entries."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, insert, select

from kiosk.domain.clock import Instant
from kiosk.domain.ports import TrustVersions
from kiosk.ledger.derived import Derived
from kiosk.ledger.identity import Identity
from kiosk.ledger.tables import QUEUED, entries, outbox
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.entries import (
    NO_PREVIOUS,
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
    derived, admitted = Derived(connection), _admitted(connection)
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
