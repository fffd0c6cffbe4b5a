"""Signed documents, stored and published with rising versions: roots, key set, policy, places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy import Connection, Row, func, insert, select

from kiosk.central.database import DatabaseUnusableError, Transaction
from kiosk.central.feed_log import COMMON, ChangeKind, FeedChange, publish
from kiosk.central.keys import CentralKeys, Held, RootAwayError
from kiosk.central.places import placed_stores
from kiosk.central.schema import GENERATION
from kiosk.central.status import renewed_status
from kiosk.central.tables import documents, meta
from kiosk.domain.policy import Policy, StorePlace
from kiosk.protocol import cbor, cose
from kiosk.protocol.keyset import KIND as KEYS
from kiosk.protocol.keyset import KeySet, TrustedKey, open_key_set, sign_key_set
from kiosk.protocol.places import KIND as STORE
from kiosk.protocol.places import PlaceDocument, place_document, read_place
from kiosk.protocol.policies import KIND as POLICY
from kiosk.protocol.policies import policy_document, read_policy
from kiosk.protocol.roots import KIND as ROOT
from kiosk.protocol.roots import NextRoot, sign_next_root
from kiosk.protocol.signed import (
    MAX_DOCUMENT_BYTES,
    Document,
    DocumentError,
    parse_document,
    sign_document,
)
from kiosk.protocol.trust import TrustBundle

LIFETIME_S = 400 * 86_400
ROOT_LIFETIME_S = 10 * 365 * 86_400
"""A terminal may have been in a drawer for years and still follows the chain."""
RENEW_BEFORE_S = 370 * 86_400
"""A document is signed anew when less than this is left: about monthly."""
_BACKDATED_S = 3600  # a terminal's clock may be a little behind

_log = structlog.get_logger(__name__)


class PolicyTooLargeError(ValueError):
    """A policy that no terminal would read."""


def ensure_documents(transaction: Transaction, keys: CentralKeys, now_s: int) -> None:
    """Sign and publish what is missing, names other keys than ours, or gets old.

    Raises DatabaseUnusableError when the database belongs to another root key: terminals that
    pinned it would refuse everything signed here. With the root away, what needs it waits.
    """
    work = _Signing(transaction, keys.at(now_s), now_s)
    lock_documents(transaction.connection)
    key_set = _ensure_key_set(work)
    _ensure_policy(work, key_set)
    _ensure_places(work, key_set)
    publish(transaction, [*work.changes, *renewed_status(transaction.connection, now_s)])


def publish_policy(
    transaction: Transaction, keys: CentralKeys, policy: Policy, now_s: int
) -> Policy:
    """Put a policy in force, with a version of its own; raises PolicyTooLargeError."""
    work = _Signing(transaction, keys.at(now_s), now_s)
    lock_documents(transaction.connection)
    signed = _sign_policy(work, policy)
    publish(transaction, work.changes)
    return signed


def publish_place(transaction: Transaction, keys: CentralKeys, store: str, now_s: int) -> None:
    """Tell a store's terminals where it is, as the ``stores`` row says by now."""
    work = _Signing(transaction, keys.at(now_s), now_s)
    lock_documents(transaction.connection)
    key_set = open_stored_key_set(transaction.connection, keys)
    _ensure_places(work, key_set, store)
    publish(transaction, work.changes)


def policy_in_force(connection: Connection) -> Policy:
    """The policy that was published last."""
    document = latest_document(connection, POLICY)
    return Policy() if document is None else read_policy(document)


def trust_bundle(connection: Connection, keys: CentralKeys, status: bytes = b"") -> TrustBundle:
    """What a verifier pins and checks with."""
    stored = _latest(connection, (KEYS, POLICY))
    root = _root_of(stored[KEYS].document, keys)
    return TrustBundle(
        root_key=cbor.encode(cose.public_key_map(root.public)),
        key_set=stored[KEYS].document,
        policy=stored[POLICY].document,
        status=status,
    )


def root_version(connection: Connection) -> int:
    """Version of the document that put the root in force; 0 when it is the first."""
    query = select(func.max(documents.c.version)).where(documents.c.kind == ROOT)
    return connection.scalar(query) or 0


