"""Vectors that are accepted, and good ones at the wrong time or in the wrong shop."""

from __future__ import annotations

from collections.abc import Iterator

import base45

from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.cose import Algorithm
from tests.data.vectors.shop import (
    AUD,
    DAY_S,
    EVERY,
    EXP,
    IAT,
    ISSUERS,
    ITEMS,
    NBF,
    NOW_S,
    ONE_ID,
    ONLY_V1,
    ONLY_V3,
    OPTIONS,
    PHONES,
    SHARERS,
    STATUS,
    STORE,
    Case,
    bound,
    claims_of,
    code,
    envelope,
    header,
    label,
    shown,
    signed,
    text_of,
)
from tests.data.vectors.signers import P256_ORDER

Changes = dict[CborKey, CborValue]

_GOOD: dict[str, Changes] = {
    "as usual": {},
    "several stores": {AUD: ["S000", STORE]},
    "any store": {AUD: "*"},
    "not before now": {NBF: NOW_S},
    "ends in a second": {EXP: NOW_S + 1},
    "every option": {OPTIONS: {1: 3, 2: 3600, 3: 2, 4: True, 5: b"8 bytes."}},
    "options of later versions": {OPTIONS: {6: [1], "more": None}},
    "a status": {STATUS: [0, 1_048_575]},
    "one item": {ITEMS: [["A", 1]]},
    "largest quantity": {ITEMS: [["A", 9999]]},
    "a bundle": {ITEMS: [["PHONE", 1, 0], ["CASE", 1, 0], ["CASE", 1, 1], ["CASE", 2]]},
    "eight items": {ITEMS: [[f"SKU-{i}", i] for i in range(1, 9)]},
    "a name in Chinese": {ITEMS: [["大闸蟹礼盒", 1]]},
    "a name of 64 characters": {ITEMS: [["X" * 64, 1]]},
    "claims of later versions": {1: "issuer", 7: b"cti", "more": [1, {}]},
}


def accepted() -> Iterator[Case]:
    """Every tier and algorithm, every part that may be there or not."""
    for tier, algorithm in EVERY:
        for what, changes in _GOOD.items():
            name = f"{label(tier, algorithm)}: {what}"
            yield Case(name, code(name, tier, algorithm, changes), "accepted")
        if tier == 3:
            yield from _accepted_bound(algorithm)
    yield from _accepted_times()
    yield from _accepted_keys()


def _accepted_bound(algorithm: Algorithm) -> Iterator[Case]:
    for phone in PHONES.values():
        more: dict[str, Changes] = {
            "nothing more": {},
            "a challenge": {3: "20481024"},
            "a place": {4: [312_304_160, 1_214_737_010]},
            "a challenge and a place": {3: "0", 4: [-900_000_000, -1_800_000_000]},
        }
        for what, extra in more.items():
            name = f"{label(3, algorithm)}, phone {phone.algorithm.name}: {what}"
            body = shown(bound(name, algorithm, phone), phone, more=extra)
            yield Case(name, text_of(3, body), "accepted")


def _accepted_times() -> Iterator[Case]:
    for name, tier, issued_at_s in (
        ("V1: just less than 48 h old", 1, NOW_S - 2 * DAY_S + 1),
        ("V1: issued 15 s ahead", 1, NOW_S + 15),
        ("V2: 60 s old", 2, NOW_S - 60),
        ("V2: 15 s ahead", 2, NOW_S + 15),
        ("V3: bound just less than 24 h ago", 3, NOW_S - DAY_S + 1),
    ):
        yield Case(name, code(name, tier, changes={IAT: issued_at_s}), "accepted")
    for name, shown_at_s in (
        ("V3: shown 60 s ago", NOW_S - 60),
        ("V3: shown 15 s ahead", NOW_S + 15),
    ):
        yield Case(name, text_of(3, shown(bound(name), at_s=shown_at_s)), "accepted")


