"""The key set: which keys may sign what, when; signed by the root that was pinned at enrolment."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kiosk.domain.vouchers import CODE_TIERS, Tier
from kiosk.protocol import cose
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.cose import CoseError, PrivateKey, PublicKey
from kiosk.protocol.signed import (
    MAX_DOCUMENT_BYTES,
    Document,
    DocumentError,
    open_document,
    read_document,
    sign_document,
)

KIND = "keys"
_KID, _NOT_BEFORE, _NOT_AFTER, _TIERS, _ISSUER, _PURPOSES, _REVOKED = (
    2,
    -70001,
    -70002,
    -70003,
    -70004,
    -70005,
    -70006,
)

MAX_KEYS_OF_ONE_ID = 8
"""Each of them is tried, so this bounds what a refusal costs."""

CODES, DOCUMENTS, RECEIPTS = "codes", "documents", "receipts"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key of the set and the limits of its use."""

    key_id: bytes
    key: PublicKey
    not_before_s: int
    not_after_s: int
    tiers: frozenset[Tier]
    """Tiers it may sign; empty for a key that signs no codes."""
    issuer: str
    purposes: frozenset[str]
    revoked: bool = False
    """Kept in the set so that a refusal can say so; nothing that it signed counts any more."""

    def in_force(self, at_s: int) -> bool:
        """Whether it may be used at a time."""
        return not self.revoked and self.not_before_s <= at_s < self.not_after_s


@dataclass(frozen=True, slots=True)
class KeySet:
    """A verified key set. Several keys may share a key id: each is tried."""

    version: int
    issued_at_s: int
    expires_at_s: int
    keys: tuple[TrustedKey, ...]

    def find(self, key_id: bytes, purpose: str) -> tuple[TrustedKey, ...]:
        """The keys of an id for a purpose."""
        return tuple(key for key in self.keys if key.key_id == key_id and purpose in key.purposes)


def sign_key_set(key_set: KeySet, root: PrivateKey, root_id: bytes) -> bytes:
    """Sign a key set with the root key."""
    body: CborValue = [_key_map(key) for key in key_set.keys]
    document = Document(KIND, key_set.version, key_set.issued_at_s, key_set.expires_at_s, body)
    return sign_document(document, root, root_id)


def open_key_set(data: bytes, root: PublicKey) -> KeySet:
    """Verify and read a key set under the pinned root; raises DocumentError."""
    return _key_set(open_document(data, KIND, root))


def read_key_set(data: bytes) -> KeySet:
    """Read a key set that was verified when it was taken; raises DocumentError."""
    return _key_set(read_document(data, KIND))


def _key_set(document: Document) -> KeySet:
    if not isinstance(document.body, list):
        raise DocumentError("key_set_body")
    keys = tuple(_trusted_key(entry) for entry in document.body)
    if max(Counter(key.key_id for key in keys).values(), default=0) > MAX_KEYS_OF_ONE_ID:
        raise DocumentError("key_set_too_many_of_one_id")
    return KeySet(document.version, document.issued_at_s, document.expires_at_s, keys)


def open_with(
    data: bytes,
    kind: str | tuple[str, ...],
    key_set: KeySet,
    at_s: int | None,
    max_bytes: int = MAX_DOCUMENT_BYTES,
) -> Document:
    """Open a document signed by one of the set's document keys; raises DocumentError.

    ``at_s`` None skips the keys' validity: for a document that was checked when it was taken.
    """
    fault = DocumentError("document_key_unknown")
    for key in key_set.keys:
        if DOCUMENTS not in key.purposes or key.revoked:
            continue
        if at_s is not None and not key.in_force(at_s):
            continue
        try:
            return open_document(data, kind, key.key, max_bytes)
        except DocumentError as error:
            fault = error
    raise fault


def _key_map(key: TrustedKey) -> CborValue:
    limits: dict[CborKey, CborValue] = {
        _KID: key.key_id,
        _NOT_BEFORE: key.not_before_s,
        _NOT_AFTER: key.not_after_s,
        _TIERS: [int(tier) for tier in sorted(key.tiers)],
        _ISSUER: key.issuer,
        _PURPOSES: list[CborValue](sorted(key.purposes)),
    }
    if key.revoked:
        limits[_REVOKED] = True
    return cose.public_key_map(key.key) | limits


def _trusted_key(value: CborValue) -> TrustedKey:
    match value:
        case {
            2: bytes(key_id),
            -70001: int(not_before),
            -70002: int(not_after),
            -70003: list(tiers),
            -70004: str(issuer),
            -70005: list(purposes),
            **others,
        } if not isinstance(not_before, bool) and not isinstance(not_after, bool):
            try:
                return TrustedKey(
                    key_id=key_id,
                    key=cose.public_key_from(value),
                    not_before_s=not_before,
                    not_after_s=not_after,
                    tiers=_tiers(tiers),
                    issuer=issuer,
                    purposes=frozenset(p for p in purposes if isinstance(p, str)),
                    # Anything but a plain "no" there is a revocation.
                    revoked=others.get(_REVOKED, False) is not False,
                )
            except (CoseError, ValueError):
                raise DocumentError("key_set_key") from None
        case _:
            raise DocumentError("key_set_key")


def _tiers(values: list[CborValue]) -> frozenset[Tier]:
    """The tiers that a key may sign; names are for later, a number must be a tier of codes."""
    numbers = frozenset(value for value in values if isinstance(value, int))
    if not numbers <= CODE_TIERS or any(isinstance(value, bool) for value in values):
        raise DocumentError("key_set_key")
    return frozenset(Tier(number) for number in numbers)
