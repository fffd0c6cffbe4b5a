"""Signed documents in the ledger: the key set and the policy in force. Rollback is refused."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.ports import TrustVersions
from kiosk.ledger.tables import documents
from kiosk.protocol import policies
from kiosk.protocol.cose import PublicKey
from kiosk.protocol.keyset import KIND as KEYS
from kiosk.protocol.keyset import KeySet, open_key_set
from kiosk.protocol.signed import DocumentError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trust:
    """The documents that decisions are based on; replaced whole, never changed."""

    key_set: KeySet | None = None
    policy: Policy = field(default_factory=Policy)
    place: StorePlace | None = None

    def with_document(self, kind: str, document: bytes, root: PublicKey, at_s: int) -> Trust:
        """Trust after a new document; DocumentError when it must not be used.

        It must verify (a policy under the keys in force by then), be no older than the one it
        replaces, and not have expired.
        """
        if kind == KEYS:
            key_set = open_key_set(document, root)
            if self.key_set is not None and key_set.version < self.key_set.version:
                raise DocumentError("key_set_rollback")
            if key_set.expires_at_s <= at_s:
                raise DocumentError("key_set_expired")
            return replace(self, key_set=key_set)
        if kind != policies.KIND:
            raise DocumentError("document_kind")
        if self.key_set is None:
            raise DocumentError("document_before_keys")
        policy = policies.open_policy(document, self.key_set, at_s)
        if policy.version < self.policy.version:
            raise DocumentError("policy_rollback")
        return replace(self, policy=policy)


class TrustStore:
    """The documents in force, opened once and kept. Reading: any thread; taking: ledger thread."""

    def __init__(self, connection: Connection, root: PublicKey) -> None:
        """What was stored was verified when it was taken, and the ledger is authenticated.

        So a policy whose key has been retired since stays in force, and nothing that is wrong
        with a document ever keeps the facts beside it from being read and sent.
        """
        self.root = root
        self.current = Trust()
        stored = {
            row.kind: bytes(row.document)
            for row in connection.execute(select(documents.c.kind, documents.c.document))
        }
        try:
            if KEYS in stored:
                self.current = Trust(open_key_set(stored[KEYS], root))
            if policies.KIND in stored:
                policy = policies.read_policy(stored[policies.KIND])
                self.current = replace(self.current, policy=policy)
        except DocumentError as error:
            _log.error("stored document unusable", reason=str(error))

    def key_set(self) -> KeySet | None:
        """The key set in force."""
        return self.current.key_set

    def policy(self) -> Policy:
        """The policy in force; the defaults before the first one came."""
        return self.current.policy

    def versions(self) -> TrustVersions:
        """What a decision now is based on."""
        key_set, policy = self.current.key_set, self.current.policy
        return TrustVersions(key_set=key_set.version if key_set else 0, policy=policy.version)


def store_document(connection: Connection, kind: str, version: int, document: bytes) -> None:
    """Write a checked document; part of the caller's transaction."""
    values = {"kind": kind, "version": version, "document": document}
    statement = insert(documents).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=values))