def open_stored_key_set(connection: Connection, keys: CentralKeys) -> KeySet:
    """The key set in force, as terminals know it."""
    document = _latest(connection, (KEYS,))[KEYS].document
    return open_key_set(document, _root_of(document, keys).public)


def latest_document(connection: Connection, kind: str) -> bytes | None:
    """The newest document of a kind."""
    stored = _latest(connection, (kind,)).get(kind)
    return None if stored is None else bytes(stored.document)


def document_at(connection: Connection, kind: str, version: int) -> bytes | None:
    """One version of a kind."""
    query = select(documents.c.document).where(
        documents.c.kind == kind, documents.c.version == version
    )
    return connection.scalar(query)


@dataclass(slots=True)
class _Signing:
    """One transaction's documents on their way; they are published together at its end."""

    transaction: Transaction
    keys: CentralKeys
    now_s: int
    changes: list[FeedChange] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return self.transaction.connection

    def sign(self, document: Document, kind: str, feed: str = COMMON) -> None:
        signer = self.keys.documents
        signed = sign_document(document, signer.key, signer.key_id)
        self.store(kind, document, signed, FeedChange(feed, ChangeKind.DOCUMENT, _key_of(kind)))

    def store(self, kind: str, document: Document, signed: bytes, change: FeedChange) -> None:
        self.connection.execute(
            insert(documents).values(
                kind=kind,
                version=document.version,
                expires_s=document.expires_at_s,
                document=signed,
            )
        )
        self.changes.append(change)

    def next_version(self, before: Row[*tuple[Any, ...]] | None) -> int:
        # Seconds as versions: they also rise when a database is made anew for the same keys,
        # whose terminals refuse what is older than what they have.
        return max(self.now_s, (before.version if before is not None else 0) + 1)

    def lasts(self, row: Row[*tuple[Any, ...]], key_set: KeySet) -> bool:
        """Whether a document of a documents key may stay as it is."""
        signer = self.keys.documents.key_id
        known = any(key.key_id == signer and key.in_force(self.now_s) for key in key_set.keys)
        ours = parse_document(row.document).key_id == signer
        return (ours or not known) and row.expires_s - self.now_s > RENEW_BEFORE_S


def lock_documents(connection: Connection) -> None:
    """Whoever signs documents, or changes the keys that do, waits for this transaction."""
    connection.execute(select(meta).where(meta.c.name == GENERATION).with_for_update())


def _key_of(kind: str) -> bytes:
    """The key of a document in its feed: a store's feed has one place."""
    return (STORE if kind.startswith(f"{STORE}/") else kind).encode()


def place_kind(store: str) -> str:
    """The kind under which a store's place is stored."""
    return f"{STORE}/{store}"


