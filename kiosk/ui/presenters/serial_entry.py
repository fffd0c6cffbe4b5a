"""A serial number and a password while they are being typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace

SERIAL_DIGITS, PASSWORD_DIGITS = 12, 6
GROUP = 4
_LONGEST_TEXT = 200  # what is pasted may be anything


@dataclass(frozen=True, slots=True)
class SerialEntry:
    """What was typed so far, digits only. The password never shows in a log: `repr` omits it."""

    serial: str = ""
    password: str = field(default="", repr=False)

    def with_serial(self, text: str) -> SerialEntry:
        """After the serial was typed or pasted as ``text``."""
        return replace(self, serial=digits_in(text, SERIAL_DIGITS))

    def with_password(self, text: str) -> SerialEntry:
        """After the password was typed or pasted as ``text``."""
        return replace(self, password=digits_in(text, PASSWORD_DIGITS))

    @property
    def mistyped(self) -> bool:
        """Whether the serial is whole and its check digit says that it is wrong."""
        return len(self.serial) == SERIAL_DIGITS and not check_digit_holds(self.serial)

    @property
    def serial_whole(self) -> bool:
        """Whether the serial can be right."""
        return len(self.serial) == SERIAL_DIGITS and check_digit_holds(self.serial)

    @property
    def whole(self) -> bool:
        """Whether both can be asked for."""
        return self.serial_whole and len(self.password) == PASSWORD_DIGITS


def digits_in(text: str, most: int) -> str:
    """The first ``most`` digits of a text; full-width ones count, everything else is left out."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT])
    return "".join(each for each in plain if each.isascii() and each.isdigit())[:most]


def grouped(digits: str) -> str:
    """In fours, as it is printed: ``1234 5678 9012``."""
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def place_in_groups(digits_before: int) -> int:
    """Where the cursor stands in the grouped text behind so many digits."""
    return digits_before + max(0, digits_before - 1) // GROUP


def check_digit_holds(serial: str) -> bool:
    """ISO/IEC 7064 MOD 11,10 over the whole number, its last digit included."""
    product = 10
    for digit in serial[:-1]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return bool(serial) and (product + int(serial[-1])) % 10 == 1
