"""Where the ledger's 256-bit key lives: chosen once at enrolment, pinned in terminal.json.

``file``     owner-only file in the home: keeps other users out, not a stolen disk
``systemd``  a systemd credential (``LoadCredentialEncrypted=ledger.key``), TPM-bound if wanted
``keyring``  the desktop's keyring; on Windows the Credential Manager, which DPAPI protects
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys
from pathlib import Path
from typing import Protocol

from kiosk.ledger.errors import HomeUnusable, KeyMissing, WrongKey
from kiosk.ledger.home import Home, write_durably

KEY_BYTES = 32
CREDENTIAL_NAME = "ledger.key"
_SERVICE = "pickup-kiosk"


class KeyStore(Protocol):
    """One place where a ledger key can live."""

    def create(self) -> bytes:
        """Make (or take over) the key at enrolment; raises HomeUnusable."""
        ...

    def load(self) -> bytes:
        """The key; raises KeyMissing."""
        ...


def key_check(key: bytes) -> str:
    """A value that tells whether a key is the right one without telling anything else of it."""
    return hmac.digest(key, b"pickup-kiosk ledger key check", hashlib.sha256)[:8].hex()


def load_key(store: KeyStore, expected_check: str) -> bytes:
    """The ledger's key; raises KeyMissing or WrongKey, so that nobody takes it for damage."""
    key = store.load()
    if not hmac.compare_digest(key_check(key), expected_check):
        raise WrongKey(
            "the ledger's key is not the one this terminal was enrolled with; the ledger is"
            " untouched. Put the right key back (from the backup of this terminal)"
        )
    return key


def key_store(name: str, home: Home) -> KeyStore:
    """The store of a name; raises HomeUnusable for an unknown one."""
    match name:
        case "file":
            return FileKeyStore(home.key_file)
        case "systemd":
            return SystemdKeyStore()
        case "keyring":
            return KeyringKeyStore(str(home.path.resolve()))
        case _:
            raise HomeUnusable(f"{home.registration_file}: unknown key_store {name!r}")


class FileKeyStore:
    """An owner-only file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self) -> bytes:
        """Write a new key; a key that is there already is kept (a ledger may need it)."""
        if self._path.exists():
            return self.load()
        key = secrets.token_bytes(KEY_BYTES)
        write_durably(self._path, key)
        return key

    def load(self) -> bytes:
        """Read the key; refuses a file that others may read."""
        try:
            if sys.platform != "win32" and self._path.stat().st_mode & 0o077:
                raise HomeUnusable(f"{self._path}: readable by others; run: chmod 600 {self._path}")
            key = self._path.read_bytes()
        except FileNotFoundError:
            raise KeyMissing(
                f"{self._path}: the ledger's key is missing; the ledger is untouched."
                " Put the key file back (from the backup of this terminal)"
            ) from None
        except OSError as error:
            raise KeyMissing(f"{self._path}: {error.strerror}") from None
        if len(key) != KEY_BYTES:
            raise WrongKey(f"{self._path}: {len(key)} bytes where a key has {KEY_BYTES}")
        return key


class SystemdKeyStore:
    """A credential that systemd decrypts for the service (``systemd-creds encrypt``)."""

    def create(self) -> bytes:
        """The credential must exist before enrolment: systemd makes it, not this program."""
        return self.load()

    def load(self) -> bytes:
        """Read ``$CREDENTIALS_DIRECTORY/ledger.key``."""
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise KeyMissing(
                "no systemd credentials in this process; start it as the service whose unit has"
                f" LoadCredentialEncrypted={CREDENTIAL_NAME}"
            )
        try:
            key = (Path(folder) / CREDENTIAL_NAME).read_bytes()
        except OSError as error:
            raise KeyMissing(f"systemd credential {CREDENTIAL_NAME}: {error.strerror}") from None
        if len(key) != KEY_BYTES:
            raise WrongKey(f"systemd credential {CREDENTIAL_NAME}: {len(key)} bytes, not 32")
        return key


class KeyringKeyStore:
    """The system's keyring, through the ``keyring`` package (extra ``keyring``)."""

    def __init__(self, account: str) -> None:
        self._account = account

    def create(self) -> bytes:
        """Store a new key; a key that is there already is kept."""
        import keyring
        from keyring.errors import KeyringError

        try:
            if keyring.get_password(_SERVICE, self._account) is None:
                key = secrets.token_bytes(KEY_BYTES)
                keyring.set_password(_SERVICE, self._account, key.hex())
        except KeyringError as error:
            raise HomeUnusable(f"the system's keyring refused to keep the key: {error}") from None
        return self.load()

    def load(self) -> bytes:
        """Ask the keyring."""
        import keyring
        from keyring.errors import KeyringError

        try:
            text = keyring.get_password(_SERVICE, self._account)
        except KeyringError as error:
            raise KeyMissing(f"the system's keyring does not answer: {error}") from None
        if text is None:
            raise KeyMissing("the ledger's key is not in this user's keyring")
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise WrongKey("the keyring's entry for this ledger is not a key") from None
