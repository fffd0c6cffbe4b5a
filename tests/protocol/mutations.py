"""Every small change of a valid code: bits of its bytes, letters of its text, its ends."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import base45

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
FOREIGN = "az\n\r\t\0_\"'!#,;@~\x7f\u00a0\u00c5\u0410\u0660\u200b\u2028\uff10\uff21\U0001d400"
"""Characters that no code has: lower case, controls, look-alikes of letters, digits and spaces."""


def split(text: str) -> tuple[str, bytes]:
    """The prefix with its colon, and the bytes."""
    return text[:4], base45.b45decode(text[4:])


def join(prefix: str, body: bytes) -> str:
    """The text of some bytes."""
    encoded: bytes = base45.b45encode(body)
    return prefix + encoded.decode()


def bit_flips(text: str) -> Iterator[str]:
    """One bit of the COSE bytes is another."""
    prefix, body = split(text)
    for bit in range(8 * len(body)):
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << bit % 8
        yield join(prefix, bytes(changed))


def two_flips(text: str, chance: random.Random, count: int) -> Iterator[str]:
    """Two bits of the COSE bytes are others."""
    prefix, body = split(text)
    for _ in range(count):
        changed = bytearray(body)
        for bit in chance.sample(range(8 * len(body)), 2):
            changed[bit // 8] ^= 1 << bit % 8
        yield join(prefix, bytes(changed))


def letter_changes(text: str, letters: Iterable[str] = ALPHABET + FOREIGN) -> Iterator[str]:
    """One character is another."""
    for letter in letters:
        for at, character in enumerate(text):
            if letter != character:
                yield text[:at] + letter + text[at + 1 :]


def truncations(text: str) -> Iterator[str]:
    """Too short, at either end, as text and as bytes."""
    prefix, body = split(text)
    for size in range(len(text)):
        yield text[:size]
    for start in range(1, len(text)):
        yield text[start:]
    for size in range(len(body)):
        yield join(prefix, body[:size])
    for start in range(1, len(body)):
        yield join(prefix, body[start:])


def extensions(text: str) -> Iterator[str]:
    """Too long, at either end, as text and as bytes."""
    prefix, body = split(text)
    for letter in ALPHABET + FOREIGN:
        yield text + letter
        yield letter + text
        yield text + letter * 2
        yield text + letter * 3
    for byte in range(256):
        yield join(prefix, body + bytes([byte]))
        yield join(prefix, bytes([byte]) + body)
    yield from (text + text, text + ":" + text, text + body.hex().upper())


def moves(text: str) -> Iterator[str]:
    """Two neighbours exchanged, one left out, one twice."""
    for at in range(len(text) - 1):
        if text[at] != text[at + 1]:
            yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :]
        yield text[: at + 1] + text[at:]
