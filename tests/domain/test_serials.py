"""Typed serials: what a slip of the finger does, what an input method types, when it is locked."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.serials import (
    MAX_NOTE_CHARS,
    PASSWORD_DIGITS,
    SERIAL_DIGITS,
    SerialVoucher,
    check_digit,
    grouped,
    hash_password,
    locked,
    new_password,
    new_serial,
    password_matches,
    read_note,
    read_password,
    read_serial,
)
from kiosk.domain.vouchers import Item

GOOD = "123456789014"
DIGITS = st.text("0123456789", min_size=SERIAL_DIGITS - 1, max_size=SERIAL_DIGITS - 1)
SERIALS = DIGITS.map(lambda digits: digits + check_digit(digits))


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert check_digit("0794") == "5"  # the example of ISO/IEC 7064 for MOD 11,10


@given(SERIALS, st.integers(0, SERIAL_DIGITS - 1), st.integers(1, 9))
def test_every_wrong_digit_is_noticed(serial: str, place: int, off_by: int) -> None:
    wrong = str((int(serial[place]) + off_by) % 10)
    assert read_serial(serial) == serial
    assert read_serial(serial[:place] + wrong + serial[place + 1 :]) is None


@given(SERIALS, st.integers(0, SERIAL_DIGITS - 2))
def test_swapped_neighbours_are_noticed_unless_they_follow_each_other(
    serial: str, place: int
) -> None:
    """The scheme promises nearly all: what escapes are pairs such as 45 and 54."""
    one, two = serial[place], serial[place + 1]
    swapped = serial[:place] + two + one + serial[place + 2 :]
    if one != two and (int(one) - int(two)) % 10 not in {1, 9}:
        assert read_serial(swapped) is None


def test_of_all_swaps_one_in_45_escapes() -> None:
    """At every place, whatever stands before it, exactly one pair of the 45."""
    for before in range(10):
        pairs = [(one, two) for one in range(10) for two in range(one)]
        escaped = [
            (one, two)
            for one, two in pairs
            if check_digit(f"{before}{one}{two}") == check_digit(f"{before}{two}{one}")
        ]
        assert len(escaped) == 1


@given(st.integers(0, 9 * 10**10 - 1))
def test_a_new_serial_is_one(drawn: int) -> None:
    serial = new_serial(lambda _below: drawn)
    assert read_serial(serial) == serial
    assert serial[0] != "0"


def test_new_ones_differ() -> None:
    assert len({new_serial() for _ in range(100)}) == 100
    passwords = {new_password() for _ in range(100)}
    assert len(passwords) > 90
    assert all(read_password(password) == password for password in passwords)
    assert new_password(lambda _below: 7) == "000007"


@pytest.mark.parametrize(
    "typed",
    [
        "1234 5678 9014",
        "1234-5678-9014",
        " 123456789014\t",
        "１２３４５６７８９０１４",
        "１２３４　５６７８　９０１４",
        "1234－5678—9014",
        "1234−5678–9014",
        "12３4\u00a0567８ 9014",
    ],
)
def test_what_people_and_input_methods_type(typed: str) -> None:
    assert read_serial(typed) == GOOD
    assert grouped(GOOD) == "1234 5678 9014"
    assert read_serial(grouped(GOOD)) == GOOD


@pytest.mark.parametrize(
    "typed",
    [
        "",
        GOOD[:-1],
        f"{GOOD}0",
        f"0{GOOD}",
        "12345678901４5",
        "١٢٣٤٥٦٧٨٩٠١٤",  # digits of other scripts
        "𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗𝟎𝟏𝟒",
        "¹²³⁴⁵⁶⁷⁸⁹⁰¹⁴",
        "l23456789014",
        "+123456789014",
        "12345678901.4",
        "1234\n56789014",
        "1234\x0056789014",
        "\ud800" + GOOD,
        " " * 10_000 + GOOD,
    ],
)
def test_what_is_no_serial(typed: str) -> None:
    assert read_serial(typed) is None


@given(st.text(max_size=40))
def test_any_text_is_a_serial_a_password_or_neither(typed: str) -> None:
    serial, password = read_serial(typed), read_password(typed)
    assert serial is None or (len(serial) == SERIAL_DIGITS and serial.isascii())
    assert password is None or (len(password) == PASSWORD_DIGITS and password.isascii())


@pytest.mark.parametrize("typed", ["654321", "６５４３２１", " 654 321 ", "654-321"])
def test_passwords(typed: str) -> None:
    assert read_password(typed) == "654321"


@pytest.mark.parametrize("typed", ["", "65432", "6543210", "65432a", "٦٥٤٣٢١"])
def test_what_is_no_password(typed: str) -> None:
    assert read_password(typed) is None


def test_the_third_wrong_try_locks() -> None:
    assert [locked(tries) for tries in range(5)] == [False, False, False, True, True]


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("", ""),
        ("  身份证已核对\n本人  ", "身份证已核对 本人"),
        ("x" * MAX_NOTE_CHARS, "x" * MAX_NOTE_CHARS),
        ("x" * (MAX_NOTE_CHARS + 1), None),
        ("bell\a", None),
        ("half a pair \ud800", None),
    ],
)
def test_notes(typed: str, kept: str | None) -> None:
    assert read_note(typed) == kept


def voucher(password: str) -> SerialVoucher:
    return SerialVoucher(bytes(16), hash_password(password), (Item("A", 1),), 1, 0, 0, None, 0)


def test_each_password_has_a_salt_of_its_own() -> None:
    one, two = voucher("654321"), voucher("654321")
    assert one.password_hash != two.password_hash
    assert password_matches("654321", one)
    assert not password_matches("654322", one)
    assert not password_matches("000000", None)


def test_known_and_unknown_serials_cost_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[dict[str, Any]] = []
    scrypt = hashlib.scrypt

    def counted(password: bytes, *, salt: bytes, **cost: int) -> bytes:
        done.append(cost | {"salt_bytes": len(salt), "password_bytes": len(password)})
        return scrypt(password, salt=salt, **cost)

    known = voucher("654321")
    monkeypatch.setattr(hashlib, "scrypt", counted)
    for typed, found in (("654321", known), ("000000", known), ("000000", None)):
        password_matches(typed, found)
    assert len(done) == 3
    assert done[0] == done[1] == done[2]
