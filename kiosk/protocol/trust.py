"""The trust file: what a verifier needs to judge codes offline, as JSON.

``{"format": "pickup-kiosk/trust/1", "root_key": base64 COSE_Key, "key_set": base64
COSE_Sign1, "policy": base64 COSE_Sign1 or absent, "status": base64 COSE_Sign1 or absent}`` –
``kiosk central trust`` writes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from kiosk.domain.policy import Policy
from kiosk.protocol import cbor, cose
from kiosk.protocol.cbor import CborError
from kiosk.protocol.cose import CoseError, PublicKey
from kiosk.protocol.keyset import KeySet, open_key_set
from kiosk.protocol.policies import open_policy
from kiosk.protocol.signed import DocumentError
from kiosk.protocol.status_list import StatusDelta, StatusList, open_status

FORMAT: Literal["pickup-kiosk/trust/1"] = "pickup-kiosk/trust/1"


class TrustFileError(ValueError):
    """A trust file that cannot be used; the message names the file and the field."""


class TrustBundle(msgspec.Struct, frozen=True, omit_defaults=True):
    """The content of a trust file."""

    root_key: bytes
    key_set: bytes
    policy: bytes = b""
    status: bytes = b""
    """The whole status list."""
    format: Literal["pickup-kiosk/trust/1"] = FORMAT


def read_trust_file(path: Path) -> TrustBundle:
    """Read a trust file; raises TrustFileError (also when the file cannot be read)."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=TrustBundle)
    except OSError as error:
        raise TrustFileError(f"{path}: {error.strerror or error}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TrustFileError(f"{path}: {error}") from None


def root_key_from(data: bytes) -> PublicKey:
    """The root's public key from its COSE_Key bytes; raises DocumentError."""
    try:
        return cose.public_key_from(cbor.decode(data))
    except (CborError, CoseError) as error:
        raise DocumentError(f"root_{error}") from None


def open_bundle(bundle: TrustBundle) -> tuple[KeySet, Policy]:
    """Verify the bundle's documents under its root; raises DocumentError.

    Whether its keys are in force is judged with each code, at the time that code is judged at.
    """
    key_set = open_key_set(bundle.key_set, root_key_from(bundle.root_key))
    policy = open_policy(bundle.policy, key_set, None) if bundle.policy else Policy()
    return key_set, policy


def open_bundle_status(bundle: TrustBundle, key_set: KeySet) -> StatusList | None:
    """The bundle's status list, verified; None when it carries none. Raises DocumentError."""
    if not bundle.status:
        return None
    found = open_status(bundle.status, key_set, None)
    if isinstance(found, StatusDelta):
        raise DocumentError("status_delta_base")
    return found
