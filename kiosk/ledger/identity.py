"""Who this terminal is: its signing key, root and epoch, kept inside the encrypted ledger."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from kiosk.ledger.errors import DamagedLedger
from kiosk.ledger.meta import read_meta, write_meta
from kiosk.protocol.cose import PublicKey
from kiosk.protocol.trust import root_key_from


@dataclass(frozen=True, slots=True)
class Identity:
    """The terminal's identity; ``key`` signs entries and token requests."""

    terminal: str
    store: str
    key: Ed25519PrivateKey
    root: PublicKey
    """The root that is pinned now."""
    root_version: int
    """Version of the document that pinned it; 0: pinned at enrolment as the first one."""
    epoch: int


def write_identity(
    connection: Connection,
    *,
    terminal: str,
    store: str,
    key: Ed25519PrivateKey,
    root: bytes,
    root_version: int = 0,
) -> None:
    """Store the identity at enrolment; epoch 1 begins."""
    write_meta(connection, "terminal", terminal.encode())
    write_meta(connection, "store", store.encode())
    write_meta(connection, "terminal_key", key.private_bytes_raw())
    pin_root(connection, root, root_version)
    write_meta(connection, "epoch", b"1")


def begin_epoch(connection: Connection) -> None:
    """The next epoch begins: sequence numbers start again at 1."""
    epoch = int(read_meta(connection, "epoch") or b"0") + 1
    write_meta(connection, "epoch", str(epoch).encode())


def pin_root(connection: Connection, root: bytes, version: int) -> None:
    """Pin a root's COSE_Key from now on; part of the caller's transaction."""
    write_meta(connection, "root_key", root)
    write_meta(connection, "root_version", b"%d" % version)


def read_identity(connection: Connection) -> Identity:
    """The identity; raises DamagedLedger when the ledger has none."""
    values = {
        name: read_meta(connection, name)
        for name in ("terminal", "store", "terminal_key", "root_key", "epoch")
    }
    missing = sorted(name for name, value in values.items() if value is None)
    if missing:
        raise DamagedLedger(f"the ledger lacks {', '.join(missing)}: enrolment never finished")
    found = {name: value for name, value in values.items() if value is not None}
    return Identity(
        terminal=found["terminal"].decode(),
        store=found["store"].decode(),
        key=Ed25519PrivateKey.from_private_bytes(found["terminal_key"]),
        root=root_key_from(found["root_key"]),
        root_version=int(read_meta(connection, "root_version") or b"0"),
        epoch=int(found["epoch"]),
    )
