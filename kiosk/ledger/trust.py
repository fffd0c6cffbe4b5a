"""Signed documents in the ledger: pinned root, key set, policy, the store's place, status lists.

Rollback is refused everywhere, and so is a second document of a version that says something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.domain.clock import Instant
from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.ports import TrustVersions
from kiosk.domain.revocation import NOT_LISTED, StatusAnswer
from kiosk.ledger.identity import Identity, pin_root
from kiosk.ledger.tables import documents
from kiosk.protocol import cbor, cose, places, policies, roots
from kiosk.protocol.cose import PublicKey
from kiosk.protocol.keyset import KIND as KEYS
from kiosk.protocol.keyset import KeySet, open_key_set, read_key_set
from kiosk.protocol.signed import DocumentError, content_hash
from kiosk.protocol.status_list import StatusList

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trust:
    """The documents that decisions are based on; replaced whole, never changed."""

    root: PublicKey
    root_version: int
    store: str
    """Whose place counts: a document about another store is refused."""
    key_set: KeySet | None = None
    policy: Policy = field(default_factory=Policy)
    place: StorePlace | None = None
    place_version: int = 0
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Hash of what the document in force of each kind says."""

    def with_document(self, kind: str, document: bytes, at_s: int) -> Trust:
        """Trust after a new document; DocumentError when it must not be used.

        It must verify (root and key set under the pinned root, all else under the keys in force
        by then), be no older than the one it replaces, not say something else than one of the
        same version, and a root or key set must not have expired.
        """
        if kind == roots.KIND:
            return self._with_root(document, at_s)
        if kind == KEYS:
            return self._with_key_set(document, at_s)
        if kind not in {policies.KIND, places.KIND}:
            raise DocumentError("document_kind")
        if self.key_set is None:
            raise DocumentError("document_before_keys")
        if kind == policies.KIND:
            policy = policies.open_policy(document, self.key_set, at_s)
            contents = self._succeeding("policy", kind, document, policy.version)
            return replace(self, policy=policy, contents=contents)
        found = places.open_place(document, self.key_set, at_s)
        if found.store != self.store:
            raise DocumentError("other_store")
        contents = self._succeeding("store", kind, document, found.version)
        return replace(self, place=found.place, place_version=found.version, contents=contents)

    def _with_root(self, document: bytes, at_s: int) -> Trust:
        following = roots.open_next_root(document, self.root)
        if following.version <= self.root_version:
            raise DocumentError("root_rollback")
        if following.expires_at_s <= at_s:
            raise DocumentError("root_expired")
        return replace(self, root=following.key, root_version=following.version)

    def _with_key_set(self, document: bytes, at_s: int) -> Trust:
        key_set = open_key_set(document, self.root)
        contents = self._succeeding("key_set", KEYS, document, key_set.version)
        if key_set.expires_at_s <= at_s:
            raise DocumentError("key_set_expired")
        return replace(self, key_set=key_set, contents=contents)

    def _succeeding(
        self, name: str, kind: str, document: bytes, version: int
    ) -> Mapping[str, bytes]:
        """The contents with this document in force; DocumentError when it must not succeed."""
        in_force, content = self.version_of(kind), content_hash(document)
        if version < in_force:
            raise DocumentError(f"{name}_rollback")
        if version == in_force and self.contents.get(kind, content) != content:
            raise DocumentError(f"{name}_fork")
        return {**self.contents, kind: content}

    def version_of(self, kind: str) -> int:
        """Version of the document in force; 0 before the first one."""
        if kind == roots.KIND:
            return self.root_version
        if kind == KEYS:
            return self.key_set.version if self.key_set else 0
        return self.policy.version if kind == policies.KIND else self.place_version

    def root_key(self) -> bytes:
        """The pinned root as a COSE_Key."""
        return cbor.encode(cose.public_key_map(self.root))


class TrustStore:
    """The documents in force, opened once and kept. Reading: any thread.

    ``current`` is replaced by the thread that follows the feed, ``status_lists`` by the one that
    fetches them: neither touches the other's.
    """

    def __init__(self, connection: Connection, identity: Identity) -> None:
        """What was stored was verified when it was taken, and the ledger is authenticated.

        So a policy whose key has been retired since stays in force, a key set of the root before
        until the new one's has come, and nothing that is wrong with a document ever keeps the
        facts beside it from being read and sent.
        """
        self.current = Trust(identity.root, identity.root_version, identity.store)
        self.status_lists: Mapping[int, StatusList] = {}
        stored = {
            row.kind: bytes(row.document)
            for row in connection.execute(select(documents.c.kind, documents.c.document))
        }
        for kind in (KEYS, policies.KIND, places.KIND):
            try:
                if kind in stored:
                    self.current = _with_stored(self.current, kind, stored[kind])
            except DocumentError as error:
                _log.error("stored document unusable", kind=kind, reason=str(error))

    def key_set(self) -> KeySet | None:
        """The key set in force."""
        return self.current.key_set

    def policy(self) -> Policy:
        """The policy in force; the defaults before the first one came."""
        return self.current.policy

    def place(self) -> StorePlace | None:
        """Where this store is, if head office has said."""
        return self.current.place

    def status(self, list_id: int, index: int, now: Instant) -> StatusAnswer:
        """What a status list says of an index. O(1), no disk."""
        found = self.status_lists.get(list_id)
        if found is None:
            return NOT_LISTED
        revoked = found.revoked(index)
        if revoked is False and found.expires_at_s <= now.unix_s:
            revoked = None  # it has ended: what it does not revoke, it says nothing about
        return StatusAnswer(revoked, found.issued_at_s)

    def versions(self) -> TrustVersions:
        """What a decision now is based on."""
        trust, status = self.current, self.status_lists.get(0)
        return TrustVersions(
            key_set=trust.version_of(KEYS),
            status=status.version if status else 0,
            policy=trust.policy.version,
        )


def _with_stored(trust: Trust, kind: str, document: bytes) -> Trust:
    contents = {**trust.contents, kind: content_hash(document)}
    if kind == KEYS:
        return replace(trust, key_set=read_key_set(document), contents=contents)
    if kind == policies.KIND:
        return replace(trust, policy=policies.read_policy(document), contents=contents)
    found = places.read_place(document)
    return replace(trust, place=found.place, place_version=found.version, contents=contents)


def store_trust(connection: Connection, trust: Trust, kind: str, document: bytes) -> None:
    """Write a document that ``trust`` has taken; part of the caller's transaction."""
    if kind == roots.KIND:
        pin_root(connection, trust.root_key(), trust.root_version)
    store_document(connection, kind, trust.version_of(kind), document)


def store_document(connection: Connection, kind: str, version: int, document: bytes) -> None:
    """Write a checked document; part of the caller's transaction."""
    values = {"kind": kind, "version": version, "document": document}
    statement = insert(documents).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=values))
