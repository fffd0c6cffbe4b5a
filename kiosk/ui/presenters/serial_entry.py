"""A serial number and a password while they are being typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace

from kiosk.domain.serials import PASSWORD_DIGITS, SERIAL_DIGITS, check_digit

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
        return len(self.serial) == SERIAL_DIGITS and not self.serial_whole

    @property
    def serial_whole(self) -> bool:
        """Whether the serial can be right."""
        whole = len(self.serial) == SERIAL_DIGITS
        return whole and check_digit(self.serial[:-1]) == self.serial[-1]

    @property
    def whole(self) -> bool:
        """Whether both can be asked for."""
        return self.serial_whole and len(self.password) == PASSWORD_DIGITS


def digits_in(text: str, most: int) -> str:
    """The first ``most`` digits of a text; full-width ones count, everything else is left out."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT])
    return "".join(each for each in plain if each.isascii() and each.isdigit())[:most]


def place_in_groups(digits_before: int) -> int:
    """Where the cursor stands in the grouped text behind so many digits."""
    return digits_before + max(0, digits_before - 1) // GROUP
