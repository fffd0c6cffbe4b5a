"""Changing central's keys: rotate, revoke, hand the root over, take it out of the home.

The documents' lock in the database is what keeps two of these from meeting. Within it the new
key's file comes first, then the records, then the signed documents: whoever stops half way leaves
a home whose records are whole, and the next look at them publishes what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from kiosk.central.database import Transaction
from kiosk.central.documents import ensure_documents, lock_documents, open_stored_key_set
from kiosk.central.home import read_key, record_of, sync_folder, write_key, write_records
from kiosk.central.key_records import (
    KeyRecord,
    KeyRecords,
    Purpose,
    signer_of,
    with_revoked,
    with_successor,
)
from kiosk.central.keys import CentralHomeError, RootAwayError
from kiosk.central.services import Services
from kiosk.protocol import cose
from kiosk.protocol.cose import Algorithm, PrivateKey

OVERLAP_S = 600
"""How long a new key is published before it signs, so that every terminal in reach has it."""


class NoSuchKeyError(CentralHomeError):
    """There is no key with that id here, or it cannot be changed like that."""


def rotate(
    services: Services, purpose: Purpose, algorithm: Algorithm, after_s: int, now_s: int
) -> KeyRecord:
    """Publish a new key at once, that takes over in ``after_s`` seconds; the new key.

    Raises CentralHomeError (RootAwayError when the root's private key is needed and not here).
    """
    _need_root(services)
    added = _new_key(services, purpose, algorithm, now_s, now_s + after_s)
    return _change(services, lambda records: with_successor(records, added), added.key_id, now_s)


def revoke(services: Services, key_id: str, now_s: int) -> KeyRecord:
    """Revoke a key at once. Its group falls back to another key of its own, or gets a new one.

    Raises CentralHomeError.
    """
    _need_root(services)
    found = services.keys.records.find(key_id)
    if found is None:
        raise NoSuchKeyError(f"there is no key {key_id}: kiosk central keys list")
    if found.purpose == "root":
        raise NoSuchKeyError("a root cannot be revoked: kiosk central keys rotate-root")
    spare = _spare(services, found, now_s)

    def change(records: KeyRecords) -> KeyRecords:
        changed = with_revoked(records, key_id, now_s)
        if spare is not None and signer_of(changed.keys, found.group, now_s) is None:
            changed = with_successor(changed, spare)
        return changed

    return _change(services, change, key_id, now_s)


def rotate_root(services: Services, keep_at: Path | None, now_s: int) -> KeyRecord:
    """Hand over to a new root, whose private key goes to ``keep_at`` instead of the home.

    A key that lies there already is taken. Raises CentralHomeError.
    """
    _need_root(services)
    added = _new_root(services, keep_at, now_s)
    return _change(services, lambda records: with_successor(records, added), added.key_id, now_s)


def renew(services: Services, now_s: int) -> int:
    """Sign what is more than a month old anew, the key set too; the key set's version.

    Running servers do that by themselves as long as the root lies in the home. Raises
    CentralHomeError.
    """
    _need_root(services)
    keys = services.keys
    services.database.write(lambda transaction: ensure_documents(transaction, keys, now_s))
    with services.database.read() as connection:
        return open_stored_key_set(connection, keys).version


def take_root_out(services: Services, to: Path, now_s: int) -> KeyRecord:
    """Write the root's private key to a file and remove it from the home; the root's record.

    Raises CentralHomeError; the key is removed only when the copy is durable.
    """
    root = services.keys.roots[-1]
    path = services.key_ring.folder / f"{root.record.name}.pem"
    if root.private is None or not path.exists():
        raise NoSuchKeyError("the root's private key does not lie in this home")
    # The records say what the root's public key is: without them there is only the file.
    _change(services, lambda records: records, root.record.key_id, now_s)
    _write(to, root.private)
    try:
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise CentralHomeError(f"{path}: {error.strerror or error}") from None
    # Once more, so that running servers look again and forget it.
    return _change(services, lambda records: records, root.record.key_id, now_s)


def _need_root(services: Services) -> None:
    if not services.keys.root_is_here:
        raise RootAwayError


def _change(
    services: Services, change: Callable[[KeyRecords], KeyRecords], key_id: str, now_s: int
) -> KeyRecord:
    """Change the records and publish what follows from it; the record of a key afterwards.

    ``change`` may run again, so it must come to the same.
    """
    ring = services.key_ring

    def work(transaction: Transaction) -> None:
        lock_documents(transaction.connection)
        write_records(ring.folder, change(ring.current().records))
        ensure_documents(transaction, ring.current(), now_s)

    services.database.write(work)
    found = ring.current().records.find(key_id)
    if found is None:
        raise NoSuchKeyError(f"there is no key {key_id}: kiosk central keys list")
    return found


def _new_key(
    services: Services, purpose: Purpose, algorithm: Algorithm, now_s: int, from_s: int
) -> KeyRecord:
    """A key in a file that nothing names yet, and what its record will be."""
    key = cose.generate_key(algorithm)
    name = f"{purpose}-{algorithm.name.lower()}-{cose.key_id_of(key.public_key()).hex()}"
    _write(services.key_ring.folder / f"{name}.pem", key)
    record = record_of(name, purpose, key.public_key())
    return replace(record, published_s=now_s, signs_from_s=from_s)


def _spare(services: Services, revoked: KeyRecord, now_s: int) -> KeyRecord | None:
    """A key to sign in place of a revoked one, if no other can."""
    left = with_revoked(services.keys.records, revoked.key_id, now_s)
    if signer_of(left.keys, revoked.group, now_s) is not None:
        return None
    algorithm = Algorithm[revoked.algorithm.upper()]
    return _new_key(services, revoked.purpose, algorithm, now_s, now_s)


def _new_root(services: Services, keep_at: Path | None, now_s: int) -> KeyRecord:
    if keep_at is not None and keep_at.exists():
        key = read_key(keep_at)
    else:
        key = cose.generate_key(Algorithm.ED25519)
    key_id = cose.key_id_of(key.public_key()).hex()
    if services.keys.records.find(key_id) is not None:
        raise NoSuchKeyError(f"{keep_at}: this key is known here already; a root is used once")
    name = f"root-{key_id}"
    if keep_at is None:
        _write(services.key_ring.folder / f"{name}.pem", key)
    else:
        if not keep_at.exists():
            _write(keep_at, key)
        services.key_ring.lend(key)
    return replace(record_of(name, "root", key.public_key()), published_s=now_s)


def _write(path: Path, key: PrivateKey) -> None:
    try:
        write_key(path, key)
    except FileExistsError:
        raise CentralHomeError(f"{path}: is there already; it is not written over") from None
    except OSError as error:
        raise CentralHomeError(f"{path}: {error.strerror or error}") from None
