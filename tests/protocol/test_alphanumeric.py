"""Our Base45 reads what the stock library writes, and nothing else."""

from __future__ import annotations

import base45
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.protocol.alphanumeric import ALPHABET, decode_base45, is_alphanumeric

LETTERS = ALPHABET.decode()


@given(st.binary(max_size=700))
def test_it_reads_what_was_written(data: bytes) -> None:
    text = base45.b45encode(data).decode()
    assert is_alphanumeric(text)
    assert decode_base45(text) == data


@given(st.text(LETTERS, max_size=60))
def test_a_text_is_the_only_one_of_its_bytes(text: str) -> None:
    try:
        expected = base45.b45decode(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"a group past|no byte"):
            decode_base45(text)
        return
    assert decode_base45(text) == expected
    assert base45.b45encode(expected).decode() == text


def test_every_group_of_three_and_of_two() -> None:
    for value in range(0, 45**3, 7):
        group = LETTERS[value % 45] + LETTERS[value // 45 % 45] + LETTERS[value // 2025]
        if value < 65_536:
            assert decode_base45(group) == value.to_bytes(2, "big")
        else:
            with pytest.raises(ValueError, match="largest"):
                decode_base45(group)
    for value in range(45**2):
        group = LETTERS[value % 45] + LETTERS[value // 45]
        if value < 256:
            assert decode_base45(group) == bytes([value])
        else:
            with pytest.raises(ValueError, match="no byte"):
                decode_base45(group)
    for letter in LETTERS:
        with pytest.raises(ValueError, match="no byte"):
            decode_base45(letter)


@given(st.text(max_size=20))
def test_only_its_letters_are_alphanumeric(text: str) -> None:
    assert is_alphanumeric(text) == (set(text) <= set(LETTERS))
