"""Typed serials (tier V0): their form, their passwords, and when a serial is locked.

A serial has 12 digits, the last of which is the check digit of ISO/IEC 7064 MOD 11,10: every
mistyped digit shows, and of two neighbours typed the wrong way round all but one pair in 45
(two that follow each other, such as 4 and 5, at a certain place). A password has 6 digits.

The lock counts wrong passwords and nothing else. No clock is in the rule, so none can loosen it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.staff import NOBODYS_HASH, hash_pin, pin_matches
from kiosk.domain.vouchers import Item

SERIAL_DIGITS = 12
PASSWORD_DIGITS = 6
MAX_TRIES = 3
"""So many wrong passwords lock a serial."""
MAX_CLEARED = 200
"""Most tries that one review clears: an entry has room for them."""
MAX_NOTE_CHARS = 500

_MAX_TYPED_CHARS = 64
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}
# What people and Chinese input methods put between digits: spaces (also ideographic, no-break)
# and everything that looks like a dash.
_BETWEEN = dict.fromkeys(map(ord, " \t\u00a0\u2009\u202f\u3000-‐‑‒–—―−－ー"), "")
_AS_DIGITS = _FULL_WIDTH | _BETWEEN


class ReviewRefusal(StrEnum):
    """Why a review was not recorded."""

    NOT_A_SUPERVISOR = "not_a_supervisor"
    NOTE_UNUSABLE = "note_unusable"
    """Longer than a note may be, or with characters that nothing can print."""


@dataclass(frozen=True, slots=True)
class SerialVoucher:
    """What the replica knows of a voucher that may be typed."""

    voucher: bytes
    password_hash: str
    items: tuple[Item, ...]
    expires_s: int
    not_before_s: int
    """0: from the beginning."""
    value_class: int
    holder: bytes | None
    """The holder's pseudonym, 8 bytes."""
    open_tries: int
    """Wrong passwords that no review has cleared, at any terminal of the store."""


def read_serial(typed: str) -> str | None:
    """The serial as 12 plain digits; None when it has another form or its check digit is wrong."""
    digits = _digits(typed, SERIAL_DIGITS)
    return digits if digits is not None and check_digit(digits[:-1]) == digits[-1] else None


def read_password(typed: str) -> str | None:
    """The password as 6 plain digits; None when it has another form."""
    return _digits(typed, PASSWORD_DIGITS)


def check_digit(digits: str) -> str:
    """The check digit for a string of decimal digits (ISO/IEC 7064 MOD 11,10)."""
    carried = 10
    for digit in digits:
        total = (carried + int(digit)) % 10 or 10
        carried = total * 2 % 11
    return str((11 - carried) % 10)


def new_serial(below: Callable[[int], int] = secrets.randbelow) -> str:
    """A random serial. It does not begin with 0: spreadsheets would drop that."""
    smallest = 10 ** (SERIAL_DIGITS - 2)
    digits = str(smallest + below(9 * smallest))
    return digits + check_digit(digits)


def new_password(below: Callable[[int], int] = secrets.randbelow) -> str:
    """A random password."""
    return f"{below(10**PASSWORD_DIGITS):0{PASSWORD_DIGITS}}"


def grouped(serial: str) -> str:
    """A serial as people read and type it: ``1234 5678 9014``."""
    return " ".join(serial[start : start + 4] for start in range(0, len(serial), 4))


def hash_password(password: str) -> str:
    """The form that is stored and sent, with a salt of its own; takes about 50 ms on purpose."""
    return hash_pin(password)


def password_matches(password: str, voucher: SerialVoucher | None) -> bool:
    """Compare in constant time; a serial that nobody has takes as long as one that is there."""
    return pin_matches(password, NOBODYS_HASH if voucher is None else voucher.password_hash)


def locked(open_tries: int) -> bool:
    """Whether a serial waits for a supervisor's review."""
    return open_tries >= MAX_TRIES


def read_note(typed: str) -> str | None:
    """A review's note on one line; None when it cannot be kept. It may be empty."""
    note = " ".join(typed.split())
    return note if len(note) <= MAX_NOTE_CHARS and (not note or note.isprintable()) else None


def _digits(typed: str, count: int) -> str | None:
    if len(typed) > _MAX_TYPED_CHARS:
        return None
    digits = typed.translate(_AS_DIGITS)
    fits = len(digits) == count and digits.isascii() and digits.isdigit()
    return digits if fits else None
