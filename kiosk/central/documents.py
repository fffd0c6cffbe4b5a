"""Signed documents: the key set and the policy, stored and published with rising versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from kiosk.central.database import DatabaseUnusableError, Transaction
from kiosk.central.feed_log import COMMON, ChangeKind, FeedChange, publish
from kiosk.central.home import CentralKeys, Signer
from kiosk.central.schema import GENERATION
from kiosk.central.tables import documents, meta
from kiosk.domain.policy import Policy
from kiosk.domain.vouchers import CODE_TIERS, Tier
from kiosk.protocol import cbor, cose
from kiosk.protocol.keyset import (
    CODES,
    DOCUMENTS,
    RECEIPTS,
    KeySet,
    TrustedKey,
    open_key_set,
    sign_key_set,
)
from kiosk.protocol.keyset import KIND as KEYS
from kiosk.protocol.policies import KIND as POLICY
from kiosk.protocol.policies import open_policy, policy_document
from kiosk.protocol.signed import DocumentError, sign_document
from kiosk.protocol.trust import TrustBundle

ISSUER = "pickup-kiosk reference central"
LIFETIME_S = 400 * 86_400
RENEW_BEFORE_S = 370 * 86_400
"""A document is signed anew when less than this is left: about monthly."""
_BACKDATED_S = 3600  # a terminal's clock may be a little behind


def ensure_documents(transaction: Transaction, keys: CentralKeys, now_s: int) -> None:
    """Sign and publish what is missing, names other keys than ours, or gets old.

    Raises DatabaseUnusableError when the database belongs to another root key: terminals that
    pinned it would refuse everything signed here.
    """
    connection = transaction.connection
    connection.execute(select(meta).where(meta.c.name == GENERATION).with_for_update())
    stored = _latest(connection)
    key_set = _our_key_set(keys, stored[KEYS], now_s) if KEYS in stored else None
    if key_set is None:
        key_set = _new_key_set(keys, _next_version(stored.get(KEYS), now_s), now_s)
        signed = sign_key_set(key_set, keys.root.key, keys.root.key_id)
        _store(transaction, KEYS, key_set.version, key_set.expires_at_s, signed)
    if POLICY not in stored or not _lasts(stored[POLICY], key_set, now_s):
        _sign_policy(transaction, keys, stored.get(POLICY), Policy(), now_s)


def publish_policy(
    transaction: Transaction, keys: CentralKeys, policy: Policy, now_s: int
) -> Policy:
    """Put a policy in force, with a version of its own."""
    connection = transaction.connection
    connection.execute(select(meta).where(meta.c.name == GENERATION).with_for_update())
    return _sign_policy(transaction, keys, _latest(connection).get(POLICY), policy, now_s)


def trust_bundle(connection: Connection, keys: CentralKeys) -> TrustBundle:
    """What a verifier pins and checks with."""
    stored = _latest(connection)
    return TrustBundle(
        root_key=cbor.encode(cose.public_key_map(keys.root.public)),
        key_set=stored[KEYS].document,
        policy=stored[POLICY].document,
    )


def open_stored_key_set(connection: Connection, keys: CentralKeys) -> KeySet:
    """The key set in force, as terminals know it."""
    return open_key_set(_latest(connection)[KEYS].document, keys.root.public)


def latest_document(connection: Connection, kind: str) -> bytes | None:
    """The newest document of a kind."""
    stored = _latest(connection).get(kind)
    return None if stored is None else bytes(stored.document)


def _latest(connection: Connection) -> dict[str, Row[*tuple[Any, ...]]]:
    query = select(
        documents.c.kind, documents.c.version, documents.c.expires_s, documents.c.document
    ).order_by(documents.c.version)
    return {row.kind: row for row in connection.execute(query)}


def _our_key_set(keys: CentralKeys, row: Row[*tuple[Any, ...]], now_s: int) -> KeySet | None:
    try:
        key_set = open_key_set(row.document, keys.root.public)
    except DocumentError as error:
        raise DatabaseUnusableError(
            f"the database's key set was signed by another root key than this home's ({error})"
        ) from None
    ours = {signer.key_id for signer in _signers(keys)}
    current = {key.key_id for key in key_set.keys} == ours
    return key_set if current and row.expires_s - now_s > RENEW_BEFORE_S else None


def _lasts(row: Row[*tuple[Any, ...]], key_set: KeySet, now_s: int) -> bool:
    try:
        open_policy(row.document, key_set, now_s)
    except DocumentError:
        return False
    return bool(row.expires_s - now_s > RENEW_BEFORE_S)


def _next_version(row: Row[*tuple[Any, ...]] | None, now_s: int) -> int:
    # Seconds as versions: they also rise when a database is made anew for the same keys, whose
    # terminals refuse what is older than what they have.
    return max(now_s, (row.version if row is not None else 0) + 1)


def _sign_policy(
    transaction: Transaction,
    keys: CentralKeys,
    before: Row[*tuple[Any, ...]] | None,
    policy: Policy,
    now_s: int,
) -> Policy:
    versioned = replace(policy, version=_next_version(before, now_s))
    document = policy_document(versioned, now_s - _BACKDATED_S, now_s + LIFETIME_S)
    signed = sign_document(document, keys.documents.key, keys.documents.key_id)
    _store(transaction, POLICY, versioned.version, document.expires_at_s, signed)
    return versioned


def _store(
    transaction: Transaction, kind: str, version: int, expires_s: int, document: bytes
) -> None:
    transaction.connection.execute(
        insert(documents).values(kind=kind, version=version, expires_s=expires_s, document=document)
    )
    publish(transaction, [FeedChange(COMMON, ChangeKind.DOCUMENT, kind.encode())])


def _signers(keys: CentralKeys) -> tuple[Signer, ...]:
    return (*keys.codes.values(), keys.documents, keys.receipts)


def _new_key_set(keys: CentralKeys, version: int, now_s: int) -> KeySet:
    starts_s, ends_s = now_s - _BACKDATED_S, now_s + LIFETIME_S

    def trusted(signer: Signer, purpose: str, tiers: frozenset[Tier] = frozenset()) -> TrustedKey:
        return TrustedKey(
            key_id=signer.key_id,
            key=signer.public,
            not_before_s=0,  # it also signed what is older than this set
            not_after_s=ends_s,
            tiers=tiers,
            issuer=ISSUER,
            purposes=frozenset({purpose}),
        )

    return KeySet(
        version=version,
        issued_at_s=starts_s,
        expires_at_s=ends_s,
        keys=(
            *(trusted(signer, CODES, CODE_TIERS) for signer in keys.codes.values()),
            trusted(keys.documents, DOCUMENTS),
            trusted(keys.receipts, RECEIPTS),
        ),
    )
