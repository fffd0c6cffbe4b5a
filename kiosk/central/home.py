"""Central's home: ``HOME/central/`` holds its private keys and, by default, its database.

``keys/`` has a PEM file for each key and, once a key was added or revoked, ``keys.json``: which is
for what since when (:mod:`kiosk.central.key_records`). Without that file the first keys of the
home are in use, which is how every home begins. The root's private key may be taken out.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kiosk.central.key_records import KeyRecord, KeyRecords, Purpose
from kiosk.central.keys import CentralHomeError, CentralKeys, Held
from kiosk.protocol import cbor, cose
from kiosk.protocol.cose import Algorithm, PrivateKey, PublicKey, key_id_of

__all__ = ["CentralHomeError", "CentralKeys", "database_url", "open_keys"]

DATABASE_NAME = "central.db"
RECORDS_NAME = "keys.json"
TOKENS = "tokens"
_FIRST: dict[str, tuple[Purpose, Algorithm]] = {
    "codes-ed25519": ("codes", Algorithm.ED25519),
    "codes-esp256": ("codes", Algorithm.ESP256),
    "codes-ps256": ("codes", Algorithm.PS256),
    "root": ("root", Algorithm.ED25519),
    "documents": ("documents", Algorithm.ED25519),
    "receipts": ("receipts", Algorithm.ED25519),
}
"""The keys that every home begins with; ``tokens`` comes beside them and is never published."""


def database_url(home: Path) -> str:
    """The default database of a home."""
    return f"sqlite:///{home / 'central' / DATABASE_NAME}"


def key_folder(home: Path) -> Path:
    """Where a home's keys lie."""
    return home / "central" / "keys"


def open_keys(home: Path, now_s: int | None = None) -> CentralKeys:
    """Read the keys of a home, made together at the first time; raises CentralHomeError.

    Several processes may come at once: the folder appears by one rename, so all of them read
    the same keys.
    """
    folder = key_folder(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        folder.parent.mkdir(mode=0o700, exist_ok=True)  # the database is nobody else's either
    except OSError as error:
        raise CentralHomeError(f"{folder.parent}: {error.strerror or error}") from None
    if not folder.is_dir():
        _make_keys(folder)
    return read_keys(folder, {}, int(time.time()) if now_s is None else now_s)


def read_keys(folder: Path, loaded: dict[str, PrivateKey], now_s: int) -> CentralKeys:
    """The keys of a folder; ``loaded`` remembers private halves. Raises CentralHomeError."""
    tokens = _private(folder / f"{TOKENS}.pem", loaded)
    if not isinstance(tokens, ed25519.Ed25519PrivateKey):
        raise CentralHomeError(f"{folder / TOKENS}.pem: not an Ed25519 key")
    records = read_records(folder)
    if records is None:
        held = tuple(_first(folder, name, loaded) for name in _FIRST)
    else:
        held = tuple(_held(folder, record, loaded) for record in records.keys)
    return CentralKeys(held, tokens, now_s)


def read_records(folder: Path) -> KeyRecords | None:
    """What ``keys.json`` says; None when a home has none yet. Raises CentralHomeError."""
    path = folder / RECORDS_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeyRecords)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CentralHomeError(f"{path}: {error.strerror or error}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CentralHomeError(f"{path}: {error}") from None


def write_records(folder: Path, records: KeyRecords) -> None:
    """Put ``keys.json`` in place, durably and at once; the caller holds the documents' lock."""
    content = msgspec.json.format(msgspec.json.encode(records), indent=1)
    draft = folder / f"{RECORDS_NAME}-{secrets.token_hex(8)}.new"
    try:
        _write(draft, content)
        draft.replace(folder / RECORDS_NAME)
        sync_folder(folder)
    except OSError as error:
        raise CentralHomeError(f"{draft}: {error.strerror or error}") from None


def record_of(name: str, purpose: Purpose, key: PublicKey) -> KeyRecord:
    """The record of a key that is in use from the beginning."""
    return KeyRecord(
        name=name,
        purpose=purpose,
        algorithm=cose.algorithm_of(key).name.lower(),
        key_id=key_id_of(key).hex(),
        public=cbor.encode(cose.public_key_map(key)),
    )


def write_key(path: Path, key: PrivateKey) -> None:
    """A private key as an owner-only PEM file that was not there before; raises OSError."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, pem)
    sync_folder(path.parent)


def read_key(path: Path) -> PrivateKey:
    """A private key from a PEM file; raises CentralHomeError naming it."""
    return _private(path, {})


def sync_folder(folder: Path) -> None:
    """Make a new or replaced name durable."""
    if sys.platform == "win32":
        return  # there the file's own flush does it
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _first(folder: Path, name: str, loaded: dict[str, PrivateKey]) -> Held:
    purpose, algorithm = _FIRST[name]
    private = _private(folder / f"{name}.pem", loaded)
    if cose.algorithm_of(private) is not algorithm:
        raise CentralHomeError(f"{folder / name}.pem: not an {algorithm.name} key")
    public = private.public_key()
    return Held(record_of(name, purpose, public), public, private)


def _held(folder: Path, record: KeyRecord, loaded: dict[str, PrivateKey]) -> Held:
    path = folder / f"{record.name}.pem"
    try:
        public = cose.public_key_from(cbor.decode(record.public))
    except ValueError as error:
        raise CentralHomeError(f"{folder / RECORDS_NAME}: {record.name}: {error}") from None
    if record.purpose == "root" and not path.exists():
        loaded.pop(path.name, None)  # it was taken out: out of memory too
        return Held(record, public, None)
    private = _private(path, loaded)
    if private.public_key() != public:
        raise CentralHomeError(f"{path}: not the key that {RECORDS_NAME} names")
    return Held(record, public, private)


def _private(path: Path, loaded: dict[str, PrivateKey]) -> PrivateKey:
    if path.name in loaded:
        return loaded[path.name]
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
    loaded[path.name] = key
    return key


def _make_keys(folder: Path) -> None:
    new = folder.with_name(f"keys-{secrets.token_hex(8)}.new")
    try:
        new.mkdir(mode=0o700)
        for name, (_, algorithm) in _FIRST.items():
            write_key(new / f"{name}.pem", cose.generate_key(algorithm))
        write_key(new / f"{TOKENS}.pem", cose.generate_key(Algorithm.ED25519))
    except OSError as error:
        raise CentralHomeError(f"{new}: {error.strerror or error}") from None
    try:
        new.rename(folder)  # refused when the folder exists: another process was first
    except OSError as error:
        shutil.rmtree(new)
        if not folder.is_dir():
            raise CentralHomeError(f"{folder}: {error.strerror or error}") from None


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