def _latest(connection: Connection, kinds: Iterable[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    d = documents.c
    newest = (
        select(d.kind, func.max(d.version).label("version"))
        .where(d.kind.in_(list(kinds)))
        .group_by(d.kind)
        .subquery()
    )
    query = select(d.kind, d.version, d.expires_s, d.document).join(
        newest, (d.kind == newest.c.kind) & (d.version == newest.c.version)
    )
    return {row.kind: row for row in connection.execute(query)}


# --- roots and the key set --------------------------------------------------------------------


def _root_of(key_set: bytes, keys: CentralKeys) -> Held:
    """The root of ours that signed a stored key set; raises DatabaseUnusableError.

    While a rotation is under way the home may know the next root already.
    """
    key_id = parse_document(key_set).key_id
    for root in keys.roots:
        if root.key_id == key_id:
            try:
                open_key_set(key_set, root.public)
            except DocumentError:
                break
            return root
    raise DatabaseUnusableError(
        "the database's key set was signed by another root key than this home's"
    )


def _ensure_key_set(work: _Signing) -> KeySet:
    keys = work.keys
    row = _latest(work.connection, (KEYS,)).get(KEYS)
    if row is not None:
        root = _root_of(row.document, keys)
        key_set = open_key_set(row.document, root.public)
        lasts = row.expires_s - work.now_s > RENEW_BEFORE_S
        if root is keys.roots[-1] and lasts and _says(key_set, keys):
            return key_set
        if not (keys.root_is_here and _can_hand_over(keys, keys.roots.index(root))):
            _log.warning("root_is_away", waits="the key set", ends_s=row.expires_s)
            return key_set
        _hand_over(work, keys.roots.index(root))
    elif _can_hand_over(keys, 0):
        _hand_over(work, 0)
    else:
        _log.warning("root_is_away", waits="the links from earlier roots")
    return _sign_key_set(work, work.next_version(row))


def _says(key_set: KeySet, keys: CentralKeys) -> bool:
    """Whether a key set names exactly the keys that it should name now."""

    def limits(key: TrustedKey) -> tuple[object, ...]:
        return (key.key_id, key.not_before_s, key.not_after_s, key.tiers, key.revoked)

    now = keys.trusted(key_set.expires_at_s)
    return {limits(key) for key in key_set.keys} == {limits(key) for key in now}


def _can_hand_over(keys: CentralKeys, place: int) -> bool:
    return all(root.private is not None for root in keys.roots[place:-1])


def _hand_over(work: _Signing, place: int) -> None:
    """Publish the links from one of our roots to the one in force, each as a thing of its own.

    A terminal that was away follows them one by one.
    """
    roots = work.keys.roots
    before = _latest(work.connection, (ROOT,)).get(ROOT)
    version = work.next_version(before)
    for old, new in zip(roots[place:], roots[place + 1 :], strict=False):
        signer = old.signer()
        following = NextRoot(
            version, work.now_s - _BACKDATED_S, work.now_s + ROOT_LIFETIME_S, new.public
        )
        signed = sign_next_root(following, signer.key, signer.key_id)
        document = Document(ROOT, version, following.issued_at_s, following.expires_at_s, None)
        key = f"{ROOT}/{version}".encode()
        work.store(ROOT, document, signed, FeedChange(COMMON, ChangeKind.DOCUMENT, key))
        version += 1


def _sign_key_set(work: _Signing, version: int) -> KeySet:
    root, ends_s = work.keys.root, work.now_s + LIFETIME_S
    key_set = KeySet(version, work.now_s - _BACKDATED_S, ends_s, work.keys.trusted(ends_s))
    signed = sign_key_set(key_set, root.key, root.key_id)
    document = Document(KEYS, version, key_set.issued_at_s, ends_s, None)
    change = FeedChange(COMMON, ChangeKind.DOCUMENT, KEYS.encode())
    work.store(KEYS, document, signed, change)
    return key_set


# --- what the documents key signs -------------------------------------------------------------


def _ensure_policy(work: _Signing, key_set: KeySet) -> None:
    row = _latest(work.connection, (POLICY,)).get(POLICY)
    if row is None:
        _sign_policy(work, Policy())
    elif not work.lasts(row, key_set):
        _sign_policy(work, read_policy(row.document))


def _sign_policy(work: _Signing, policy: Policy) -> Policy:
    before = _latest(work.connection, (POLICY,)).get(POLICY)
    versioned = replace(policy, version=work.next_version(before))
    document = policy_document(versioned, work.now_s - _BACKDATED_S, work.now_s + LIFETIME_S)
    # The signature and its header take a hundred bytes more.
    if len(cbor.encode(document.body)) > MAX_DOCUMENT_BYTES - 1024:
        raise PolicyTooLargeError(
            f"the policy is larger than the {MAX_DOCUMENT_BYTES // 1024} KB that terminals read"
        )
    work.sign(document, POLICY)
    return versioned


def _ensure_places(work: _Signing, key_set: KeySet, store: str | None = None) -> None:
    wanted = placed_stores(work.connection, store)
    stored = _latest(work.connection, map(place_kind, wanted))
    for name, place in wanted.items():
        row = stored.get(place_kind(name))
        if row is not None and work.lasts(row, key_set) and _says_place(row.document, place):
            continue
        document = place_document(
            PlaceDocument(work.next_version(row), name, place),
            work.now_s - _BACKDATED_S,
            work.now_s + LIFETIME_S,
        )
        work.sign(document, place_kind(name), name)


def _says_place(document: bytes, place: StorePlace) -> bool:
    return read_place(document).place == place


__all__ = [
    "PolicyTooLargeError",
    "RootAwayError",
    "document_at",
    "ensure_documents",
    "latest_document",
    "lock_documents",
    "open_stored_key_set",
    "place_kind",
    "policy_in_force",
    "publish_place",
    "publish_policy",
    "root_version",
    "trust_bundle",
]
