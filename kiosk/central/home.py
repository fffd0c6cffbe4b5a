"""Central's home: ``HOME/central/`` holds its private keys and, by default, its database.

In production the root key would be kept offline; this reference keeps it with the others.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kiosk.protocol import cose
from kiosk.protocol.cose import Algorithm, PrivateKey, PublicKey, key_id_of

DATABASE_NAME = "central.db"
_CODES = {
    Algorithm.ED25519: "codes-ed25519",
    Algorithm.ESP256: "codes-esp256",
    Algorithm.PS256: "codes-ps256",
}
_OTHERS = ("root", "documents", "receipts", "tokens")


class CentralHomeError(Exception):
    """Central's home cannot be used; the message names the file."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the id it is known by."""

    key: PrivateKey
    key_id: bytes

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self.key.public_key()

    def sign1(self, payload: bytes) -> bytes:
        """The payload in a COSE_Sign1."""
        return cose.sign1(payload, self.key, self.key_id)


@dataclass(frozen=True, slots=True)
class CentralKeys:
    """Everything central signs with."""

    root: Signer
    codes: dict[Algorithm, Signer]
    documents: Signer
    receipts: Signer
    tokens: ed25519.Ed25519PrivateKey


def database_url(home: Path) -> str:
    """The default database of a home."""
    return f"sqlite:///{home / 'central' / DATABASE_NAME}"


def open_keys(home: Path) -> CentralKeys:
    """Read the keys of a home, made together at the first time; raises CentralHomeError.

    Several processes may come at once: the folder appears by one rename, so all of them read
    the same keys.
    """
    folder = home / "central" / "keys"
    try:
        home.mkdir(parents=True, exist_ok=True)
        folder.parent.mkdir(mode=0o700, exist_ok=True)  # the database is nobody else's either
    except OSError as error:
        raise CentralHomeError(f"{folder.parent}: {error.strerror or error}") from None
    if not folder.is_dir():
        _make_keys(folder)
    codes = {algorithm: _signer(folder, name) for algorithm, name in _CODES.items()}
    for algorithm, signer in codes.items():
        if cose.algorithm_of(signer.key) is not algorithm:
            raise CentralHomeError(f"{folder / _CODES[algorithm]}.pem: not an {algorithm.name} key")
    root, documents, receipts, tokens = (_signer(folder, name) for name in _OTHERS)
    if not isinstance(tokens.key, ed25519.Ed25519PrivateKey):
        raise CentralHomeError(f"{folder / 'tokens'}.pem: not an Ed25519 key")
    return CentralKeys(root, codes, documents, receipts, tokens.key)


def _signer(folder: Path, name: str) -> Signer:
    path = folder / f"{name}.pem"
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise CentralHomeError(f"{path}: {error.strerror or error}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CentralHomeError(f"{path}: not a private key in PEM form") from None
    if not isinstance(
        key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    ):
        raise CentralHomeError(f"{path}: not a key of a kind that is used here")
    return Signer(key, key_id_of(key.public_key()))


def _make_keys(folder: Path) -> None:
    new = folder.with_name(f"keys-{secrets.token_hex(8)}.new")
    try:
        new.mkdir(mode=0o700)
        for algorithm, name in _CODES.items():
            _write_key(new / f"{name}.pem", cose.generate_key(algorithm))
        for name in _OTHERS:
            _write_key(new / f"{name}.pem", cose.generate_key(Algorithm.ED25519))
    except OSError as error:
        raise CentralHomeError(f"{new}: {error.strerror or error}") from None
    try:
        new.rename(folder)  # refused when the folder exists: another process was first
    except OSError as error:
        shutil.rmtree(new)
        if not folder.is_dir():
            raise CentralHomeError(f"{folder}: {error.strerror or error}") from None


def _write_key(path: Path, key: PrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
