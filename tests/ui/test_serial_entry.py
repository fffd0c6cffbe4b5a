"""What is typed becomes a serial and a password, or a word about what is wrong with it."""

import pytest

from kiosk.domain.serials import grouped
from kiosk.ui.presenters.serial_entry import SerialEntry, digits_in, place_in_groups

SERIAL = "123456789014"


@pytest.mark.parametrize(
    "text, digits",
    [
        ("1234 5678 9014", SERIAL),
        ("1234-5678-9014", SERIAL),
        ("１２３４ ５６７８　９０１４", SERIAL),
        ("No. 1234567890149999", SERIAL),
        ("١٢٣٤", ""),  # digits to Unicode, not to us
        ("¹²½", "1212"),  # what NFKC makes of them; nobody types these
        ("", ""),
        ("x" * 1_000_000 + SERIAL, ""),
    ],
)
def test_only_digits_stay(text: str, digits: str) -> None:
    assert digits_in(text, 12) == digits


def test_the_cursor_stands_behind_its_digit_in_fours() -> None:
    for count in range(13):
        assert place_in_groups(count) == len(grouped(SERIAL[:count]))


def test_every_wrong_digit_shows() -> None:
    for place in range(12):
        for digit in "0123456789":
            typed = SERIAL[:place] + digit + SERIAL[place + 1 :]
            entry = SerialEntry().with_serial(typed)
            assert entry.serial_whole == (typed == SERIAL)
            assert entry.mistyped == (typed != SERIAL)


def test_an_entry_knows_how_far_it_is() -> None:
    entry = SerialEntry().with_serial("1234 5678 901")
    assert not entry.mistyped
    assert not entry.serial_whole
    wrong = entry.with_serial("1234 5678 9013")
    assert wrong.mistyped
    assert not wrong.with_password("123456").whole
    right = entry.with_serial(SERIAL)
    assert right.serial_whole
    assert not right.with_password("12345").whole
    assert right.with_password("１２３４５６").whole


def test_a_password_is_in_no_log_line() -> None:
    assert "987654" not in repr(SerialEntry(SERIAL, "987654"))
