"""What is typed becomes a serial and a password, or a word about what is wrong with it."""

import pytest

from kiosk.ui.presenters.serial_entry import (
    SerialEntry,
    check_digit_holds,
    digits_in,
    grouped,
    place_in_groups,
)

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


def test_a_serial_is_read_in_fours() -> None:
    assert [grouped(SERIAL[:count]) for count in (0, 4, 5, 12)] == [
        *("", "1234", "1234 5"),
        "1234 5678 9014",
    ]
    for count in range(13):
        assert place_in_groups(count) == len(grouped(SERIAL[:count]))


def test_the_check_digit_is_the_standards() -> None:
    assert check_digit_holds("07945")  # the example of ISO/IEC 7064 for MOD 11,10
    assert check_digit_holds(SERIAL)
    assert not check_digit_holds("")


def test_every_wrong_digit_shows() -> None:
    for place in range(12):
        for digit in "0123456789":
            typed = SERIAL[:place] + digit + SERIAL[place + 1 :]
            assert check_digit_holds(typed) == (typed == SERIAL)


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
