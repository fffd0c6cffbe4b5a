"""Signed documents in the ledger: the key set and the policy in force. Rollback is refused."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from kiosk.domain.policy import Policy
from kiosk.domain.ports import TrustVersions
from kiosk.ledger.tables import documents
from kiosk.protocol import policies
from kiosk.protocol.cose import PublicKey
from kiosk.protocol.keyset import KIND as KEYS
from kiosk.protocol.keyset import KeySet, open_key_set
from kiosk.protocol.signed import DocumentError


class TrustStore:
    """The documents in force, opened once and kept. Reading: any thread; taking: ledger thread."""

    def __init__(self, connection: Connection, root: PublicKey) -> None:
        self._root = root
        self._key_set: KeySet | None = None
        self._policy = Policy()
        stored = {
            row.kind: bytes(row.document)
            for row in connection.execute(select(documents.c.kind, documents.c.document))
        }
        if KEYS in stored:
            self._key_set = open_key_set(stored[KEYS], root)
        if policies.KIND in stored and self._key_set is not None:
            self._policy = policies.open_policy(stored[policies.KIND], self._key_set, None)

    def key_set(self) -> KeySet | None:
        """The key set in force."""
        return self._key_set

    def policy(self) -> Policy:
        """The policy in force; the defaults before the first one came."""
        return self._policy

    def versions(self) -> TrustVersions:
        """What a decision now is based on."""
        return TrustVersions(
            key_set=self._key_set.version if self._key_set else 0, policy=self._policy.version
        )

    def check(self, kind: str, document: bytes, at_s: int) -> KeySet | Policy:
        """Verify a document and that it is no older than the one in force; DocumentError."""
        if kind == KEYS:
            key_set = open_key_set(document, self._root)
            if self._key_set is not None and key_set.version < self._key_set.version:
                raise DocumentError("key_set_rollback")
            return key_set
        if kind != policies.KIND:
            raise DocumentError("document_kind")
        if self._key_set is None:
            raise DocumentError("document_before_keys")
        policy = policies.open_policy(document, self._key_set, at_s)
        if policy.version < self._policy.version:
            raise DocumentError("policy_rollback")
        return policy

    def store(self, connection: Connection, kind: str, version: int, document: bytes) -> None:
        """Write a checked document; part of the caller's transaction."""
        values = {"kind": kind, "version": version, "document": document}
        statement = insert(documents).values(values)
        connection.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=values))

    def put_in_force(self, opened: KeySet | Policy) -> None:
        """Use a document from now on; after its transaction has committed."""
        if isinstance(opened, KeySet):
            self._key_set = opened
        else:
            self._policy = opened
