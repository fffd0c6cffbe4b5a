"""Vectors of odd claims under good signatures: a careless issuer, or a captured one."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborKey, CborValue
from tests.data.vectors.shop import (
    AUD,
    EXP,
    IAT,
    ITEMS,
    NBF,
    NOW_S,
    OPTIONS,
    PHONE,
    STATUS,
    SUB,
    TIER,
    Case,
    claims_of,
    code,
    issued,
    named_phone,
    shown,
    text_of,
)

_UNKNOWN, _MALFORMED = "unknown_key", "malformed"


def _with(name: str, tier: int, body_of_inner: bytes) -> str:
    return text_of(tier, shown(body_of_inner) if tier == 3 else body_of_inner)


_HUGE = 2**64 - 1
_NUMBERS: dict[str, CborValue] = {
    "0": 0,
    "-1": -1,
    "-2^64": -(2**64),
    "2^64 - 1": _HUGE,
    "2^63": 2**63,
    "true": True,
    "false": False,
    "null": None,
    "text": "1800000000",
    "bytes": b"\x6b\x49\xd2\x00",
    "an array": [NOW_S],
    "a map": {1: NOW_S},
    "the year 10000": 253_402_300_800,
}
_ODD_CLAIMS: dict[str, tuple[int, dict[str, CborValue]]] = {
    "voucher": (
        SUB,
        {
            "of 15 bytes": bytes(15),
            "of 17 bytes": bytes(17),
            "empty": b"",
            "as text": "sixteen letters.",
            "as an integer": 1,
            "null": None,
            "in an array": [bytes(16)],
        },
    ),
    "store": (
        AUD,
        {
            "empty": "",
            "null": None,
            "true": True,
            "an integer": 1,
            "as bytes": b"S001",
            "no stores": [],
            "any store among others": ["S001", "*"],
            "any store in an array": ["*"],
            "nested": [["S001"]],
            "a map": {"S001": 1},
            "null among others": ["S001", None],
            "with a line feed": "S001\n",
            "with a NUL": "S001\0",
            "with a zero-width space": "S001\u200b",
            "written from right to left": "\u202e100S",
            "of 65 characters": "S" * 65,
        },
    ),
    "items": (
        ITEMS,
        {
            "none": [],
            "null": None,
            "a map": {"A": 1},
            "an integer": 1,
            "an empty item": [[]],
            "an item as text": ["A"],
            "an item without quantity": [["A"]],
            "an item of four": [["A", 1, 0, 0]],
            "nested items": [[["A", 1]]],
            "nested deeply": [[[[["A", 1]]]]],
            "an item as a map": [{"sku": "A"}],
            "a name that is empty": [["", 1]],
            "a name as bytes": [[b"A", 1]],
            "a name as an integer": [[1, 1]],
            "a name with a control character": [["A\x1b[2J", 1]],
            "a name written from right to left": [["\u202eA", 1]],
            "a name of 65 characters": [["A" * 65, 1]],
            "quantity 0": [["A", 0]],
            "quantity -1": [["A", -1]],
            "quantity 10,000": [["A", 10_000]],
            "quantity 2^64 - 1": [["A", _HUGE]],
            "quantity true": [["A", True]],
            "quantity null": [["A", None]],
            "quantity as text": [["A", "1"]],
            "quantity in an array": [["A", [1]]],
            "group -1": [["A", 1, -1]],
            "group 2^31": [["A", 1, 2**31]],
            "group true": [["A", 1, True]],
            "group null": [["A", 1, None]],
            "group as text": [["A", 1, "0"]],
            "one twice": [["A", 1], ["A", 1]],
            "one of a group twice": [["A", 1, 7], ["B", 1], ["A", 2, 7]],
            "a good one and an odd one": [["A", 1], ["B", 0]],
        },
    ),
    "tier": (
        TIER,
        {
            "0": 0,
            "4": 4,
            "-1": -1,
            "true": True,
            "null": None,
            "as text": "1",
            "2^64 - 1": _HUGE,
            "in an array": [1],
        },
    ),
    "options": (
        OPTIONS,
        {
            "null": None,
            "an array": [],
            "an integer": 0,
            "value class 4": {1: 4},
            "value class -1": {1: -1},
            "value class true": {1: True},
            "window 0": {2: 0},
            "window -1": {2: -1},
            "window of two days": {2: 172_800},
            "window null": {2: None},
            "window true": {2: True},
            "location -1": {3: -1},
            "location 256": {3: 256},
            "location true": {3: True},
            "pieces 1": {4: 1},
            "pieces null": {4: None},
            "holder of 7 bytes": {5: b"7 bytes"},
            "holder as text": {5: "8 bytes."},
        },
    ),
    "status": (
        STATUS,
        {
            "an integer": 1,
            "empty": [],
            "one number": [0],
            "three numbers": [0, 1, 2],
            "a negative index": [0, -1],
            "an index of 2^32": [0, 2**32],
            "a list of 2^32": [2**32, 0],
            "true": [0, True],
            "null": [0, None],
            "a map": {0: 1},
        },
    ),
}


def claims() -> Iterator[Case]:
    """Odd claims under good signatures: a careless issuer, or a captured one."""
    for tier in (1, 2, 3):
        for claim, (key, values) in _odd_claims().items():
            for what, value in values.items():
                if key == TIER and value == tier and value is not True:
                    continue
                name = f"V{tier}: {claim} {what}"
                yield Case(name, code(name, tier, changes={key: value}), _MALFORMED)
        for claim, key in (("voucher", SUB), ("store", AUD), ("end", EXP), ("issue", IAT)):
            name = f"V{tier}: no {claim}"
            yield Case(name, _without(name, tier, key), _MALFORMED)
        for claim, key in (("items", ITEMS), ("tier", TIER)):
            name = f"V{tier}: no {claim}"
            yield Case(name, _without(name, tier, key), _MALFORMED)
        name = f"V{tier}: labels as text"
        payload = cbor.encode({str(key): value for key, value in claims_of(name, tier).items()})
        yield Case(name, _with(name, tier, issued(payload)), _MALFORMED)
        for shown_as in (1, 2, 3):
            if shown_as != tier:
                name = f"V{tier}: shown as V{shown_as}"
                text = code(name, tier)
                # What must be an issuer's signature is then that of a phone.
                verdict = _UNKNOWN if tier == 3 else _MALFORMED
                yield Case(name, f"TH{shown_as}{text[3:]}", verdict)
                name = f"V{tier}: signed to be V{shown_as}"
                yield Case(name, code(name, tier, changes={TIER: shown_as}), _MALFORMED)


def _odd_claims() -> dict[str, tuple[int, dict[str, CborValue]]]:
    times = {"end": EXP, "issue": IAT, "start": NBF}
    return {claim: (key, _NUMBERS) for claim, key in times.items()} | _ODD_CLAIMS


def _without(name: str, tier: int, key: int) -> str:
    changes: dict[CborKey, CborValue] = {8: named_phone(PHONE)} if tier == 3 else {}
    return _with(name, tier, issued(claims_of(name, tier, changes, without=key)))
