"""Signed documents: roots and the key set (under the pinned root), the rest under a key of the set.

A document is a COSE_Sign1 whose payload is a map ``{1: kind, 2: version, 3: issued at,
4: expires at, 5: body}``. A terminal refuses an older version than it has (rollback) and
stops using one past its expiry (freeze).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kiosk.protocol import cbor, cose
from kiosk.protocol.cbor import CborError, CborValue
from kiosk.protocol.cose import CoseError, PrivateKey, PublicKey, Sign1

MAX_DOCUMENT_BYTES = 256 * 1024
LARGEST = 2**63 - 1
"""The largest number that a database column takes."""


class DocumentError(ValueError):
    """A signed document that must not be used; ``str()`` is the reason word."""


@dataclass(frozen=True, slots=True)
class Document:
    """The verified content of a signed document."""

    kind: str
    version: int
    issued_at_s: int
    expires_at_s: int
    body: CborValue


def sign_document(document: Document, key: PrivateKey, key_id: bytes) -> bytes:
    """Sign a document."""
    payload: CborValue = {
        1: document.kind,
        2: document.version,
        3: document.issued_at_s,
        4: document.expires_at_s,
        5: document.body,
    }
    return cose.sign1(cbor.encode(payload), key, key_id)


def parse_document(data: bytes, max_bytes: int = MAX_DOCUMENT_BYTES) -> Sign1:
    """The unverified envelope; raises DocumentError."""
    if len(data) > max_bytes:
        raise DocumentError("document_too_large")
    try:
        return cose.parse_sign1(data)
    except (CborError, CoseError) as error:
        raise DocumentError(str(error)) from None


def open_document(
    data: bytes, kind: str | tuple[str, ...], key: PublicKey, max_bytes: int = MAX_DOCUMENT_BYTES
) -> Document:
    """Verify and read a document of a kind (or of one of several); raises DocumentError."""
    message = parse_document(data, max_bytes)
    if message.algorithm != cose.algorithm_of(key):
        raise DocumentError("document_algorithm")
    if not cose.verifies(message, key):
        raise DocumentError("document_signature")
    return _content(message, kind)


def read_document(data: bytes, kind: str) -> Document:
    """Read a document that was verified before; raises DocumentError with the reason."""
    return _content(parse_document(data), kind)


def content_hash(data: bytes) -> bytes:
    """What a document says, whoever signed it and however often; raises DocumentError.

    Two documents of one version that differ in it are a fork.
    """
    return hashlib.sha256(parse_document(data).payload).digest()


def _content(message: Sign1, kind: str | tuple[str, ...]) -> Document:
    try:
        payload = cbor.decode(message.payload)
    except CborError as error:
        raise DocumentError(str(error)) from None
    match payload:
        case {1: str(found), 2: int(version), 3: int(issued), 4: int(expires), 5: body} if (
            (found == kind if isinstance(kind, str) else found in kind)
            and not any(isinstance(value, bool) for value in (version, issued, expires))
            and version > 0
            and issued < expires
            and all(-LARGEST <= value <= LARGEST for value in (version, issued, expires))
        ):
            return Document(found, version, issued, expires, body)
        case _:
            raise DocumentError("document_payload")
