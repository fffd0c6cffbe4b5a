"""Rotating the root: the old one signs the new one's key, once, in a document of kind ``root``.

A terminal follows the chain link by link from the root that it pinned, however long it was away.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.protocol import cose
from kiosk.protocol.cose import CoseError, PrivateKey, PublicKey
from kiosk.protocol.signed import Document, DocumentError, open_document, sign_document

KIND = "root"


@dataclass(frozen=True, slots=True)
class NextRoot:
    """A verified successor of a root."""

    version: int
    issued_at_s: int
    expires_at_s: int
    key: PublicKey


def sign_next_root(following: NextRoot, root: PrivateKey, root_id: bytes) -> bytes:
    """The document with which a root hands over to the next one."""
    body = cose.public_key_map(following.key)
    document = Document(
        KIND, following.version, following.issued_at_s, following.expires_at_s, body
    )
    return sign_document(document, root, root_id)


def open_next_root(data: bytes, root: PublicKey) -> NextRoot:
    """Verify and read it under the root that is pinned; raises DocumentError."""
    document = open_document(data, KIND, root)
    try:
        key = cose.public_key_from(document.body)
    except CoseError as error:
        raise DocumentError(f"root_{error}") from None
    return NextRoot(document.version, document.issued_at_s, document.expires_at_s, key)