def _accepted_keys() -> Iterator[Case]:
    for number, sharer in enumerate(SHARERS, start=1):
        name = f"V1: signed by key {number} of three that share an id"
        payload = cbor.encode(claims_of(name, 1))
        body = signed(payload, sharer, header(int(sharer.algorithm), ONE_ID))
        yield Case(name, text_of(1, body), "accepted")
    name = "V1: a key that may sign nothing else"
    payload = cbor.encode(claims_of(name, 1))
    body = signed(payload, ONLY_V1.signer, header(-19, ONLY_V1.key_id))
    yield Case(name, text_of(1, body), "accepted")
    name = "V3: a key that may sign nothing else"
    inner = signed(_bound_payload(name), ONLY_V3.signer, header(-19, ONLY_V3.key_id))
    yield Case(name, text_of(3, shown(inner)), "accepted")
    # Every ECDSA signature has a second form. It is another text of the same voucher, so it gives
    # nobody anything: identity is the voucher, never the text.
    name = "V1 ESP256: n - s in place of s"
    key_id, key = ISSUERS[Algorithm.ESP256]
    protected, payload = header(-9, key_id), cbor.encode(claims_of(name, 1))
    signature = key.sign(cbor.encode(["Signature1", protected, b"", payload]))
    s = P256_ORDER - int.from_bytes(signature[32:], "big")
    body = envelope(protected, payload, signature[:32] + s.to_bytes(32, "big"))
    yield Case(name, text_of(1, body), "accepted")


def _bound_payload(name: str) -> bytes:
    value = cbor.decode(base45.b45decode(code(name, 3)[4:]))
    assert isinstance(value, list)
    outer = cbor.decode(value[2] if isinstance(value[2], bytes) else b"")
    assert isinstance(outer, dict)
    inner = cbor.decode(outer[1] if isinstance(outer[1], bytes) else b"")
    assert isinstance(inner, list)
    assert isinstance(inner[2], bytes)
    return inner[2]


def time_and_store() -> Iterator[Case]:
    """Good signatures, but not now or not here."""
    for tier, algorithm in EVERY:
        for what, verdict, changes in _elsewhere(tier):
            name = f"{label(tier, algorithm)}: {what}"
            yield Case(name, code(name, tier, algorithm, changes), verdict)
        if tier == 3:
            for what, verdict, at_s in (
                ("shown 61 s ago", "stale", NOW_S - 61),
                ("shown before it was bound", "stale", NOW_S - 2 * DAY_S),
                ("shown in 1970", "stale", 1),
                ("shown 16 s ahead", "not_yet_valid", NOW_S + 16),
                ("shown in the year 9999", "not_yet_valid", 253_402_300_799),
            ):
                name = f"{label(3, algorithm)}: {what}"
                body = shown(bound(name, algorithm), at_s=at_s)
                yield Case(name, text_of(3, body), verdict)


def _elsewhere(tier: int) -> Iterator[tuple[str, str, Changes]]:
    yield "ends now", "expired", {EXP: NOW_S}
    yield "ended in 1970", "expired", {EXP: 1}
    yield "ended, and for another store", "wrong_store", {EXP: 1, AUD: "S002"}
    yield "not before the next second", "not_yet_valid", {NBF: NOW_S + 1}
    yield "not before the year 9999", "not_yet_valid", {NBF: 253_402_300_799}
    yield "issued 16 s ahead", "not_yet_valid", {IAT: NOW_S + 16}
    yield "issued in the year 9999", "not_yet_valid", {IAT: 253_402_300_798, EXP: 253_402_300_799}
    yield "another store", "wrong_store", {AUD: "S002"}
    yield "other stores", "wrong_store", {AUD: ["S002", "S003"]}
    yield "the store in lower case", "wrong_store", {AUD: "s001"}
    yield "the store with another letter that looks like it", "wrong_store", {AUD: "Ѕ001"}
    yield "the store in full width", "wrong_store", {AUD: "Ｓ００１"}
    yield "the store and a space", "wrong_store", {AUD: "S001 "}
    if tier == 1:
        yield "48 h old", "expired", {IAT: NOW_S - 2 * DAY_S, EXP: NOW_S + 9 * DAY_S}
    if tier == 2:
        yield "61 s old", "stale", {IAT: NOW_S - 61}
        yield "31 s old with a window of 30 s", "stale", {IAT: NOW_S - 31, OPTIONS: {2: 30}}
        yield "61 s old with a window of a day", "stale", {IAT: NOW_S - 61, OPTIONS: {2: DAY_S}}
    if tier == 3:
        yield "bound 24 h ago", "expired", {IAT: NOW_S - DAY_S, EXP: NOW_S + 9 * DAY_S}
