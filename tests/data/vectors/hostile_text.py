"""Vectors of texts that are refused early: lengths, letters, prefixes, Base45."""

from __future__ import annotations

from collections.abc import Iterator

from tests.data.vectors.shop import (
    Case,
    code,
)

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def _malformed(prefix: str, texts: dict[str, str]) -> Iterator[Case]:
    for what, text in texts.items():
        yield Case(f"{prefix}: {what}", text, "malformed")


def texts() -> Iterator[Case]:
    """Lengths, characters, prefixes, Base45."""
    for tier in (1, 2, 3):
        name = f"V{tier}"
        good = code(f"{name}: text", tier)
        yield from _malformed(name, _changed_texts(good) | _aliases(good))
    yield from _malformed(
        "text",
        {
            "nothing": "",
            "a space": " ",
            "only a prefix": "TH1:",
            "no prefix": "ABC",
            "an address": "https://example.org/",
            "another scheme": "HC1:6BF",
            "a tier that is typed, not shown": "TH0:6BF",
            "a tier of the future": "TH4:6BF",
            "1,001 characters": "TH1:" + "0" * 997,
            "1,000 characters": "TH1:" + "0" * 996,
            "10,000 characters": "TH1:" + "0" * 9_996,
            "SQL": "TH1:'; DROP TABLE redemption; --",
            "a terminal's control sequence": "\x1b[2J\x1b[31m",
            "right to left": "TH1:\u202e6BF",
        },
    )


def _changed_texts(good: str) -> dict[str, str]:
    middle = len(good) // 2
    return {
        "in lower case": good.lower(),
        "with a prefix in lower case": good[:3].lower() + good[3:],
        "with one letter in lower case": _first_letter_lowered(good),
        "with a Greek letter for T": "\u03a4" + good[1:],
        "with a Cyrillic letter for H": good[0] + "\u041d" + good[2:],
        "in full width": "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in good),
        "with a full-width colon": good.replace(":", "：", 1),
        "with an Arabic-Indic digit": good[:2] + chr(0x660 + int(good[2])) + good[3:],
        "with a zero-width space": good[:middle] + "\u200b" + good[middle:],
        "with a byte order mark": "\ufeff" + good,
        "with a combining dot": good[:middle] + "\u0307" + good[middle:],
        "with a space before": " " + good,
        "with a space behind": good + " ",
        "with a line feed inside": good[:middle] + "\x0b" + good[middle:],
        "with a NUL behind": good + "\0",
        "with another code behind": good + good,
        "without its first letter": good[1:],
        "without its colon": good.replace(":", "", 1),
        "with two colons": good.replace(":", "::", 1),
    }


def _first_letter_lowered(good: str) -> str:
    at = next(at for at, character in enumerate(good) if at > 4 and character.isalpha())
    return good[:at] + good[at].lower() + good[at + 1 :]


def _aliases(good: str) -> dict[str, str]:
    """Three characters hold 91,125 values and two bytes 65,536: the rest must stand for nothing."""
    prefix, body = good[:4], good[4:]
    return {
        "with a triplet of 65,536": prefix + "GGW" + body[3:],
        "with the largest triplet": prefix + ":::" + body[3:],
        "with a triplet that overflows to the right one": prefix + _overflowed(body),
        "with a pair of 256 behind": prefix + body[: len(body) // 3 * 3] + "V5",
        "with the largest pair behind": prefix + body[: len(body) // 3 * 3] + "::",
        "with one character behind": prefix + body[: len(body) // 3 * 3] + "0",
    }


def _overflowed(body: str) -> str:
    """The body with one triplet that a reader of 16 bits would take for the right one."""
    for at in range(0, len(body) - 2, 3):
        low, middle, high = (_ALPHABET.index(character) for character in body[at : at + 3])
        value = low + 45 * middle + 2025 * high + 65_536
        if value < 45**3:
            alias = _ALPHABET[value % 45] + _ALPHABET[value // 45 % 45] + _ALPHABET[value // 2025]
            return body[:at] + alias + body[at + 3 :]
    raise ValueError("no triplet has an alias")
