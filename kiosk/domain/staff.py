"""Staff and their PINs: scrypt, constant time, locked after five wrong tries."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from enum import StrEnum

PIN_MIN_DIGITS, PIN_MAX_DIGITS = 4, 12
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32, "maxmem": 64 * 2**20}
NOBODYS_HASH = f"scrypt${bytes(16).hex()}${bytes(_SCRYPT['dklen']).hex()}"
"""No PIN is known to match it; comparing takes as long as with any other."""


class Role(StrEnum):
    """Who may do what; the full matrix comes with dual control."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person of the store as the replica knows them."""

    staff: str
    name: str
    role: Role
    pin_hash: str
    """``scrypt$salt hex$hash hex``."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class PinFailures:
    """Wrong tries in a row; kept in the ledger so that a restart forgets nothing."""

    count: int = 0
    locked_until_s: int = 0


class SignInRefusal(StrEnum):
    """Why a sign-in was refused."""

    WRONG_PIN = "wrong_pin"
    LOCKED = "locked"
    UNKNOWN_STAFF = "unknown_staff"


def hash_pin(pin: str, salt: bytes | None = None) -> str:
    """Hash a PIN for the replica; takes about 50 ms on purpose. ValueError on a bad PIN."""
    if not (pin.isascii() and pin.isdigit() and PIN_MIN_DIGITS <= len(pin) <= PIN_MAX_DIGITS):
        message = f"a PIN has {PIN_MIN_DIGITS} to {PIN_MAX_DIGITS} digits"
        raise ValueError(message)
    salt = os.urandom(16) if salt is None else salt
    return f"scrypt${salt.hex()}${_scrypt(pin, salt).hex()}"


def pin_matches(pin: str, pin_hash: str) -> bool:
    """Compare in constant time; an unreadable hash never matches."""
    scheme, _, rest = pin_hash.partition("$")
    salt_hex, _, digest_hex = rest.partition("$")
    try:
        salt, digest = bytes.fromhex(salt_hex), bytes.fromhex(digest_hex)
    except ValueError:
        return False
    if scheme != "scrypt" or len(digest) != _SCRYPT["dklen"]:
        return False
    return hmac.compare_digest(_scrypt(pin, salt), digest)


def after_try(
    failures: PinFailures, *, right: bool, now_s: int, max_failures: int, lock_s: int
) -> PinFailures:
    """The failure count after one try; the try that reaches the limit starts the lock."""
    if right:
        return PinFailures()
    count = failures.count + 1
    if count >= max_failures:
        return PinFailures(0, now_s + lock_s)
    return PinFailures(count, failures.locked_until_s)


def _scrypt(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, **_SCRYPT)
